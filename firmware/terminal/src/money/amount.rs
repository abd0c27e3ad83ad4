//! Amounts of money.

use core::fmt::{self, Write};

use heapless::String;

/// An amount in the currency's smallest unit: at most twelve digits, as field 4 has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Amount(u64);

impl Amount {
    /// The largest.
    pub(crate) const MOST: Self = Self(999_999_999_999);

    /// An amount of at most twelve digits.
    pub(crate) fn new(units: u64) -> Option<Self> {
        Some(Self(units)).filter(|amount| *amount <= Self::MOST)
    }

    /// In the currency's smallest unit.
    pub(crate) fn units(self) -> u64 {
        self.0
    }

    pub(crate) fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The amount with a digit appended on the right; `None` where it would be a thirteenth.
    pub(crate) fn with_digit(self, digit: u8) -> Option<Self> {
        Self::new(self.0.checked_mul(10)?.checked_add(digit.into())?)
    }

    /// The amount without its last digit.
    pub(crate) fn without_digit(self) -> Self {
        Self(self.0 / 10)
    }

    /// The sum; `None` where it has more than twelve digits.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        Self::new(self.0.checked_add(other.0)?)
    }

    /// Field 4.
    pub(crate) fn digits(self) -> String<12> {
        let mut digits = String::new();
        let _ = write!(digits, "{:012}", self.0);
        digits
    }
}

/// With a decimal point and two decimals.
impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;
    use std::string::ToString;

    #[test]
    fn digits_come_from_the_right_and_the_thirteenth_is_refused() {
        let mut amount = Amount::default();
        let mut shown = std::vec![amount.to_string()];
        for digit in [0, 5, 9, 9] {
            amount = amount.with_digit(digit).unwrap();
            shown.push(amount.to_string());
        }
        assert_eq!(shown, ["0.00", "0.00", "0.05", "0.59", "5.99"]);
        assert_eq!(amount.without_digit().digits(), "000000000059");
        let most = Amount::new(999_999_999_999).unwrap();
        assert_eq!((most.with_digit(0), most.plus(Amount(1))), (None, None));
        assert_eq!(most.to_string(), "9999999999.99");
        assert_eq!(Amount::new(1_000_000_000_000), None);
    }
}
