//! Which application, and who chooses it.

use std::string::String;
use std::vec;
use std::vec::Vec;

use super::card::{Card, Objects, Twist, tlv};
use super::parameters::application;
use super::run::Bench;
use crate::emv::cardholder::Interruption;
use crate::emv::fault::{CardError, Ending};
use crate::emv::tag::Tag;
use crate::slot::apdu::StatusWord;
use crate::slot::fault::SlotFault;

const CREDIT: &str = "A000000333010102";
const DEBIT: &str = "A000000333010101";

fn named(aid: &str, label: &str, priority: u8) -> (Vec<u8>, Objects) {
    let inner = [(0x50, label.as_bytes().to_vec()), (0x87, vec![priority])];
    (hex::decode(aid).unwrap(), inner.into())
}

/// A bench whose terminal has the family, and whose card has these.
fn several(applications: &[(&str, &str, u8)]) -> Bench {
    let mut card = Card::plain();
    card.applications =
        applications.iter().map(|(aid, label, priority)| named(aid, label, *priority)).collect();
    let mut bench = Bench::new(card);
    bench.parameters.applications = vec![application("A00000033301", true)];
    bench
}

fn selected(bench: &Bench) -> String {
    let last = bench.card.log.iter().rev().find(|command| command[1] == 0xA4).unwrap();
    hex::encode_upper(&last[4..])
}

#[test]
fn one_that_needs_no_confirmation_is_taken() {
    let mut bench = several(&[(CREDIT, "Credit", 1)]);
    assert!(bench.run().is_ok() && bench.holder.offered.is_empty());
    assert_eq!(selected(&bench), CREDIT);
    let mut bench = several(&[(CREDIT, "Credit", 0x81)]);
    assert!(bench.run().is_ok());
    assert_eq!(bench.holder.offered, [["Credit"]]);
}

#[test]
fn several_are_offered_by_priority_and_the_chosen_one_is_selected() {
    let mut bench = several(&[
        (DEBIT, "Debit", 0),
        (CREDIT, "Credit", 2),
        ("A000000333010103", "Quasi", 1),
        ("A000000333010106", "Cash", 2),
    ]);
    bench.holder.choice = 3;
    assert!(bench.run().is_ok());
    assert_eq!(bench.holder.offered, [["Quasi", "Credit", "Cash", "Debit"]]);
    assert_eq!(selected(&bench), DEBIT);
}

#[test]
fn of_more_than_four_the_first_four_are_offered() {
    let aids: Vec<String> = (0..9).map(|number| std::format!("A0000003330101{number:02}")).collect();
    let all: Vec<_> = aids.iter().zip(0..).map(|(aid, number)| (aid.as_str(), "", 9 - number)).collect();
    let mut bench = several(&all);
    assert!(bench.run().is_ok());
    let offered = ["A000000333010108", "A000000333010107", "A000000333010106", "A000000333010105"];
    assert_eq!(bench.holder.offered, [offered]);
}

#[test]
fn the_directory_goes_before_the_list() {
    let entry = |aid: &str, name: &str| {
        [tlv(0x4F, &hex::decode(aid).unwrap()), tlv(0x50, b"Label"), tlv(0x9F12, name.as_bytes())].concat()
    };
    let mut bench = several(&[(CREDIT, "Credit", 1), (DEBIT, "Debit", 2)]);
    bench.card.directory =
        Some(vec![entry("A000000003101001", "Foreign"), entry(DEBIT, "Preferred"), entry(CREDIT, "Other")]);
    bench.holder.choice = 1;
    assert!(bench.run().is_ok());
    assert_eq!(bench.holder.offered, [["Preferred", "Other"]]);
    assert_eq!((selected(&bench), bench.card.count(0xA4)), (CREDIT.into(), 2));
    // A directory that cannot be read is none.
    let mut bench = several(&[(CREDIT, "Credit", 1)]);
    bench.card.directory = Some(vec![entry(DEBIT, "Preferred")]);
    bench.card = bench.card.twisted(0xB2, 0, Twist::Cut(5));
    assert!(bench.run().is_ok());
    assert_eq!(selected(&bench), CREDIT);
}

#[test]
fn an_exact_application_is_not_a_longer_one() {
    let mut bench = several(&[("A00000033301010201", "Longer", 1)]);
    bench.parameters.applications = vec![application(CREDIT, false)];
    assert_eq!(bench.run(), Err(Ending::NoApplication));
}

