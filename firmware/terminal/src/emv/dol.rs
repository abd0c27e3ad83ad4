//! Data object lists: what a card asks the terminal for (EMV Book 3, 5.4).

use heapless::Vec;
use zeroize::Zeroizing;

use super::tag::Tag;
use super::tlv::{self, Malformed};

/// Bytes that a DOL asks for, at most: a command's data.
pub(crate) const ASKED: usize = 255;

/// The bytes that a DOL asked for.
pub(crate) type Asked = Zeroizing<Vec<u8, ASKED>>;

/// How a value is brought to the length that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alignment {
    /// Numeric: to the right, zeros before it.
    Right,
    /// Compressed numeric: to the left, F behind it.
    LeftFilled,
    /// Any other: to the left, zeros behind it.
    Left,
}

/// The entries of a DOL: tag and length.
struct Entries<'a>(&'a [u8]);

impl Iterator for Entries<'_> {
    type Item = Result<(Tag, usize), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let entry = tlv::tag(self.0).and_then(|(tag, rest)| {
            let (length, rest) = rest.split_first().ok_or(Malformed)?;
            self.0 = rest;
            Ok((tag, usize::from(*length)))
        });
        if entry.is_err() {
            self.0 = &[];
        }
        Some(entry)
    }
}

/// Whether a DOL can be read, and asks for no more than a command carries.
pub(crate) fn is_usable(dol: &[u8]) -> bool {
    let total = Entries(dol).try_fold(0, |total, entry| entry.map(|(_, length)| total + length));
    total.is_ok_and(|total| total <= ASKED)
}

/// Whether a DOL asks for an object.
pub(crate) fn asks_for(dol: &[u8], wanted: Tag) -> bool {
    Entries(dol).any(|entry| entry.is_ok_and(|(tag, length)| tag == wanted && length > 0))
}

/// Appends what a DOL asks for; `value` appends an object's value where there is one.
///
/// # Errors
/// The DOL cannot be read, or asks for more than fits.
pub(crate) fn append(
    dol: &[u8],
    asked: &mut Vec<u8, ASKED>,
    mut value: impl FnMut(Tag, &mut dyn FnMut(&[u8])),
) -> Result<(), Malformed> {
    for entry in Entries(dol) {
        let (tag, length) = entry?;
        let start = asked.len();
        asked.resize(start + length, 0).map_err(|_| Malformed)?;
        let place = asked.get_mut(start..).ok_or(Malformed)?;
        // A constructed object is never asked for rightly (5.4, 1): zeros.
        if !tag.is_constructed() {
            value(tag, &mut |value| align(value, place, alignment(tag)));
        }
    }
    Ok(())
}

/// Copies a value into its place (5.4, 2).
fn align(value: &[u8], place: &mut [u8], alignment: Alignment) {
    let common = value.len().min(place.len());
    let (from, to) = match alignment {
        Alignment::Right => (value.len() - common, place.len() - common),
        Alignment::Left | Alignment::LeftFilled => (0, 0),
    };
    place.fill(if alignment == Alignment::LeftFilled { 0xFF } else { 0 });
    for (place, byte) in place.iter_mut().skip(to).zip(value.iter().skip(from)) {
        *place = *byte;
    }
}

/// The formats `n` and `cn` of EMV Book 3, annex A.
fn alignment(tag: Tag) -> Alignment {
    match tag {
        Tag::PAN => Alignment::LeftFilled,
        Tag::DATE
        | Tag::TYPE
        | Tag::EXPIRATION
        | Tag::EFFECTIVE
        | Tag::ISSUER_COUNTRY
        | Tag::CURRENCY
        | Tag::PAN_SEQUENCE
        | Tag::CURRENCY_EXPONENT
        | Tag::ACQUIRER
        | Tag::AMOUNT
        | Tag::AMOUNT_OTHER
        | Tag::CODE_TABLE
        | Tag::MERCHANT_CATEGORY
        | Tag::TERMINAL_COUNTRY
        | Tag::TIME
        | Tag::TERMINAL_TYPE
        | Tag::ENTRY_MODE
        | Tag::SEQUENCE
        | Tag::CARD_CURRENCY
        | Tag::BALANCE => Alignment::Right,
        _ => Alignment::Left,
    }
}
