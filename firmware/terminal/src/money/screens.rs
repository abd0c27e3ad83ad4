//! The screens of transactions (INTERFACE.md, section 4, M200 to M251).

use core::fmt::Write;

use heapless::String;

use super::amount::Amount;
use super::kind::Kind;
use super::order::Order;
use crate::batch::entry::{Approval, Entry};
use crate::batch::ledger::{Record, Standing, Totals};
use crate::iso8583::six_digits::six_digits;
use crate::modem::stage::Stage;
use crate::panel::screen::{Head, Screen};
use crate::panel::text::{NOTHING, Text};
use crate::panel::texts::hints::{
    ANY_KEY, CANCEL_TO_STOP, CANCELLED, CONFIRM_OR_CANCEL, NEXT_OR_CANCEL, TIMEOUT, TRY,
};
use crate::panel::texts::{chip, details, money, records, sign_on};

/// The largest amount, in hundredths, that row 5 of M213 has room for.
const MOST_ON_CARD: u64 = 9_999_999;

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Modem,
    Network,
    Connecting,
    Dialling,
    /// A reversal that is due, and the number of its try.
    Reversal(u8, u8),
    Host,
}

impl Phase {
    /// The phase of a stage of the way to the host.
    pub(crate) fn of(stage: Stage) -> Self {
        match stage {
            Stage::Modem => Self::Modem,
            Stage::Network => Self::Network,
            Stage::Connecting => Self::Connecting,
            Stage::Dialling => Self::Dialling,
        }
    }

    fn text(self) -> Text {
        match self {
            Self::Modem => sign_on::MODEM,
            Self::Network => sign_on::NETWORK,
            Self::Connecting => sign_on::CONNECTING,
            Self::Dialling => sign_on::DIALLING,
            Self::Reversal(..) => money::REVERSAL,
            Self::Host => sign_on::HOST,
        }
    }

    /// Whether cancel is heard.
    fn can_be_cancelled(self) -> bool {
        !matches!(self, Self::Host | Self::Reversal(..))
    }
}

/// How an entry ended without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    Cancelled,
    Timeout,
}

/// What a transaction is about, as far as it is known while values are entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) head: Head,
    pub(crate) kind: Kind,
    pub(crate) amount: Option<Amount>,
    /// The card number, masked.
    pub(crate) card: &'a str,
}