/// A longer name is passed over, and the next one asked for (Book 1, 12.3.3).
#[test]
fn an_exact_application_may_stand_behind_a_longer_one() {
    let mut bench = several(&[("A00000033301010201", "Longer", 1), (CREDIT, "Credit", 2)]);
    bench.parameters.applications = vec![application(CREDIT, false)];
    assert!(bench.run().is_ok());
    assert_eq!(selected(&bench), CREDIT);
    // A longer one that is blocked is none of the terminal's.
    let mut bench = several(&[("A00000033301010201", "Longer", 1)]);
    bench.parameters.applications = vec![application(CREDIT, false)];
    bench.card.blocked_names = true;
    assert_eq!(bench.run(), Err(Ending::NoApplication));
    // The name itself has no next one.
    let mut bench = several(&[(CREDIT, "Credit", 1), ("A00000033301010201", "Longer", 2)]);
    bench.parameters.applications = vec![application(CREDIT, false)];
    assert!(bench.run().is_ok());
    assert_eq!(bench.card.count(0xA4), 3);
}

#[test]
fn a_card_that_always_has_another_name_is_not_asked_for_ever() {
    let aids: Vec<String> = (0..300).map(|number| std::format!("A00000033301{number:04}")).collect();
    let all: Vec<_> = aids.iter().map(|aid| (aid.as_str(), "", 1)).collect();
    for (aid, is_partial, expected) in [("A00000033301", true, true), ("A00000033301", false, false)] {
        for is_blocked in [false, true] {
            let mut bench = several(&all);
            bench.card.blocked_names = is_blocked;
            bench.parameters.applications = vec![application(aid, is_partial)];
            assert_eq!(bench.run().is_ok(), expected && !is_blocked);
            // The directory, sixteen occurrences, and the one that is chosen.
            assert_eq!(bench.card.count(0xA4), 17 + usize::from(expected && !is_blocked));
        }
    }
}

#[test]
fn what_is_blocked_is_no_candidate() {
    let blocked = Twist::Status(0x6A81);
    assert_eq!(Bench::new(Card::plain().twisted(0xA4, 0, blocked.clone())).run(), Err(Ending::Blocked));
    assert_eq!(Bench::new(Card::plain().twisted(0xA4, 1, blocked)).run(), Err(Ending::Blocked));
    // The only one, in the list, and at its selection.
    for nth in [1, 2] {
        let card = Card::plain().twisted(0xA4, nth, Twist::Status(0x6283));
        assert_eq!(Bench::new(card).run(), Err(Ending::Blocked), "{nth}");
    }
    // One of two.
    let mut bench = several(&[(CREDIT, "Credit", 1), (DEBIT, "Debit", 2)]);
    bench.card = bench.card.twisted(0xA4, 1, Twist::Status(0x6283));
    assert!(bench.run().is_ok());
    assert_eq!(selected(&bench), DEBIT);
}

#[test]
fn no_application_that_both_have() {
    let mut bench = Bench::new(Card::plain());
    bench.parameters.applications = vec![application("A0000000031010", true)];
    assert_eq!(bench.run(), Err(Ending::NoApplication));
    bench.parameters.applications.clear();
    assert_eq!(bench.run(), Err(Ending::NoApplication));
}

#[test]
fn a_refusal_at_processing_options_goes_back_to_the_others() {
    let refusal = Twist::Status(0x6985);
    let mut bench = several(&[(CREDIT, "Credit", 1), (DEBIT, "Debit", 2)]);
    bench.card = bench.card.twisted(0xA8, 0, refusal.clone());
    assert!(bench.run().is_ok());
    assert_eq!((selected(&bench), bench.holder.offered.len()), (DEBIT.into(), 1));
    let card = Card::plain().twisted(0xA8, 0, refusal);
    let status = CardError::Status(StatusWord(0x6985));
    assert_eq!(Bench::new(card).run(), Err(Ending::Card(status)));
}

#[test]
fn a_person_who_does_not_choose_ends_it() {
    for interruption in [Interruption::Cancelled, Interruption::TimedOut, Interruption::Removed] {
        let mut bench = several(&[(CREDIT, "Credit", 0x81)]);
        bench.holder.interruption = Some(interruption);
        assert_eq!(bench.run(), Err(Ending::Interrupted(interruption)));
    }
}

#[test]
fn a_session_that_is_over_says_what_was_wrong() {
    let mut card = Card::plain();
    card = card.twisted(0xB2, 3, Twist::Fault(SlotFault::NoAnswer));
    card.open.extend([(0xDF01, vec![1]), (0xDF02, vec![2])]);
    assert_eq!(Bench::new(card).run(), Err(Ending::Card(CardError::Slot(SlotFault::NoAnswer))));
    let card = Card::plain().twisted(0xAE, 0, Twist::Fault(SlotFault::BlocksHarmed));
    assert_eq!(Bench::new(card).run(), Err(Ending::Card(CardError::LateSlot(SlotFault::BlocksHarmed))));
}

#[test]
fn an_fci_that_is_cut_off_is_named() {
    for nth in [1, 2] {
        let card = Card::plain().twisted(0xA4, nth, Twist::Cut(7));
        assert_eq!(Bench::new(card).run(), Err(Ending::Card(CardError::Wrong(Tag::FCI))));
    }
}
