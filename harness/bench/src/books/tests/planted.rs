//! Differences that are planted into books that agree.

use payrig_acquirer::{State, TransactionKind};
use proptest::prelude::*;

use super::histories::{AtHost, Day, Fate, day, fate};
use crate::books::{Allowed, BooksExpected, Disagreement, Origin, RecordState, Tally, Told, What};

/// What is planted, how it is called when it is found, and the transaction that it is in.
struct Plant {
    name: &'static str,
    fate: Fate,
    /// Changes the books around the purchase whose first transaction has this STAN.
    change: fn(&mut Day, &str),
    found: What,
}

fn next(stan: &str) -> String {
    format!("{:06}", stan.parse::<u32>().unwrap() + 1)
}

fn record<'d>(day: &'d mut Day, stan: &str) -> &'d mut crate::books::TerminalRecord {
    day.records.iter_mut().find(|record| record.stan == stan).unwrap()
}

fn booked<'d>(day: &'d mut Day, stan: &str) -> &'d mut payrig_acquirer::Transaction {
    day.host.iter_mut().find(|booked| booked.stan == stan).unwrap()
}

fn told(day: &mut Day, kind: TransactionKind, stan: &str, amount: u64) {
    let origin = Origin::Screen;
    day.told.push(Told {
        kind,
        stan: stan.into(),
        batch: None,
        original: None,
        amount,
        origin,
        offline: false,
    });
}

#[rustfmt::skip]
const PLANTS: &[Plant] = &[
    Plant { name: "missing in the journal", fate: Fate::Captured, found: What::OnlyAtHost,
        change: |day, stan| day.records.retain(|record| record.stan != stan) },
    Plant { name: "missing at the host", fate: Fate::Captured, found: What::OnlyAtTerminal,
        change: |day, stan| day.host.retain(|booked| booked.stan != stan) },
    Plant { name: "declined at the host", fate: Fate::Captured, found: What::OnlyAtTerminal,
        change: |day, stan| booked(day, stan).state = State::Declined },
    Plant { name: "twice in the journal", fate: Fate::Captured, found: What::Twice,
        change: |day, stan| { let again = record(day, stan).clone(); day.records.push(again) } },
    Plant { name: "twice at the host", fate: Fate::Captured, found: What::Twice,
        change: |day, stan| { let again = booked(day, stan).clone(); day.host.push(again) } },
    Plant { name: "a cent more in the journal", fate: Fate::Captured, found: What::AmountDiffers,
        change: |day, stan| record(day, stan).amount += 1 },
    Plant { name: "a cent less at the host", fate: Fate::Captured, found: What::AmountDiffers,
        change: |day, stan| booked(day, stan).amount -= 1 },
    Plant { name: "a cent more was told", fate: Fate::Captured, found: What::AmountDiffers,
        change: |day, stan| day.told.iter_mut().filter(|told| told.stan == stan).for_each(|told| told.amount += 1) },
    Plant { name: "another amount on one copy", fate: Fate::Captured, found: What::AmountDiffers,
        change: |day, stan| { let amount = record(day, stan).amount + 1; told(day, TransactionKind::Sale, stan, amount) } },
    Plant { name: "a sale reversed by the host only", fate: Fate::Captured, found: What::ReversedAtHost,
        change: |day, stan| booked(day, stan).state = State::Reversed },
    Plant { name: "reversed by the terminal only", fate: Fate::Reversed(AtHost::InForce), found: What::ReversedAtTerminal,
        change: |day, stan| booked(day, stan).state = State::Captured },
    Plant { name: "reversed all the same", fate: Fate::Open(AtHost::InForce), found: What::OpenButReversed,
        change: |day, stan| booked(day, stan).state = State::Reversed },
    Plant { name: "a reversal to be sent", fate: Fate::Open(AtHost::InForce), found: What::RecoveryNotOver,
        change: |day, stan| record(day, stan).state = RecordState::ReversalDue },
    Plant { name: "in doubt", fate: Fate::Open(AtHost::InForce), found: What::InDoubt,
        change: |day, stan| record(day, stan).state = RecordState::InDoubt },
    Plant { name: "nobody was told", fate: Fate::Captured, found: What::NeverTold,
        change: |day, stan| day.told.retain(|told| told.stan != stan) },
    Plant { name: "a declined sale was told as approved", fate: Fate::Declined, found: What::ToldInVain,
        change: |day, stan| { let amount = booked(day, stan).amount; told(day, TransactionKind::Sale, stan, amount) } },
    Plant { name: "a reversed sale was told as approved", fate: Fate::Reversed(AtHost::Nothing), found: What::ToldInVain,
        change: |day, stan| { let amount = record(day, stan).amount; told(day, TransactionKind::Sale, stan, amount) } },
    Plant { name: "an open sale was told as approved", fate: Fate::Open(AtHost::InForce), found: What::ToldInVain,
        change: |day, stan| { let amount = record(day, stan).amount; told(day, TransactionKind::Sale, stan, amount) } },
    Plant { name: "what nobody knows was told", fate: Fate::Reversed(AtHost::Nothing), found: What::ToldInVain,
        change: |day, stan| {
            let amount = record(day, stan).amount;
            day.records.retain(|record| record.stan != stan);
            told(day, TransactionKind::Sale, stan, amount);
        } },
    Plant { name: "told as a void", fate: Fate::Captured, found: What::KindDiffers,
        change: |day, stan| day.told.iter_mut().filter(|told| told.stan == stan).for_each(|told| told.kind = TransactionKind::Void) },
    Plant { name: "voided by the host only", fate: Fate::Captured, found: What::VoidedOnOneSide,
        change: |day, stan| booked(day, stan).state = State::Voided },
    Plant { name: "voided by the terminal only", fate: Fate::Voided, found: What::VoidedOnOneSide,
        change: |day, stan| booked(day, stan).state = State::Captured },
    Plant { name: "not voided by the terminal", fate: Fate::Voided, found: What::VoidedOnOneSide,
        change: |day, stan| record(day, stan).state = RecordState::Captured },
    Plant { name: "voided without a void", fate: Fate::Captured, found: What::VoidWithoutSale,
        change: |day, stan| { record(day, stan).state = RecordState::Voided; booked(day, stan).state = State::Voided } },
    Plant { name: "the void of no sale", fate: Fate::Captured, found: What::VoidWithoutSale,
        change: |day, stan| {
            day.told.iter_mut().filter(|told| told.stan == stan).for_each(|told| told.kind = TransactionKind::Void);
            record(day, stan).kind = TransactionKind::Void;
            booked(day, stan).kind = TransactionKind::Void;
        } },
];

