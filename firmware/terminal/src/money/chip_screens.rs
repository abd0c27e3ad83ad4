//! The screens of a chip's transaction (INTERFACE.md, section 4, M220 to M223).

use core::fmt::Write;

use heapless::String;

use super::screens::About;
use crate::emv::cardholder::OFFERED;
use crate::panel::screen::{Head, Screen};
use crate::panel::text::NOTHING;
use crate::panel::texts::chip;
use crate::panel::texts::hints::{CONFIRM_OR_CANCEL, DIGIT_OR_CANCEL, LEAVE_THE_CARD};

impl About<'_> {
    /// M220.
    pub(crate) fn reading_card(&self) -> Screen {
        self.with_amount(self.screen("M220", LEAVE_THE_CARD).text(3, chip::READING), 4)
    }

    /// M221: the first four of these applications.
    pub(crate) fn choose<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Screen {
        let screen = self.screen("M221", DIGIT_OR_CANCEL).text(3, chip::CHOOSE);
        names
            .into_iter()
            .take(OFFERED)
            .zip(1..)
            .fold(screen, |screen, (name, number)| screen.row(3 + number, format_args!("{number} {name}")))
    }

    /// M222; `tries_left` after a wrong PIN.
    pub(crate) fn pin_of_card(&self, digits: usize, tries_left: Option<u8>) -> Screen {
        let mut stars = String::<12>::new();
        let _ = write!(stars, "{:*<digits$}", "");
        let screen = self.with_amount(self.screen("M222", CONFIRM_OR_CANCEL), 3);
        let screen = screen.row(4, format_args!("{}", self.card)).text(5, chip::PIN);
        let screen = screen.row(6, format_args!("{stars}"));
        match tries_left {
            Some(tries) => screen.filled(7, chip::TRIES_LEFT, &[&tries]),
            None => screen,
        }
    }
}

/// M223.
pub(crate) fn remove_card(head: Head) -> Screen {
    Screen::new(head, "M223", NOTHING).text(3, chip::REMOVE)
}

#[cfg(test)]
mod tests {
    use super::remove_card;
    use crate::language::Language;
    use crate::life::Life;
    use crate::money::amount::Amount;
    use crate::money::kind::Kind;
    use crate::money::screens::About;
    use crate::panel::screen::{Head, Screen};
    use rstest::rstest;
    use std::string::String;
    use std::vec::Vec;

    fn head(language: Language) -> Head {
        Head { life: Life::SignedOn, language }
    }

    fn about(language: Language) -> About<'static> {
        About { head: head(language), kind: Kind::Sale, amount: Amount::new(5), card: "621234******1232" }
    }

    fn rows(screen: &Screen) -> Vec<String> {
        screen.rows().skip(1).map(String::from).collect()
    }

    #[rstest]
    #[case(Language::English, ["Sale", "Reading the card", "CNY 0.05", "", "", "", "Leave the card in   M220"])]
    #[case(Language::Chinese, ["消费", "正在读卡", "CNY 0.05", "", "", "", "请勿拔卡            M220"])]
    fn the_card_is_to_be_left_in(#[case] language: Language, #[case] expected: [&str; 7]) {
        assert_eq!(rows(&about(language).reading_card()), expected);
    }

    #[test]
    fn four_applications_are_offered_and_no_more() {
        let names = ["PBOC DEBIT", "PBOC CREDIT", "A0000003330101FF", "Fourth", "Fifth"];
        let screen = about(Language::English).choose(names);
        let offered = ["Sale", "Choose", "1 PBOC DEBIT", "2 PBOC CREDIT", "3 A0000003330101FF", "4 Fourth"];
        assert_eq!(rows(&screen)[..6], offered);
        assert_eq!(rows(&screen)[6], "Digit or cancel     M221");
        let one = about(Language::English).choose(["Only"]);
        assert_eq!(rows(&one)[2..6], ["1 Only", "", "", ""]);
    }

    #[test]
    fn the_pin_of_the_card_is_stars_and_says_the_tries_that_are_left() {
        let screen = about(Language::English).pin_of_card(4, Some(2));
        assert_eq!(
            rows(&screen)[1..],
            [
                "CNY 0.05",
                "621234******1232",
                "PIN of the card",
                "****",
                "Tries left 2",
                "Confirm or cancel   M222"
            ]
        );
        assert_eq!(rows(&about(Language::English).pin_of_card(0, None))[4..6], ["", ""]);
        assert_eq!(
            rows(&remove_card(head(Language::Chinese)))[1..],
            ["请取卡", "", "", "", "", "                    M223"]
        );
    }
}
