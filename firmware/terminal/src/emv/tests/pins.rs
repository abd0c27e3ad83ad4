//! How the person is verified.

use std::vec;

use rstest::rstest;

use super::card::{Card, Twist};
use super::run::Bench;
use crate::emv::cardholder::Interruption;
use crate::emv::fault::{CardError, Ending};
use crate::slot::apdu::StatusWord;

/// CVM results and the TVR's third byte.
fn verified(bench: &mut Bench) -> (String, u8) {
    let results = bench.run().unwrap().results;
    (hex::encode_upper(results.cvm), results.tvr.bytes()[2])
}
use std::string::String;

#[rstest]
#[case::none_required("1F00", "1F0002", 0x00)]
#[case::signature("1E03", "1E0300", 0x00)]
#[case::fail("0000", "000001", 0x80)]
#[case::fail_and_go_on("40001F00", "1F0002", 0x00)]
#[case::no_rule("", "3F0000", 0x00)]
#[case::no_condition("1F01", "3F0001", 0x80)]
#[case::unknown_condition("1FFF1F00", "1F0002", 0x00)]
#[case::unrecognised("2000", "3F0001", 0xC0)]
#[case::unrecognised_and_on("60001F00", "1F0002", 0x40)]
#[case::unrecognised_last("1F0620001F00", "3F0001", 0xC0)]
fn without_a_pin(#[case] rules: &str, #[case] cvm: &str, #[case] tvr: u8) {
    assert_eq!(verified(&mut Bench::new(Card::plain().with_rules(rules))), (cvm.into(), tvr));
}

#[test]
fn where_the_aip_says_nothing_nobody_is_asked() {
    let mut card = Card::plain().with_rules("0100");
    card.aip[0] &= !0x10;
    let mut bench = Bench::new(card);
    assert_eq!(verified(&mut bench), ("3F0000".into(), 0));
    assert!(bench.holder.shown.is_empty());
}

#[test]
fn a_list_that_is_cut_off_is_wrong() {
    for rules in ["1F", "1F001E"] {
        let ending = Bench::new(Card::plain().with_rules(rules)).run().unwrap_err();
        assert_eq!(ending, Ending::Card(CardError::Wrong(crate::emv::tag::Tag::CVM_LIST)));
    }
}

#[rstest]
#[case::entered("0200", true, "020000", 0x04)]
#[case::not_entered("0200", false, "020001", 0x88)]
#[case::not_entered_and_on("42001E00", false, "1E0000", 0x08)]
fn online(#[case] rules: &str, #[case] is_entered: bool, #[case] cvm: &str, #[case] tvr: u8) {
    let mut bench = Bench::new(Card::plain().with_rules(rules));
    bench.holder.online_pin = is_entered;
    assert_eq!(verified(&mut bench), (cvm.into(), tvr));
}

#[rstest]
#[case::right("0100", &["123456"], "010002", 0x00, &[None])]
#[case::right_and_signature("0300", &["123456"], "030000", 0x00, &[None])]
#[case::wrong_then_right("0100", &["4321", "123456"], "010002", 0x00, &[None, Some(2)])]
#[case::exhausted("0100", &["1111", "2222", "3333"], "010001", 0xA0, &[None, Some(2), Some(1)])]
#[case::exhausted_and_on("41001E00", &["1111", "2222", "3333"], "1E0000", 0x20, &[None, Some(2), Some(1)])]
#[case::not_entered("0100", &[""], "010001", 0x88, &[None])]
#[case::not_entered_after_a_wrong_one("0100", &["1111", ""], "010001", 0x88, &[None, Some(2)])]
fn offline(
    #[case] rules: &str,
    #[case] pins: &[&'static str],
    #[case] cvm: &str,
    #[case] tvr: u8,
    #[case] shown: &[Option<u8>],
) {
    let mut bench = Bench::new(Card::plain().with_rules(rules));
    bench.holder.pins = pins.to_vec();
    assert_eq!(verified(&mut bench), (cvm.into(), tvr));
    assert_eq!(bench.holder.shown, shown);
}

#[test]
fn a_signature_is_wanted_where_a_rule_says_so() {
    for (rules, wants) in [("1E00", true), ("0300", true), ("0100", false), ("1F00", false)] {
        let mut bench = Bench::new(Card::plain().with_rules(rules));
        bench.holder.pins = vec!["123456"];
        assert_eq!(bench.run().unwrap().results.needs_signature, wants, "{rules}");
    }
}

