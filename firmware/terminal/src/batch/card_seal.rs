//! A card number at rest: encrypted, so that the flash of a stolen terminal tells none.

use zeroize::Zeroizing;

use crate::crypto::keys::Key16;
use crate::crypto::sm4;
use crate::money::card_number::{CardNumber, LONGEST};

/// What the journal's key is the encryption of, under the factory key.
const LABEL: [u8; sm4::BLOCK] = *b"PAYRIG JOURNAL 1";
/// Digits of an expiry date.
const EXPIRY: usize = 4;
/// What fills the digits of a shorter number.
const FILL: u8 = 0x0F;

/// A card number and its expiry date, YYMM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) number: CardNumber,
    pub(crate) expiry: [u8; EXPIRY],
}

/// The block: 19 digits and a fill, four digits of expiry, then the STAN in four bytes, so that two
/// records of one card do not look alike.
pub(crate) fn seal(factory_key: &Key16, card: &Card, stan: u32) -> [u8; sm4::BLOCK] {
    let mut block = Zeroizing::new([0; sm4::BLOCK]);
    let digits = card.number.digits().bytes().map(|digit| digit & 0x0F).chain(core::iter::repeat(FILL));
    let expiry = card.expiry.iter().map(|digit| digit & 0x0F);
    let mut nibbles = digits.take(LONGEST + 1).chain(expiry);
    let (packed, rest) = block.split_at_mut((LONGEST + 1 + EXPIRY) / 2);
    for byte in packed {
        *byte = nibbles.next().unwrap_or(FILL) << 4 | nibbles.next().unwrap_or(FILL);
    }
    rest.copy_from_slice(&stan.to_be_bytes());
    sm4::encrypt(&journal_key(factory_key), *block)
}

/// Opens what [`seal`] made for the STAN; `None` for anything else.
pub(crate) fn open(factory_key: &Key16, sealed: &[u8; sm4::BLOCK], stan: u32) -> Option<Card> {
    let mut block = Zeroizing::new(*sealed);
    sm4::decrypt(&journal_key(factory_key), &mut block);
    let (packed, own_stan) = block.split_first_chunk::<{ (LONGEST + 1 + EXPIRY) / 2 }>()?;
    if own_stan != stan.to_be_bytes() {
        return None;
    }
    let mut characters = Zeroizing::new([0; LONGEST + 1 + EXPIRY]);
    let nibbles = packed.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
    for (character, nibble) in characters.iter_mut().zip(nibbles) {
        *character = if nibble == FILL { b' ' } else { b'0' + nibble };
    }
    let (number, expiry) = characters.split_first_chunk::<{ LONGEST + 1 }>()?;
    let number = core::str::from_utf8(number).ok()?.trim_end();
    let expiry: [u8; EXPIRY] = expiry.try_into().ok()?;
    let number = CardNumber::new(number)?;
    expiry.iter().all(u8::is_ascii_digit).then_some(Card { number, expiry })
}

fn journal_key(factory_key: &Key16) -> Key16 {
    let mut derived = Zeroizing::new(sm4::encrypt(factory_key, LABEL));
    Key16::take(&mut derived)
}

#[cfg(test)]
mod tests {
    use super::{Card, open, seal};
    use crate::crypto::keys::Key16;
    use crate::money::card_number::CardNumber;

    fn key(seed: u8) -> Key16 {
        Key16::take(&mut [seed; 16])
    }

    #[test]
    fn a_card_is_opened_by_its_terminal_for_its_record_only() {
        for number in ["6212345678901232", "6212340000000000012", "4012345678909"] {
            let card = Card { number: CardNumber::new(number).unwrap(), expiry: *b"3012" };
            let sealed = seal(&key(1), &card, 999_999);
            assert_eq!(open(&key(1), &sealed, 999_999), Some(card.clone()));
            assert_eq!(open(&key(1), &sealed, 999_998), None);
            assert_eq!(open(&key(2), &sealed, 999_999), None);
            assert_ne!(seal(&key(1), &card, 1), sealed, "two records of one card look alike");
        }
    }
}
