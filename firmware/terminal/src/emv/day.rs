//! Dates of cards: YYMMDD, two digits to a byte.

use super::parameters::Date;

/// A year of two digits with its century: 50 to 99 are of the last one (EMV Book 4, 6.7.3).
pub(crate) fn century(year: u8) -> u16 {
    u16::from(year) + if year < 0x50 { 0x100 } else { 0 }
}

/// Whether a day is earlier than another one.
pub(crate) fn is_before([year, month, day]: Date, [other_year, other_month, other_day]: Date) -> bool {
    (century(year), month, day) < (century(other_year), other_month, other_day)
}

/// Whether a value is a date.
pub(crate) fn is_date(value: &[u8]) -> bool {
    let &[_, month, day] = value else { return false };
    let are_digits = value.iter().all(|byte| byte >> 4 < 10 && byte & 0x0F < 10);
    are_digits && (0x01..=0x12).contains(&month) && (0x01..=0x31).contains(&day)
}
