//! A signal's strength as bars (INTERFACE.md, section 19, M304).

use core::fmt::{self, Display};

/// `+CSQ` where the strength is not known (3GPP TS 27.007, 8.5).
const UNKNOWN: u8 = 99;

/// Bars out of four, or that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bars(Option<u8>);

impl Bars {
    /// Before the modem has answered, and where it does not.
    pub(crate) const NONE: Self = Self(None);

    /// Of the first number of `+CSQ`.
    pub(crate) fn of(strength: Option<u8>) -> Self {
        Self(strength.map(|strength| match strength {
            0 | UNKNOWN => 0,
            1..=9 => 1,
            10..=14 => 2,
            15..=19 => 3,
            _ => 4,
        }))
    }
}

impl Display for Bars {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(bars) => write!(formatter, "{bars}/4"),
            None => formatter.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bars;
    use rstest::rstest;
    use std::string::ToString;

    #[rstest]
    #[case::no_answer(None, "-")]
    #[case::none(Some(0), "0/4")]
    #[case::unknown(Some(99), "0/4")]
    #[case::least(Some(1), "1/4")]
    #[case::weak(Some(9), "1/4")]
    #[case::two(Some(10), "2/4")]
    #[case::still_two(Some(14), "2/4")]
    #[case::three(Some(15), "3/4")]
    #[case::still_three(Some(19), "3/4")]
    #[case::four(Some(20), "4/4")]
    #[case::most(Some(31), "4/4")]
    fn bars_of_a_strength(#[case] strength: Option<u8>, #[case] shown: &str) {
        assert_eq!(Bars::of(strength).to_string(), shown);
    }
}