impl About<'_> {
    pub(super) fn screen(&self, id: &str, hint: Text) -> Screen {
        Screen::new(self.head, id, hint).texts(&[self.kind.name()])
    }

    pub(super) fn with_amount(&self, screen: Screen, row: usize) -> Screen {
        match self.amount {
            Some(amount) => screen.row(row, format_args!("CNY {amount}")),
            None => screen,
        }
    }

    /// M200.
    pub(crate) fn amount(&self, amount: Amount) -> Screen {
        self.screen("M200", CONFIRM_OR_CANCEL).text(3, money::AMOUNT).row(4, format_args!("CNY {amount}"))
    }

    /// M201: of the digits the first six are shown.
    pub(crate) fn card_number(&self, digits: &str) -> Screen {
        let mut shown = String::<19>::new();
        for (index, digit) in digits.chars().enumerate() {
            let _ = shown.push(if index < 6 { digit } else { '*' });
        }
        let screen = self.with_amount(self.screen("M201", CONFIRM_OR_CANCEL), 3);
        screen.text(4, money::CARD_NUMBER).row(5, format_args!("{shown}"))
    }

    /// M202.
    pub(crate) fn expiry(&self, digits: &str) -> Screen {
        let screen = self.with_amount(self.screen("M202", CONFIRM_OR_CANCEL), 3);
        let screen = screen.row(4, format_args!("{}", self.card));
        screen.text(5, money::EXPIRY).row(6, format_args!("{digits}"))
    }

    /// M203.
    pub(crate) fn pin(&self, digits: usize, once_more: bool) -> Screen {
        let mut stars = String::<12>::new();
        let _ = write!(stars, "{:*<digits$}", "");
        let screen =
            self.with_amount(self.screen("M203", CONFIRM_OR_CANCEL), 3).row(4, format_args!("{}", self.card));
        let screen = screen.text(5, money::PIN).row(6, format_args!("{stars}"));
        if once_more { screen.text(7, money::WRONG_PIN) } else { screen }
    }

    /// M204.
    pub(crate) fn voucher(&self, digits: &str) -> Screen {
        self.screen("M204", CONFIRM_OR_CANCEL).text(3, money::VOUCHER_NUMBER).row(4, format_args!("{digits}"))
    }

    /// M205.
    pub(crate) fn confirm_void(&self, sale: &Entry) -> Screen {
        let screen = self.screen("M205", CONFIRM_OR_CANCEL).row(3, format_args!("CNY {}", sale.amount));
        let screen = screen.row(4, format_args!("{}", sale.card)).filled(
            5,
            money::VOUCHER,
            &[&six_digits(sale.id.stan)],
        );
        match sale.approval {
            Some(approval) => screen.row(6, format_args!("{}", approval.at)),
            None => screen,
        }
    }

    /// M210.
    pub(crate) fn transacting(&self, phase: Phase) -> Screen {
        let hint = if phase.can_be_cancelled() { CANCEL_TO_STOP } else { NOTHING };
        let screen = self.screen("M210", hint).text(3, phase.text());
        let screen = self.with_amount(screen, 4);
        match phase {
            Phase::Reversal(number, tries) => screen.filled(5, TRY, &[&number, &tries]),
            _ => screen,
        }
    }

    /// M212.
    pub(crate) fn stopped(&self, stopped: Stopped) -> Screen {
        let why = match stopped {
            Stopped::Cancelled => CANCELLED,
            Stopped::Timeout => TIMEOUT,
        };
        self.screen("M212", ANY_KEY).text(3, money::STOPPED).text(4, why)
    }

    /// M213; `on_the_card` is what the chip itself says that it holds. More than a row has room for is not shown: it would
    /// look like less.
    pub(crate) fn balance(&self, below_zero: bool, amount: Amount, on_the_card: Option<Amount>) -> Screen {
        let sign = if below_zero { "-" } else { "" };
        let screen = self.screen("M213", ANY_KEY).row(3, format_args!("{sign}CNY {amount}"));
        let screen = screen.row(4, format_args!("{}", self.card));
        match on_the_card.filter(|amount| amount.units() <= MOST_ON_CARD) {
            Some(amount) => screen.filled(5, chip::ON_THE_CARD, &[&amount]),
            None => screen,
        }
    }
}

/// M211. What the card approved by itself has no authorisation code, and nobody asks for its voucher number; an issuer's
/// name takes the code's row.
pub(crate) fn approved(head: Head, entry: &Entry, approval: &Approval, issuer: Option<&str>) -> Screen {
    let screen = Screen::new(head, "M211", ANY_KEY).texts(&[entry.kind().name(), money::APPROVED]);
    let screen = screen.row(4, format_args!("CNY {}", entry.amount)).row(5, format_args!("{}", entry.card));
    let screen = match entry.is_offline() {
        true => screen.text(6, details::APPROVED_OFFLINE),
        false => screen.filled(6, money::VOUCHER, &[&six_digits(entry.id.stan)]),
    };
    match (issuer, authorisation_text(approval)) {
        (Some(name), _) => screen.row(7, format_args!("{name}")),
        (None, Some(code)) if !entry.is_offline() => screen.filled(7, money::AUTHORISATION, &[&code]),
        (None, _) => screen,
    }
}

fn authorisation_text(approval: &Approval) -> Option<&str> {
    core::str::from_utf8(approval.authorisation.as_ref()?).ok()
}

/// What is told of an order while it is on its way.
pub(crate) fn about<'a>(head: Head, order: &Order, card: &'a str) -> About<'a> {
    About { head, kind: order.kind(), amount: order.amount(), card }
}

/// M240.
pub(crate) fn record(
    head: Head,
    (number, count): (usize, usize),
    record: &Record,
    entry: &Entry,
    is_voided: bool,
) -> Screen {
    let screen = Screen::new(head, "M240", NEXT_OR_CANCEL).filled(2, records::RECORD, &[&number, &count]);
    let stan = six_digits(record.id.stan);
    let screen = match record.original {
        Some(original) => screen.filled(3, records::VOID, &[&stan, &six_digits(original.stan)]),
        None => screen.filled(3, records::SALE, &[&stan]),
    };
    let state = match record.standing {
        Standing::Captured if is_voided => records::VOIDED,
        Standing::Captured => records::CAPTURED,
        Standing::Due => records::REVERSAL_DUE,
        Standing::Reversed => records::REVERSED,
        Standing::Open => records::REVERSAL_OPEN,
        Standing::InDoubt => records::IN_DOUBT,
    };
    let screen = screen.filled(4, sign_on::BATCH, &[&six_digits(record.id.batch)]);
    let screen = screen.row(5, format_args!("CNY {}", record.amount)).row(6, format_args!("{}", entry.card));
    screen.text(7, state)
}

