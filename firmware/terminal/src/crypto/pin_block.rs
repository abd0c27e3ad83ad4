//! PIN blocks: ISO 9564-1 format 0, encrypted under the PIK.

use zeroize::Zeroizing;

use super::sm4;
use super::tdes::{BLOCK, encrypt_double, encrypt_single};
use super::working_keys::PinKey;

/// Digits of the card number that go into a block.
const PAN_DIGITS: usize = 12;

/// An encrypted PIN block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PinBlock {
    /// Of DES or 3DES.
    Des([u8; BLOCK]),
    /// Of SM4.
    Sm4([u8; sm4::BLOCK]),
}

/// The encrypted PIN block of a PIN of 4 to 12 digits and a card number of at least 13, both ASCII digits.
pub(crate) fn pin_block(pik: &PinKey, pin: &[u8], pan: &[u8]) -> PinBlock {
    let clear = clear_block(pin, pan);
    match pik {
        PinKey::Single(pik) => PinBlock::Des(encrypt_single(pik, *clear)),
        PinKey::Double(pik) => PinBlock::Des(encrypt_double(pik, *clear)),
        PinKey::Sm4(pik) => {
            // Zeros fill the block that SM4 takes.
            let mut whole = Zeroizing::new([0; sm4::BLOCK]);
            for (place, byte) in whole.iter_mut().zip(clear.iter()) {
                *place = *byte;
            }
            PinBlock::Sm4(sm4::encrypt(pik, *whole))
        }
    }
}

/// Control nibble 0, length, PIN, filled with F; XORed with the twelve digits before the card number's last.
fn clear_block(pin: &[u8], pan: &[u8]) -> Zeroizing<[u8; BLOCK]> {
    let mut block = Zeroizing::new([0xFF; BLOCK]);
    // A PIN has at most 12 digits.
    block[0] = pin.len() as u8 & 0x0F;
    for (index, digit) in pin.iter().enumerate() {
        set_nibble(&mut block, index + 2, digit & 0x0F);
    }
    let without_check = pan.split_last().map_or(&[][..], |(_, rest)| rest);
    let from = without_check.len().saturating_sub(PAN_DIGITS);
    for (index, digit) in without_check.iter().skip(from).enumerate() {
        let at = index + 4;
        let before = nibble(&block, at);
        set_nibble(&mut block, at, before ^ (digit & 0x0F));
    }
    block
}

fn nibble(block: &[u8; BLOCK], index: usize) -> u8 {
    let byte = block.get(index / 2).copied().unwrap_or_default();
    if index.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F }
}

fn set_nibble(block: &mut [u8; BLOCK], index: usize, value: u8) {
    if let Some(byte) = block.get_mut(index / 2) {
        *byte = if index.is_multiple_of(2) { *byte & 0x0F | value << 4 } else { *byte & 0xF0 | value };
    }
}

#[cfg(test)]
mod tests {
    use super::{PinBlock, clear_block, pin_block};
    use crate::crypto::keys::Key;
    use crate::crypto::working_keys::PinKey;
    use crate::vectors::{Vectors, bytes};

    #[test]
    fn the_vectors() {
        for case in Vectors::load("pinblock_iso0") {
            let block = clear_block(case.input("pin").as_bytes(), case.input("pan").as_bytes());
            assert_eq!(hex::encode_upper(*block), case.output("pinblock"), "{}", case.name);
        }
    }

    #[test]
    fn under_the_pik_of_the_shared_frame() {
        let case = Vectors::load("cup_frames").named("sale_chip_constructed");
        let pik = PinKey::Double(Key::take(&mut bytes(case.input("pik"))));
        let fields = &case.outputs["fields"];
        let pan = fields["2"].as_str().unwrap();
        let block = pin_block(&pik, case.input("pin").as_bytes(), pan.as_bytes());
        assert_eq!(block, PinBlock::Des(bytes(fields["52"].as_str().unwrap())));
    }

    /// Two-key 3DES with equal halves is DES, so that the shared frame's block, which is proven, proves this one.
    #[test]
    fn under_a_single_length_pik_it_is_what_equal_halves_make_of_it() {
        let half = [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF];
        let double = PinKey::Double(Key::take(&mut [half, half].concat().try_into().unwrap()));
        let single = PinKey::Single(Key::take(&mut { half }));
        for (pin, pan) in
            [(b"1234".as_slice(), b"6212345678901232".as_slice()), (b"123456789012", b"6212349876543210981")]
        {
            assert_eq!(pin_block(&single, pin, pan), pin_block(&double, pin, pan));
        }
    }

    #[test]
    fn under_an_sm4_pik_it_fills_a_block_of_sixteen_bytes() {
        let case = Vectors::load("cup_sm4_constructed").named("pin_block_field62");
        let (pin, pan) = (case.input("pin").as_bytes(), case.input("pan").as_bytes());
        assert_eq!(*clear_block(pin, pan), bytes(case.output("pin_block_clear")));
        let pik = PinKey::Sm4(Key::take(&mut bytes(case.input("pik"))));
        assert_eq!(pin_block(&pik, pin, pan), PinBlock::Sm4(bytes(case.output("field62"))));
    }
}
