//! The message MAC of field 64 (PROTOCOL.md, cryptography; INTERFACE.md, sections 12 and 18).

use super::keys::{Key8, Key16};
use super::sm4;
use super::tdes::{BLOCK, encrypt_single};
use super::working_keys::MacKey;

/// The MAC of a message: `data` runs from its MTI to the last field before the MAC.
pub(crate) fn mac(mak: &MacKey, data: &[u8]) -> [u8; BLOCK] {
    match mak {
        MacKey::Single(mak) => ecb_mac(mak, data),
        MacKey::Sm4(mak) => sm4_mac(mak, data),
    }
}

/// The ECB form of UnionPay's direct-connect terminals.
fn ecb_mac(mak: &Key8, data: &[u8]) -> [u8; BLOCK] {
    let mut folded = [0; BLOCK];
    for (place, byte) in (0..BLOCK).cycle().zip(data) {
        folded[place] ^= byte;
    }
    let [first, second] = hex_halves(folded);
    let mut block = encrypt_single(mak, first);
    for (byte, other) in block.iter_mut().zip(second) {
        *byte ^= other;
    }
    let [mac, _] = hex_halves(encrypt_single(mak, block));
    mac
}

/// The first characters of the CBC-MAC's hex: those of its first four bytes.
fn sm4_mac(mak: &Key16, data: &[u8]) -> [u8; BLOCK] {
    let whole = sm4::cbc_mac(mak, data.iter().copied());
    let [mac, _] = hex_halves(whole.first_chunk().copied().unwrap_or_default());
    mac
}

/// A block as sixteen upper-case hex characters, in two halves.
fn hex_halves(block: [u8; BLOCK]) -> [[u8; BLOCK]; 2] {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS[usize::from(nibble & 0x0F)];
    let (left, right) = block.split_at(BLOCK / 2);
    [left, right].map(|half| {
        let mut characters = [0; BLOCK];
        for (pair, byte) in characters.as_chunks_mut::<2>().0.iter_mut().zip(half) {
            *pair = [digit(byte >> 4), digit(*byte)];
        }
        characters
    })
}

#[cfg(test)]
mod tests {
    use super::mac;
    use crate::crypto::keys::Key;
    use crate::crypto::working_keys::MacKey;
    use crate::vectors::{Vectors, bytes};

    #[test]
    fn the_vectors() {
        for case in Vectors::load("cup_mac_ecb") {
            let mak = MacKey::Single(Key::take(&mut bytes(case.input("mak"))));
            let data = hex::decode(case.input("data")).unwrap();
            assert_eq!(mac(&mak, &data), case.output("mac_ascii").as_bytes(), "{}", case.name);
        }
    }

    #[test]
    fn of_the_shared_whole_frame() {
        let case = Vectors::load("cup_frames").named("sale_chip_constructed");
        let frame = hex::decode(case.input("frame")).unwrap();
        let (covered, field_64) = frame.split_at(frame.len() - 8);
        let mak = MacKey::Single(Key::take(&mut bytes(case.input("mak"))));
        assert_eq!(mac(&mak, &covered[13..]), field_64);
    }

    #[test]
    fn under_an_sm4_key() {
        let case = Vectors::load("cup_sm4_constructed").named("mac_field64");
        let mak = MacKey::Sm4(Key::take(&mut bytes(case.input("mak"))));
        let data = hex::decode(case.input("data")).unwrap();
        assert_eq!(mac(&mak, &data), case.output("mac_ascii").as_bytes());
    }
}
