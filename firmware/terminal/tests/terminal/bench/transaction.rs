//! The host's answers to sales, balances and reversals.

use des::cipher::{Array, BlockCipherEncrypt, KeyInit};

use super::host::{Host, sixteen};

/// Offset of field 3 in a request: behind the bitmap and a card number of 16 digits.
const FIELD_3: usize = 32;

/// An approval, with the MAC under the key that was issued last; of another code, a decline without one.
pub fn answer(request: &[u8], host: &Host) -> Vec<u8> {
    let is_balance = request[FIELD_3..FIELD_3 + 3] == [0x31, 0x00, 0x00];
    let code = host.response_code.get();
    let [month, day, time @ ..] = host.time.get();
    let mut fields: Vec<(u32, Vec<u8>)> = vec![(3, request[FIELD_3..FIELD_3 + 3].to_vec())];
    let mut at = FIELD_3 + 3;
    if !is_balance {
        fields.push((4, request[at..at + 6].to_vec()));
        at += 6;
    }
    fields.extend([
        (11, request[at..at + 3].to_vec()),
        (12, time.to_vec()),
        (13, vec![month, day]),
        (37, b"072022130001".to_vec()),
        (39, code.to_vec()),
        (41, b"99999906".to_vec()),
        (42, b"001430170119999".to_vec()),
    ]);
    if is_balance {
        fields.push((54, [[0x00, 0x20].as_slice(), b"0002156C000000001234"].concat()));
    }
    let issuer_data = host.issuer_data.borrow();
    if request[13] == 0x02 && !issuer_data.is_empty() {
        let length = hex::decode(format!("{:04}", issuer_data.len())).unwrap();
        fields.push((55, [length, issuer_data.clone()].concat()));
    }
    if code == *b"00" {
        fields.push((64, Vec::new()));
    }
    let bitmap = fields.iter().fold(0_u64, |bitmap, (field, _)| bitmap | 1 << (64 - field));
    let mut message = vec![request[13], request[14] + 0x10];
    message.extend(bitmap.to_be_bytes());
    message.extend(fields.into_iter().flat_map(|(_, value)| value));
    if code == *b"00" {
        message.extend(mac(host, &message));
    }
    let header = [0x60, 0x31, host.processing_request.get(), 0x31, 0x11, 0x08];
    let body = [[0x60, 0x00, 0x00, 0x00, 0x03].as_slice(), &header, &message].concat();
    [u16::try_from(body.len()).unwrap().to_be_bytes().as_slice(), &body].concat()
}

/// The MAC of a message under the MAK that the host issued last.
pub fn mac(host: &Host, data: &[u8]) -> Vec<u8> {
    let [_, mak, _] = &*host.issued.borrow();
    match <[u8; 8]>::try_from(mak.as_slice()) {
        Ok(mak) => ecb_mac(mak, data),
        Err(_) => sm4_mac(sixteen(mak), data),
    }
}

/// UnionPay's ECB form.
fn ecb_mac(mak: [u8; 8], data: &[u8]) -> Vec<u8> {
    let cipher = des::Des::new(&Array(mak));
    let encrypt = |block: [u8; 8]| {
        let mut block = Array(block);
        cipher.encrypt_block(&mut block);
        block
    };
    let mut folded = [0; 8];
    data.iter().enumerate().for_each(|(at, byte)| folded[at % 8] ^= byte);
    let characters = hex::encode_upper(folded).into_bytes();
    let first = encrypt(characters[..8].try_into().unwrap());
    let last = encrypt(std::array::from_fn(|at| first[at] ^ characters[8 + at]));
    hex::encode_upper(last).into_bytes()[..8].to_vec()
}

/// The CBC-MAC of section 18.
fn sm4_mac(mak: [u8; 16], data: &[u8]) -> Vec<u8> {
    let cipher = sm4::Sm4::new(&Array(mak));
    let mut state = Array([0; 16]);
    for block in data.chunks(16) {
        block.iter().zip(state.iter_mut()).for_each(|(byte, place)| *place ^= byte);
        cipher.encrypt_block(&mut state);
    }
    hex::encode_upper(state).into_bytes()[..8].to_vec()
}
