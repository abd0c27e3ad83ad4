//! The card number, as 5A and track 2 equivalent data have it (EMV Book 3, annex A).

use heapless::{String, Vec};
use zeroize::{Zeroize, Zeroizing};

use super::card_data::CardData;
use super::fault::CardError;
use super::tag::Tag;
use crate::money::card_number::{CardNumber, LONGEST};

/// Characters of track 2, at most.
pub(crate) const TRACK_2: usize = 37;

/// Holds 5A, and 57 where it is there, to the check digit and to one another.
///
/// # Errors
/// They are wrong.
pub(crate) fn check(data: &CardData) -> Result<(), CardError> {
    let Some(track) = data.find(Tag::TRACK_2) else {
        return number(data).map(|_| ()).ok_or(CardError::Wrong(Tag::PAN));
    };
    let wrong = CardError::Wrong(Tag::TRACK_2);
    let number = number(data).ok_or(wrong)?;
    let track = characters(track).ok_or(wrong)?;
    let separator = track.iter().position(|character| *character == b'D').ok_or(wrong)?;
    let (before, _) = track.split_at_checked(separator).ok_or(wrong)?;
    if before == number.digits().as_bytes() { Ok(()) } else { Err(wrong) }
}

/// The card number of 5A.
pub(crate) fn number(data: &CardData) -> Option<CardNumber> {
    let mut digits = String::<LONGEST>::new();
    let mut is_over = false;
    for nibble in data.find(Tag::PAN)?.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]) {
        is_over |= nibble == 0x0F;
        let is_right = match char::from_digit(nibble.into(), 10) {
            Some(digit) if !is_over => digits.push(digit).is_ok(),
            _ => nibble == 0x0F,
        };
        if !is_right {
            digits.zeroize();
            return None;
        }
    }
    let number = CardNumber::new(&digits);
    digits.zeroize();
    number
}

/// Field 35 in clear: the characters of 57, `D` for the separator, without the filling `F`; `None` where it is no
/// track 2.
pub(crate) fn characters(value: &[u8]) -> Option<Zeroizing<Vec<u8, TRACK_2>>> {
    let mut track = Zeroizing::new(Vec::new());
    let mut nibbles = value.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
    let mut separators = 0;
    while let Some(nibble) = nibbles.next() {
        match nibble {
            0..=9 => track.push(b'0' + nibble).ok()?,
            0x0D => {
                separators += 1;
                track.push(b'D').ok()?;
            }
            // A filling ends it, and nothing stands behind it.
            0x0F if nibbles.all(|nibble| nibble == 0x0F) => break,
            _ => return None,
        }
    }
    (separators == 1).then_some(track)
}