/// Those whose trace is in the void, the transaction behind the sale.
#[rustfmt::skip]
const IN_THE_VOID: &[Plant] = &[
    Plant { name: "a void missing in the journal", fate: Fate::Voided, found: What::OnlyAtHost,
        change: |day, stan| day.records.retain(|record| record.stan != next(stan)) },
    Plant { name: "a void missing at the host", fate: Fate::Voided, found: What::OnlyAtTerminal,
        change: |day, stan| day.host.retain(|booked| booked.stan != next(stan)) },
    Plant { name: "nobody was told of the void", fate: Fate::Voided, found: What::NeverTold,
        change: |day, stan| day.told.retain(|told| told.stan != next(stan)) },
    Plant { name: "a void of another amount at the host", fate: Fate::Voided, found: What::AmountDiffers,
        change: |day, stan| booked(day, &next(stan)).amount += 1 },
    Plant { name: "a void of another sale at the host", fate: Fate::Voided, found: What::OriginalDiffers,
        change: |day, stan| booked(day, &next(stan)).original = Some(("000001".into(), "999999".into())) },
    Plant { name: "a reversed void is in force at the host", fate: Fate::VoidReversed(AtHost::InForce), found: What::ReversedAtTerminal,
        change: |day, stan| booked(day, &next(stan)).state = State::Captured },
    Plant { name: "a declined void was told as approved", fate: Fate::VoidDeclined, found: What::ToldInVain,
        change: |day, stan| { let amount = booked(day, stan).amount; told(day, TransactionKind::Void, &next(stan), amount) } },
];

/// The day with a purchase in its middle, and that one's STAN.
fn with(before: &[(Fate, u64)], fate: Fate, after: &[(Fate, u64)]) -> (Day, String) {
    let stan = day(before).following();
    (day(&[before, &[(fate, 12_345)], after].concat()), stan)
}

fn found(day: &Day) -> Vec<Disagreement> {
    day.books().compare(Allowed::default()).unwrap_err()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Each is found where it was planted, by its own name, with batch, STAN and amount.
    #[test]
    fn each_planted_difference_is_found_and_named(
        before in proptest::collection::vec((fate(), 1_u64..1_000_000), 0..6),
        after in proptest::collection::vec((fate(), 1_u64..1_000_000), 0..6),
    ) {
        for (plants, in_the_void) in [(PLANTS, false), (IN_THE_VOID, true)] {
            for Plant { name, fate, change, found: what } in plants {
                let (mut day, stan) = with(&before, *fate, &after);
                change(&mut day, &stan);
                let found = found(&day);
                let at = if in_the_void { next(&stan) } else { stan };
                let named = |one: &&Disagreement| one.of.as_ref().is_some_and(|(_, stan)| *stan == at);
                let one = found.iter().find(named);
                prop_assert!(one.is_some_and(|one| one.what == *what), "{name}: {found:?}");
                let said = one.unwrap().to_string();
                prop_assert!(said.contains(&format!("STAN {at}")) && said.contains("123.4"), "{name}: {said}");
                // Nothing that belongs to another purchase is blamed.
                let own = |one: &Disagreement| one.of.as_ref().is_some_and(|(_, stan)| at.parse::<u32>().unwrap().abs_diff(stan.parse().unwrap()) <= 1);
                prop_assert!(found.iter().all(own), "{name}: {found:?}");
            }
        }
    }
}

