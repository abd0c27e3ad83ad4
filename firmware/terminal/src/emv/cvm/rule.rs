//! Rules of a CVM list (EMV Book 3, annex C3).

use crate::emv::values::CURRENCY;

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// Verification fails.
    Fail,
    /// The card checks the PIN.
    OfflinePin { is_enciphered: bool, with_signature: bool },
    /// The issuer checks the PIN.
    OnlinePin,
    /// Signature on paper.
    Signature,
    /// None is required.
    NotRequired,
}

/// A rule: a method, when it applies, and whether another follows where it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) code: u8,
    pub(super) condition: u8,
}

/// The list's two amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) x: u32,
    pub(super) y: u32,
}

impl Rule {
    /// `None` for a code that this terminal does not know.
    pub(super) fn method(self) -> Option<Method> {
        Some(match self.code & 0x3F {
            0x00 => Method::Fail,
            0x01 => Method::OfflinePin { is_enciphered: false, with_signature: false },
            0x02 => Method::OnlinePin,
            0x03 => Method::OfflinePin { is_enciphered: false, with_signature: true },
            0x04 => Method::OfflinePin { is_enciphered: true, with_signature: false },
            0x05 => Method::OfflinePin { is_enciphered: true, with_signature: true },
            0x1E => Method::Signature,
            0x1F => Method::NotRequired,
            _ => return None,
        })
    }

    /// Bit 7: the next rule applies where this one fails.
    pub(super) fn goes_on(self) -> bool {
        self.code & 0x40 != 0
    }

    /// Whether it applies to an amount, in the currency of the card's application.
    pub(super) fn holds(self, amount: u64, limits: Limits, currency: Option<[u8; 2]>) -> bool {
        let is_known = currency == Some(CURRENCY);
        match self.condition {
            0x00 | 0x02 => true,
            // If the terminal supports the method.
            0x03 => self.method().is_some(),
            0x06 => is_known && amount < limits.x.into(),
            0x07 => is_known && amount > limits.x.into(),
            0x08 => is_known && amount < limits.y.into(),
            0x09 => is_known && amount > limits.y.into(),
            _ => false,
        }
    }
}

/// The amounts of a list and its rules; `None` for one that is cut off.
pub(super) fn read(list: &[u8]) -> Option<(Limits, &[[u8; 2]])> {
    let (x, rest) = list.split_first_chunk()?;
    let (y, rest) = rest.split_first_chunk()?;
    let (rules, odd) = rest.as_chunks();
    let limits = Limits { x: u32::from_be_bytes(*x), y: u32::from_be_bytes(*y) };
    odd.is_empty().then_some((limits, rules))
}

#[cfg(test)]
mod tests {
    use super::{Limits, Method, Rule, read};

    #[test]
    fn a_rule_holds_by_its_condition() {
        let limits = Limits { x: 100, y: 200 };
        let holds = |condition, amount, currency| Rule { code: 0, condition }.holds(amount, limits, currency);
        let yuan = Some([0x01, 0x56]);
        for condition in 0..=u8::MAX {
            let expected = matches!(condition, 0 | 2 | 3);
            assert_eq!(holds(condition, 150, None), expected, "{condition}");
            assert_eq!(holds(condition, 150, Some([0x08, 0x40])), expected, "{condition}");
            assert_eq!(holds(condition, 150, yuan), expected || matches!(condition, 7 | 8), "{condition}");
        }
        // A method that this terminal has not is not one that it supports.
        let of_code = |code, condition| Rule { code, condition }.holds(150, limits, yuan);
        assert!(of_code(0x20, 0x00) && of_code(0x20, 0x02) && !of_code(0x20, 0x03) && !of_code(0x60, 0x03));
        assert!(of_code(0x5E, 0x03) && of_code(0x1F, 0x03));
        // The limits themselves are neither under nor over.
        assert!(!holds(6, 100, yuan) && !holds(7, 100, yuan) && !holds(8, 200, yuan) && !holds(9, 200, yuan));
        assert!(holds(6, 99, yuan) && holds(9, 201, yuan));
    }

    #[test]
    fn the_codes_are_those_of_annex_c3() {
        let known = (0..=0x3F).filter(|code| Rule { code: *code, condition: 0 }.method().is_some());
        assert_eq!(known.collect::<std::vec::Vec<u8>>(), [0, 1, 2, 3, 4, 5, 0x1E, 0x1F]);
        let rule = Rule { code: 0x5E, condition: 0 };
        assert_eq!((rule.method(), rule.goes_on()), (Some(Method::Signature), true));
    }

    #[test]
    fn a_list_that_is_cut_off_is_none() {
        for length in [0, 7, 9, 11] {
            assert_eq!(read(&[0; 12][..length]), None, "{length}");
        }
        assert!(read(&[0; 8]).is_some_and(|(_, rules)| rules.is_empty()));
    }
}