#[rstest]
#[case::with_the_card_s_key(0x20, false)]
#[case::with_a_key_of_its_own(0x20, true)]
#[case::where_only_sda_is_done(0x40, false)]
#[case::under_cda(0x01, true)]
fn enciphered(#[case] method: u8, #[case] has_key: bool) {
    let mut card = Card::new().with_rules("0400").with_method(method);
    if has_key {
        card = card.with_pin_key();
    }
    let mut bench = Bench::new(card);
    bench.holder.pins = vec!["000000", "123456"];
    let results = bench.run().unwrap().results;
    assert_eq!((hex::encode(results.cvm).as_str(), results.tvr.bytes()[2]), ("040002", 0));
    assert_eq!((bench.card.count(0x84), bench.holder.shown.as_slice()), (2, &[None, Some(2)][..]));
    // Neither of the two went out in clear.
    let commands = bench.card.log.iter().filter(|command| command[1] == 0x20);
    assert!(commands.into_iter().all(|command| command.len() >= 4 + 128));
}

#[test]
fn a_key_that_is_not_proven_enciphers_nothing() {
    let mut bench = Bench::new(Card::new().with_rules("0400").with_method(0x20).with_pin_key());
    bench.card.open.get_mut(&0x9F2D).unwrap()[40] ^= 1;
    assert_eq!(verified(&mut bench), ("040001".into(), 0x80));
    assert!(bench.holder.shown.is_empty() && bench.card.count(0x20) == 0);
    // Nor is there one without certificates, or without a challenge.
    let mut bench = Bench::new(Card::plain().with_rules("0400"));
    assert_eq!(verified(&mut bench), ("040001".into(), 0x80));
    let card = Card::new().with_rules("0400").with_method(0x20).twisted(0x84, 0, Twist::Status(0x6D00));
    let mut bench = Bench::new(card);
    bench.holder.pins = vec!["123456"];
    assert_eq!((verified(&mut bench), bench.card.count(0x20)), (("040001".into(), 0x80), 0));
}

#[test]
fn a_card_without_tries_is_not_asked() {
    let mut bench = Bench::new(Card::plain().with_rules("0100"));
    bench.card.counters.insert(0x9F17, vec![0]);
    assert_eq!((verified(&mut bench), bench.card.count(0x20)), (("010001".into(), 0xA0), 0));
    for status in [0x6983, 0x6984] {
        let mut bench = Bench::new(Card::plain().with_rules("0100").twisted(0x20, 0, Twist::Status(status)));
        bench.holder.pins = vec!["123456"];
        assert_eq!(verified(&mut bench), ("010001".into(), 0xA0));
    }
    // One that does not count them is asked.
    let mut bench = Bench::new(Card::plain().with_rules("0100"));
    bench.card.counters.clear();
    bench.holder.pins = vec!["123456"];
    assert_eq!(verified(&mut bench), ("010002".into(), 0));
}

#[test]
fn another_status_or_a_cancel_ends_it() {
    let mut bench = Bench::new(Card::plain().with_rules("0100").twisted(0x20, 0, Twist::Status(0x6700)));
    bench.holder.pins = vec!["123456"];
    assert_eq!(bench.run().unwrap_err(), Ending::Card(CardError::Status(StatusWord(0x6700))));
    for rules in ["0100", "0200"] {
        let mut bench = Bench::new(Card::plain().with_rules(rules));
        bench.holder.interruption = Some(Interruption::Cancelled);
        assert_eq!(bench.run().unwrap_err(), Ending::Interrupted(Interruption::Cancelled));
    }
}

#[test]
fn amounts_are_compared_in_the_application_s_currency() {
    for (rule, limit, holds) in
        [("06", 1_001, true), ("06", 1_000, false), ("07", 999, true), ("07", 1_000, false)]
    {
        let mut card = Card::plain();
        let list = std::format!("{limit:08X}000000001F{rule}1E00");
        card.signed.insert(0x8E, hex::decode(list).unwrap());
        let expected = if holds { std::format!("1F{rule}02") } else { "1E0000".into() };
        assert_eq!(verified(&mut Bench::new(card.clone())).0, expected);
        card.signed.insert(0x9F42, vec![0x08, 0x40]);
        assert_eq!(verified(&mut Bench::new(card)).0, "1E0000");
    }
}

/// A rule for terminals that support its method is passed over by one that does not (Book 3, 10.5 and annex C3).
#[rstest]
#[case("20031F00", "8000000000", [0x1F, 0x00, 2])]
#[case("20001F00", "8000C00000", [0x3F, 0x00, 1])]
fn a_method_that_the_terminal_has_not(#[case] rules: &str, #[case] tvr: &str, #[case] results: [u8; 3]) {
    let report = Bench::new(Card::plain().with_rules(rules)).run().unwrap();
    assert_eq!((std::format!("{}", report.results.tvr).as_str(), report.results.cvm), (tvr, results));
}
