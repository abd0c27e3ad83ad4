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

    /// The first one that is not a decimal digit: its byte and what it is.
    pub(crate) fn not_decimal(mut self) -> Option<(usize, u8)> {
        let found = self.find(|nibble| *nibble > 9)?;
        Some(((self.next - 1) / 2, found))
    }

    /// As text, upper case.
    pub(crate) fn text(self) -> String {
        let mut text = String::with_capacity(self.end - self.next);
        text.extend(self.map(digit));
        text
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
pub(crate) const fn digit(nibble: u8) -> char {
    match nibble & 0x0F {
        decimal @ 0..=9 => (b'0' + decimal) as char,
        letter => (b'A' + letter - 10) as char,
    }
}

/// Appends hex digits; the free half byte of an odd number is 0. Another character counts as 0, too: the caller
/// has looked.
pub(crate) fn pack(digits: &str, justify: Justify, out: &mut Vec<u8>) {
    let free_first = justify == Justify::Right && !digits.len().is_multiple_of(2);
    let mut high = free_first.then_some(0);
    for digit in digits.chars() {
        let nibble = digit.to_digit(16).map_or(0, |n| n as u8);
        match high.take() {
            Some(high) => out.push(high << 4 | nibble),
            None => high = Some(nibble),
        }
    }
    out.extend(high.map(|high| high << 4));
}

/// Appends a number as packed digits: 62 in 2 bytes is `00 62`.
pub(crate) fn pack_number(number: usize, bytes: usize, out: &mut Vec<u8>) {
    for at in (0..bytes).rev() {
        let pair = (0..at).fold(number, |n, _| n / 100) % 100;
        out.push((pair / 10 * 16 + pair % 10) as u8);
    }
}

/// The number that packed digits say; nothing when one is not decimal.
pub(crate) fn unpack_number(bytes: &[u8]) -> Option<usize> {
    Nibbles::all(bytes).try_fold(0, |sum: usize, n| (n < 10).then(|| sum * 10 + usize::from(n)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_half_byte_stands_where_the_justification_leaves_it() {
        for (justify, expected) in [(Justify::Left, [0x12, 0x30]), (Justify::Right, [0x01, 0x23])] {
            let mut out = Vec::new();
            pack("123", justify, &mut out);
            assert_eq!(out, expected);
            assert_eq!(Nibbles::new(&out, 3, justify).text(), "123");
        }
    }

    #[test]
    fn numbers_are_packed_with_leading_zeros() {
        for (number, bytes, expected) in
            [(7, 1, vec![0x07]), (62, 2, vec![0x00, 0x62]), (322, 2, vec![0x03, 0x22])]
        {
            let mut out = Vec::new();
            pack_number(number, bytes, &mut out);
            assert_eq!(out, expected);
            assert_eq!(unpack_number(&out), Some(number));
        }
    }

    #[test]
    fn a_letter_among_digits_is_found_with_its_byte() {
        assert_eq!(Nibbles::new(&[0x01, 0x2B], 3, Justify::Right).not_decimal(), Some((1, 0x0B)));
        assert_eq!(Nibbles::new(&[0x12, 0x3B], 3, Justify::Left).not_decimal(), None);
    }
}