/// M241.
pub(crate) fn no_records(head: Head) -> Screen {
    Screen::new(head, "M241", ANY_KEY).texts(&[records::RECORDS, records::NONE])
}

/// M242.
pub(crate) fn totals(head: Head, totals: &Totals) -> Screen {
    Screen::new(head, "M242", ANY_KEY)
        .texts(&[records::TOTALS])
        .filled(3, records::SALES, &[&totals.sales])
        .row(4, format_args!("CNY {}", totals.sold))
        .filled(5, records::VOIDS, &[&totals.voids])
        .row(6, format_args!("CNY {}", totals.voided))
}

/// M250 and M251.
pub(crate) fn reprint(head: Head, printed: bool) -> Screen {
    let (id, hint, text) =
        if printed { ("M251", ANY_KEY, records::PRINTED) } else { ("M250", NOTHING, records::PRINTING) };
    Screen::new(head, id, hint).texts(&[records::REPRINT, text])
}

#[cfg(test)]
mod tests {
    use super::{About, Kind, approved};
    use crate::batch::chip_part::ChipPart;
    use crate::batch::entry::Entry;
    use crate::batch::entry::tests::{captured, chip_sale, sale};
    use crate::language::Language;
    use crate::life::Life;
    use crate::money::amount::Amount;
    use crate::panel::screen::{Head, Screen};
    use std::string::String;
    use std::vec::Vec;

    const HEAD: Head = Head { life: Life::SignedOn, language: Language::English };

    fn rows(screen: &Screen) -> Vec<String> {
        screen.rows().map(String::from).collect()
    }

    /// The issuer's name goes before the authorisation code, and an approval of the card's own has neither code nor voucher.
    #[test]
    fn an_approval_names_the_issuer_and_says_where_it_was_made() {
        let shown = |entry: &Entry, issuer| {
            rows(&approved(HEAD, entry, &entry.approval.unwrap(), issuer))[1..7].join("|")
        };
        let online = captured(sale(7));
        let start = "Sale|Approved|CNY 12.34|621234******1232";
        assert_eq!(shown(&online, None), std::format!("{start}|Voucher 000007|Auth 500001"));
        assert_eq!(
            shown(&online, Some("BANK OF TESTS 16")),
            std::format!("{start}|Voucher 000007|BANK OF TESTS 16")
        );
        let chip = ChipPart { offline: true, ..chip_sale(7).chip.unwrap() };
        let offline = captured(Entry { chip: Some(chip), ..chip_sale(7) });
        assert_eq!(shown(&offline, None), std::format!("{start}|approved offline|"));
        assert_eq!(shown(&offline, Some("BANK")), std::format!("{start}|approved offline|BANK"));
    }

    #[test]
    fn what_the_card_holds_is_shown_where_it_fits() {
        let about = About { head: HEAD, kind: Kind::Balance, amount: None, card: "621234******1232" };
        let shown = |units| {
            let screen = about.balance(false, Amount::new(1).unwrap(), Amount::new(units));
            rows(&screen)[4].clone()
        };
        assert_eq!(shown(9_999_999), "On the card CNY 99999.99");
        assert_eq!(shown(0), "On the card CNY 0.00");
        assert_eq!(shown(10_000_000), "");
        assert_eq!(
            rows(&about.balance(true, Amount::new(1).unwrap(), None))[2..5],
            ["-CNY 0.01", "621234******1232", ""]
        );
    }

    #[test]
    fn a_card_number_is_masked_while_it_is_typed_and_a_pin_altogether() {
        let about = About {
            head: Head { life: Life::SignedOn, language: Language::English },
            kind: Kind::Sale,
            amount: Amount::new(5),
            card: "621234******1232",
        };
        let rows = |screen: Screen| screen.rows().map(String::from).collect::<Vec<_>>();
        assert_eq!(rows(about.card_number("62123"))[2..5], ["CNY 0.05", "Card number", "62123"]);
        assert_eq!(rows(about.card_number("6212345678901232"))[4], "621234**********");
        assert_eq!(
            rows(about.pin(12, true))[4..7],
            ["PIN, or only confirm", "************", "Wrong PIN, once more"]
        );
        assert_eq!(rows(about.pin(0, false))[5..7], ["", ""]);
    }
}