#[test]
fn another_batch_is_told_from_both_sides() {
    let (mut day, stan) = with(&[], Fate::Captured, &[]);
    booked(&mut day, &stan).batch = "000002".into();
    let said: Vec<_> = found(&day).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "batch 000001, STAN 000002: in force at the terminal, not at the host; the terminal says sale of 123.45, captured, \
             the host says nothing, told was sale of 123.45 by screen and receipt",
            "batch 000002, STAN 000002: known to the host, not in the terminal's journal; the terminal says nothing, the host \
             says sale of 123.45, captured, told was nothing",
        ]
    );
}

#[test]
fn a_sale_that_was_voided_twice_is_found() {
    let (mut day, stan) = with(&[], Fate::Voided, &[]);
    let void = next(&stan);
    let (again, at_host) = (record(&mut day, &void).clone(), booked(&mut day, &void).clone());
    day.records.push(crate::books::TerminalRecord { stan: next(&void), ..again });
    day.host.push(payrig_acquirer::Transaction { stan: next(&void), ..at_host });
    told(&mut day, TransactionKind::Void, &next(&void), 12_345);
    assert_eq!(found(&day).iter().map(|one| one.what).collect::<Vec<_>>(), [What::VoidWithoutSale]);
}

#[test]
fn totals_that_are_not_those_of_the_transactions_are_found() {
    let (day, _) = with(&[(Fate::Open(AtHost::InForce), 7)], Fate::Voided, &[]);
    let mut books = day.books();
    books.host.batches[0].debit += 1;
    let found = books.compare(Allowed::default()).unwrap_err();
    assert_eq!(
        found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "the totals differ, although the transactions agree; the terminal says 1 sales of 123.45, 1 voids of 123.45, the host says \
          1 sales of 123.46, 1 voids of 123.45 without what is open"
        ]
    );
}

#[test]
fn a_reversal_that_only_the_host_knows_is_open_where_it_is_allowed() {
    let (mut day, stan) = with(&[], Fate::Open(AtHost::InForce), &[]);
    booked(&mut day, &stan).state = State::Reversed;
    let allowed = Allowed { open_but_reversed: true, ..Allowed::default() };
    assert_eq!(day.books().compare(allowed).unwrap(), Tally { open: 1, ..Tally::default() });
    let found = day.books().compare(Allowed::default()).unwrap_err();
    assert_eq!(found.iter().map(|found| found.what).collect::<Vec<_>>(), [What::OpenButReversed]);
    told(&mut day, TransactionKind::Sale, &stan, 12_345);
    assert!(day.books().compare(allowed).is_err(), "nobody may be told of it");
}

#[test]
fn what_is_in_doubt_is_counted_where_it_is_allowed() {
    let (mut day, stan) = with(&[], Fate::Open(AtHost::InForce), &[]);
    record(&mut day, &stan).state = RecordState::InDoubt;
    let tally = day.books().compare(Allowed { in_doubt: true, ..Allowed::default() }).unwrap();
    assert_eq!(tally, Tally { in_doubt: 1, ..Tally::default() });
    assert!(
        BooksExpected { in_doubt: Some(1), captured: Some(0), ..BooksExpected::default() }
            .hold(tally)
            .is_ok()
    );
    let finding = BooksExpected { in_doubt: Some(0), captured: Some(1), ..BooksExpected::default() }
        .hold(tally)
        .unwrap_err();
    assert!(
        finding
            .to_string()
            .starts_with("expected captured = 1, in-doubt = 0; the books agree on captured = 0,"),
        "{finding}"
    );
}

/// The table is what a reviewer reads.
#[test]
fn the_table_shows_each_transaction_once() {
    let fates = [
        (Fate::Captured, 5),
        (Fate::Voided, 123_450),
        (Fate::Declined, 99),
        (Fate::Open(AtHost::InForce), 700),
    ];
    let (mut day, stan) = with(&fates, Fate::Captured, &[]);
    record(&mut day, &stan).amount += 1;
    let expected = "\
batch   STAN    transaction            amount  card              terminal       host      told
000001  000002  sale                     0.05  621234******1232  captured       captured  screen, receipt
000001  000003  sale                  1234.50  621234******1232  voided         voided    screen
000001  000004  void of 000003        1234.50  621234******1232  captured       captured  screen, receipt
000001  000005  sale                     0.99  621234******1232  -              declined  -
000001  000006  sale                     7.00  621234******1232  reversal open  captured  -
000001  000007  sale            123.46/123.45  621234******1232  captured       captured  screen, receipt
terminal: 3 sales of 1358.01, 1 voids of 1234.50
host, batch 000001: 4 sales of 1365.00, 1 voids of 1234.50
";
    assert_eq!(day.books().table(), expected);
}
