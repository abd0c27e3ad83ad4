//! Card numbers, which are secrets: they do not print, and are erased when dropped.

use core::fmt::{self, Write};

use heapless::String;
use zeroize::Zeroize;

/// Digits of the longest card number.
pub(crate) const LONGEST: usize = 19;
/// Digits of the shortest.
const SHORTEST: usize = 13;
/// Digits in front that may be shown.
pub(crate) const SHOWN_FRONT: usize = 6;
/// Digits at the end that may be shown.
pub(crate) const SHOWN_BACK: usize = 4;

/// A card number of 13 to 19 digits with the right check digit.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CardNumber(String<LONGEST>);

impl CardNumber {
    /// Takes digits; `None` for another length, another character or a wrong check digit.
    pub(crate) fn new(digits: &str) -> Option<Self> {
        if digits.len() < SHORTEST
            || !digits.bytes().all(|digit| digit.is_ascii_digit())
            || !is_checked(digits)
        {
            return None;
        }
        String::try_from(digits).ok().map(Self)
    }

    pub(crate) fn digits(&self) -> &str {
        &self.0
    }

    /// The number as it may be shown.
    pub(crate) fn masked(&self) -> MaskedNumber {
        MaskedNumber::of(&self.0)
    }
}

impl Drop for CardNumber {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CardNumber({})", self.masked())
    }
}

/// The check digit makes the sum a multiple of ten (ISO/IEC 7812-1, annex B).
fn is_checked(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0') << (index % 2);
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A card number with all but its first six and last four digits gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaskedNumber {
    /// Digits of the whole number.
    pub(crate) length: u8,
    /// The digits that are left, packed two to a byte.
    pub(crate) shown: [u8; (SHOWN_FRONT + SHOWN_BACK) / 2],
}

impl MaskedNumber {
    fn of(digits: &str) -> Self {
        let (front, rest) = digits.as_bytes().split_at(SHOWN_FRONT.min(digits.len()));
        let back = rest.split_at(rest.len().saturating_sub(SHOWN_BACK)).1;
        let mut shown = [0; (SHOWN_FRONT + SHOWN_BACK) / 2];
        let mut nibbles = front.iter().chain(back).map(|digit| digit & 0x0F);
        for byte in &mut shown {
            *byte = nibbles.next().unwrap_or(0) << 4 | nibbles.next().unwrap_or(0);
        }
        // At most 19.
        Self { length: digits.len() as u8, shown }
    }

    /// The six digits in front.
    pub(crate) fn bin(self) -> [u8; SHOWN_FRONT] {
        let mut digits = [b'0'; SHOWN_FRONT];
        let nibbles = self.shown.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        for (digit, nibble) in digits.iter_mut().zip(nibbles) {
            *digit += nibble;
        }
        digits
    }

    /// As text.
    pub(crate) fn text(self) -> String<LONGEST> {
        let mut text = String::new();
        let _ = write!(text, "{self}");
        text
    }
}

impl fmt::Display for MaskedNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = usize::from(self.length);
        let mut shown = self.shown.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        for index in 0..length {
            if index < SHOWN_FRONT || index + SHOWN_BACK >= length {
                write!(formatter, "{}", shown.next().unwrap_or(0))?;
            } else {
                formatter.write_char('*')?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::CardNumber;
    use rstest::rstest;
    use std::format;

    #[rstest]
    #[case("6212345678901232", Some("621234******1232"))]
    #[case("6212340000000000012", Some("621234*********0012"))]
    #[case("4012345678909", Some("401234***8909"))]
    #[case("6212345678901233", None)]
    #[case("621234567894", None)]
    #[case("62123400000000000120", None)]
    #[case("621234567890123A", None)]
    #[case("", None)]
    fn numbers(#[case] digits: &str, #[case] masked: Option<&str>) {
        let number = CardNumber::new(digits);
        assert_eq!(number.as_ref().map(|number| format!("{}", number.masked())).as_deref(), masked);
        if let Some(number) = number {
            assert_eq!(number.masked().bin(), digits.as_bytes()[..6]);
            assert!(!format!("{number:?}").contains(digits));
        }
    }

    #[test]
    fn any_one_digit_that_is_mistyped_is_found() {
        let right = "6212345678901232";
        for (at, digit) in right.char_indices() {
            for other in ('0'..='9').filter(|other| *other != digit) {
                let typed = format!("{}{other}{}", &right[..at], &right[at + 1..]);
                assert!(CardNumber::new(&typed).is_none(), "{typed}");
            }
        }
    }
}
