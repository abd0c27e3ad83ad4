//! Message authentication codes.

use crate::des_key::DesKey;
use crate::sm4_key::Sm4Key;

/// The MAC of field 64 in UnionPay's ECB form: eight upper-case hex characters, as sent.
///
/// All 8-byte blocks are XORed; the hex of the result is encrypted in two steps; the hex of that, cut to eight, is
/// the MAC. A MAK of 8 bytes works in DES, a longer one in 3DES.
#[must_use]
pub fn cup_ecb(mak: &DesKey, data: &[u8]) -> [u8; 8] {
    let sum = blocks::<8>(data).fold([0; 8], xor);
    let digits = hex_digits(sum);
    let (first, last) = halves(digits);
    let block = mak.encrypt(xor(mak.encrypt(first), last));
    halves(hex_digits(block)).0
}

/// ANSI X9.9 (FIPS 113): DES-CBC, zero IV, zero padding; all eight bytes of the last block.
#[must_use]
pub fn x9_9(key: &DesKey, data: &[u8]) -> [u8; 8] {
    blocks::<8>(data).fold([0; 8], |mac, block| key.encrypt(xor(mac, block)))
}

/// ANSI X9.19 (ISO 9797-1 algorithm 3, padding 1): as X9.9 under the left half, the last block decrypted under
/// the right half and encrypted again. Nothing for a key that has not two halves.
#[must_use]
pub fn x9_19(key: &DesKey, data: &[u8]) -> Option<[u8; 8]> {
    let (left, right) = key.halves().filter(|_| key.bytes().len() == 16)?;
    Some(left.encrypt(right.decrypt(x9_9(&left, data))))
}

/// SM4 CBC-MAC: zero IV, zero padding to 16-byte blocks; the whole last block.
#[must_use]
pub fn sm4_cbc(key: &Sm4Key, data: &[u8]) -> [u8; 16] {
    blocks::<16>(data).fold([0; 16], |mac, block| key.encrypt(xor(mac, block)))
}

/// `data` in zero-padded blocks; one block of zeros for no data.
fn blocks<const N: usize>(data: &[u8]) -> impl Iterator<Item = [u8; N]> {
    let count = data.len().div_ceil(N).max(1);
    (0..count).map(move |i| {
        let mut block = [0; N];
        block.iter_mut().zip(data.iter().skip(i * N)).for_each(|(to, from)| *to = *from);
        block
    })
}

fn xor<const N: usize>(mut a: [u8; N], b: [u8; N]) -> [u8; N] {
    a.iter_mut().zip(b).for_each(|(a, b)| *a ^= b);
    a
}

fn hex_digits(bytes: [u8; 8]) -> [u8; 16] {
    let mut digits = [0; 16];
    let text = hex::encode_upper(bytes);
    digits.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
    digits
}

fn halves(digits: [u8; 16]) -> ([u8; 8], [u8; 8]) {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = digits;
    ([a, b, c, d, e, f, g, h], [i, j, k, l, m, n, o, p])
}
