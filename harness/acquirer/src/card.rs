//! A card in the host's books.

use std::fmt;

use payrig_iso8583::Secret;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::chip::Chip;

/// A card and its account. It prints neither PAN nor PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// What the bench calls it: the token that stands for the PAN in [`crate::Book`].
    pub name: String,
    /// Its number, the check digit right.
    pub pan: String,
    /// YYMM.
    pub expiry: String,
    /// 4 to 12 digits.
    pub pin: Zeroizing<String>,
    /// What its holder has, in the currency's smallest unit. A void that is reversed may bring it below zero.
    pub balance: i64,
    /// The largest sale.
    pub limit: Option<u64>,
    /// Whether a sale without PIN is good.
    pub pin_bypass: bool,
    /// Whether it may be used at all.
    pub status: CardStatus,
    /// What its stripe says besides; nothing where it has none.
    pub stripe: Option<Stripe>,
    /// Its chip, where it has one.
    pub chip: Option<Chip>,
}

/// What a card's stripe says besides number and expiry date.
#[derive(Clone, PartialEq, Eq)]
pub struct Stripe {
    /// 3 digits; a first one of 2 or 6 says that the card has a chip.
    pub service_code: String,
    /// Digits.
    pub discretionary: Zeroizing<String>,
}

/// Whether a card may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardStatus {
    /// It may.
    #[default]
    Normal,
    /// It is blocked.
    Restricted,
}

impl Card {
    /// Its number as it may be shown.
    #[must_use]
    pub fn masked(&self) -> String {
        payrig_iso8583::masked(Secret::Pan, &self.pan)
    }

    /// Its track 2 as field 35 has it, with `D` as the separator (ISO/IEC 7813); nothing where it has no stripe.
    #[must_use]
    pub fn track2(&self) -> Option<Zeroizing<String>> {
        let Stripe { service_code, discretionary } = self.stripe.as_ref()?;
        let Self { pan, expiry, .. } = self;
        Some(Zeroizing::new(format!("{pan}D{expiry}{service_code}{}", discretionary.as_str())))
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "card {} {}", self.name, self.masked())
    }
}

/// Whether a card number ends in its check digit (ISO/IEC 7812-1, Luhn).
pub(crate) fn check_digit_holds(pan: &str) -> bool {
    let digits = pan.chars().rev().map(|c| c.to_digit(10));
    let sum = digits.enumerate().try_fold(0, |sum, (place, digit)| {
        let digit = digit?;
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        Some(sum + doubled / 10 + doubled % 10)
    });
    sum.is_some_and(|sum: u32| sum.is_multiple_of(10)) && !pan.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_digit_is_noticed_wherever_it_is() {
        for pan in ["6212345678901232", "6212340000000000012"] {
            assert!(check_digit_holds(pan));
            for place in 0..pan.len() {
                let digit = pan[place..=place].parse::<u8>().unwrap();
                let wrong = format!("{}{}{}", &pan[..place], (digit + 1) % 10, &pan[place + 1..]);
                assert!(!check_digit_holds(&wrong), "{wrong}");
            }
        }
        assert!(!check_digit_holds("") && !check_digit_holds("62123456789012D2"));
    }
}
