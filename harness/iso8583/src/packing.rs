//! Digits packed two to a byte.

use crate::schema::Justify;

/// The digits of packed bytes, one at a time, without allocating.
#[derive(Clone, Debug)]
pub struct Nibbles<'f> {
    bytes: &'f [u8],
    next: usize,
    end: usize,
}

impl<'f> Nibbles<'f> {
    /// The `digits` digits that stand in `bytes` at the left or the right.
    pub(crate) const fn new(bytes: &'f [u8], digits: usize, justify: Justify) -> Self {
        let all = bytes.len() * 2;
        let digits = if digits < all { digits } else { all };
        match justify {
            Justify::Left => Self { bytes, next: 0, end: digits },
            Justify::Right => Self { bytes, next: all - digits, end: all },
        }
    }

    /// Half bytes of `bytes` from the first to the last.
    pub(crate) const fn all(bytes: &'f [u8]) -> Self {
        Self { bytes, next: 0, end: bytes.len() * 2 }
    }
}

impl Iterator for Nibbles<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.next >= self.end {
            return None;
        }
        let nibble = nibble(self.bytes, self.next)?;
        self.next += 1;
        Some(nibble)
    }
}

/// Half byte `index` of `bytes`, counted from the left.
pub(crate) fn nibble(bytes: &[u8], index: usize) -> Option<u8> {
    let byte = bytes.get(index / 2)?;
    Some(if index.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F })
}

/// The hex digit of a half byte; 13 is a track's `D`.
pub(crate) fn digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble & 0x0F), 16).unwrap_or('0').to_ascii_uppercase()
}

/// Packs hex digits; the free half byte of an odd number is 0. Nothing for another character.
pub(crate) fn pack(digits: &str, justify: Justify) -> Option<Vec<u8>> {
    let mut padded = String::with_capacity(digits.len() + 1);
    let odd = !digits.len().is_multiple_of(2);
    if odd && justify == Justify::Right {
        padded.push('0');
    }
    padded.push_str(digits);
    if odd && justify == Justify::Left {
        padded.push('0');
    }
    hex::decode(padded).ok()
}

/// A number as packed digits: `(62, 2)` is `00 62`.
pub(crate) fn pack_number(number: usize, bytes: usize) -> Vec<u8> {
    let digits = format!("{number:0width$}", width = bytes * 2);
    pack(&digits, Justify::Right).unwrap_or_default()
}

/// The number that packed digits say; nothing when one is not decimal.
pub(crate) fn unpack_number(bytes: &[u8]) -> Option<usize> {
    Nibbles::all(bytes).try_fold(0, |sum: usize, n| (n < 10).then(|| sum * 10 + usize::from(n)))
}
