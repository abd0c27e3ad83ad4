//! What a card's records may be, and what nobody takes from them.

use std::vec;
use std::vec::Vec;

use rstest::rstest;

use super::card::{Card, tlv};
use super::run::{Bench, Host};
use crate::emv::completion::Verdict;
use crate::emv::fault::{CardError, Ending};
use crate::emv::tag::Tag;

/// A bench on which everything goes online, and whose host sends a 91 and a script.
fn online(card: Card) -> Bench {
    let mut bench = Bench::new(card);
    bench.parameters.applications[0].tac_online = [0xFF; 5];
    bench.parameters.applications[0].floor = 0;
    let script = tlv(0x72, &[tlv(0x9F18, &[0, 0, 0, 9]), tlv(0x86, &[0x84, 0x24, 0, 0])].concat());
    bench.host = Host::Approves([tlv(0x91, &[7; 10]), script].concat());
    bench
}

const SCRIPT_DONE: &str = "DF31052000000009";

/// Zeros before, between or behind objects mean nothing (Book 3, annex B1).
#[rstest]
#[case([0, 1])]
#[case([1, 0])]
#[case([2, 3])]
fn zeros_around_a_record_mean_nothing(#[case] zeros: [usize; 2]) {
    for is_format_2 in [true, false] {
        let card = Card { zeros, is_format_2, ..Card::plain() };
        let report = online(card).run().unwrap();
        assert_eq!((report.verdict, report.scripts.as_str()), (Some(Verdict::Approved), SCRIPT_DONE));
        assert_eq!(report, online(Card { is_format_2, ..Card::plain() }).run().unwrap());
        assert!(report.last.starts_with("9F2608ACACACACACACACAC9F2701409F1013"), "{}", report.last);
    }
}

/// All of the answer to READ RECORD is signed, but for the template's tag and length (Book 3, 10.3).
#[rstest]
fn zeros_around_a_signed_record_are_signed(
    #[values([0, 1], [1, 0])] zeros: [usize; 2],
    #[values(0x01, 0x20, 0x40)] method: u8,
) {
    let card = Card { zeros, ..Card::new() };
    let expected = if method == 0x40 { "0200000000" } else { "0000000000" };
    assert_eq!(Bench::new(card.with_method(method)).tvr(), expected);
    // What was signed without them is something else.
    let failed = ["0400000000", "0800000000", "4200000000"][usize::from(method >> 5)];
    assert_eq!(Bench::new(Card { zeros, ..Card::new().with_method(method) }).tvr(), failed);
}

/// The terminal knows nothing of what is in SFI 11 to 30: it is signed, and that is all.
#[test]
fn what_the_issuer_keeps_for_itself_is_covered_and_not_read() {
    let twice = tlv(0x70, &tlv(0x5F24, &[0x30, 0x12, 0x31]));
    let codes = tlv(0x70, &[tlv(0x9F0E, &[0xFF; 5]), tlv(0x9F14, &[0]), tlv(0x9F23, &[0])].concat());
    for record in [twice, codes, tlv(0x70, &[0x9F]), [vec![0], tlv(0x70, &[]), vec![0]].concat()] {
        for method in [0x01, 0x20, 0x40] {
            let mut card =
                Card { more: vec![(11, true, record.clone()), (30, false, vec![1])], ..Card::new() };
            card.signed.remove(&0x9F0E);
            let mut bench = Bench::new(card.with_method(method));
            assert_eq!(
                bench.tvr(),
                if method == 0x40 { "0200000000" } else { "0000000000" },
                "{record:02X?}"
            );
            bench.card.more[0].2.push(0);
            assert_ne!(
                bench.tvr(),
                if method == 0x40 { "0200000000" } else { "0000000000" },
                "{record:02X?}"
            );
        }
    }
}

/// What is no template 70 there is no reason to end it, but authentication has failed (Book 3, 10.3).
#[test]
fn a_record_of_the_issuer_s_own_that_is_no_template_proves_nothing() {
    let card = Card { more: vec![(12, true, vec![0x71, 0])], ..Card::new() };
    assert_eq!(Bench::new(card.with_method(0x20)).tvr(), "0800000000");
}

/// What host and issuer say does not come from a card.
#[test]
fn a_card_does_not_speak_for_its_issuer() {
    let own = [tlv(0xDF31, &[0x20, 0, 0, 0, 0]), tlv(0x91, &[9; 10]), tlv(0x8A, b"00"), tlv(0x98, &[9; 20])];
    let mut card = Card { more: vec![(3, false, tlv(0x70, &own.concat()))], ..Card::plain() };
    card.signed.insert(0x8C, hex::decode("8A02910ADF3105").unwrap());
    card.signed.insert(0x8D, hex::decode("8A02910ADF3105").unwrap());
    card.open.insert(0x9F49, hex::decode("9F37049814").unwrap());
    let mut bench = online(card.clone());
    bench.host = Host::Approves(Vec::new());
    let report = bench.run().unwrap();
    assert_eq!((report.verdict, report.scripts.as_str()), (Some(Verdict::Approved), ""));
    let generated = bench.card.log.iter().filter(|command| command[1] == 0xAE);
    let asked: Vec<Vec<u8>> = generated.map(|command| command[4..].to_vec()).collect();
    assert_eq!(asked, [vec![0; 17], [&b"00"[..], &[0; 15]].concat()]);
    let mut bench = Bench::new(card.with_method(0x20));
    bench.run().unwrap();
    let signed = bench.card.log.iter().find(|command| command[1] == 0x88).unwrap();
    assert_eq!(signed[8..], [0; 20]);
    // What did come is the host's.
    let report = online(bench.card).run().unwrap();
    assert_eq!(report.scripts, SCRIPT_DONE);
}

/// A record of this many bytes, with an object of its own.
fn record(number: u8, length: usize) -> Vec<u8> {
    let heads = if length > 0x84 { [3, 4] } else { [2, 3] };
    let head = if length - heads[0] - 3 > 0x7F { heads[0] + heads[1] } else { heads[0] + 3 };
    let record = tlv(0x70, &tlv(0xDF00 + u32::from(number), &vec![0x55; length - head]));
    assert_eq!(record.len(), length);
    record
}

/// The room is for records alone: whatever else is said has its own.
#[test]
fn records_have_the_room_that_there_is_for_them() {
    for (is_format_2, sfi) in [(true, 3), (false, 3), (true, 11)] {
        let mut card = Card { is_format_2, ..Card::plain() };
        let mut left = 2560 - card.length_of_records();
        let mut number = 1;
        while left > 0 {
            let length = if left > 300 {
                250
            } else if left > 256 {
                left / 2
            } else {
                left
            };
            card.more.push((sfi, sfi > 10, record(number, length)));
            (left, number) = (left - length, number + 1);
        }
        let mut bench = online(card);
        let report = bench.run().unwrap();
        assert_eq!((report.verdict, report.scripts.as_str()), (Some(Verdict::Approved), SCRIPT_DONE));
        assert!(bench.card.log.iter().any(|command| command.ends_with(&[7; 10])));
        bench.card.more[0].2 = record(1, 251);
        assert_eq!(bench.run(), Err(Ending::Card(CardError::Wrong(Tag::RECORD))));
    }
}

#[test]
fn of_signed_records_there_are_32() {
    let mut card = Card::new();
    card.more = (1..=31).map(|number| (11, true, record(number, 8))).collect();
    let mut bench = Bench::new(card.clone().with_method(0x20));
    assert_eq!(bench.tvr(), "0000000000");
    card.more.push((11, true, record(32, 8)));
    assert_eq!(Bench::new(card.with_method(0x20)).run(), Err(Ending::Card(CardError::Wrong(Tag::RECORD))));
}

/// An AFL that names more records than a card has is not read to its end, whatever file they are of.
#[rstest]
#[case::a_few(64, true)]
#[case::too_many(65, false)]
fn an_afl_has_its_end(#[case] records: usize, #[case] is_read: bool) {
    let mut card = Card::plain();
    let own = card.open.len() + 1;
    card.afl = [[12 << 3, 1, 30, 0], [13 << 3, 1, (records - own - 30) as u8, 0]].concat();
    card.more = vec![(12, false, vec![1]); 30];
    card.more.extend(vec![(13, false, vec![1]); records - own - 30]);
    let mut bench = Bench::new(card);
    match is_read {
        true => assert_eq!(bench.run().unwrap().verdict, None),
        false => assert_eq!(bench.run(), Err(Ending::Card(CardError::Wrong(Tag::AFL)))),
    }
    assert_eq!(bench.card.count(0xB2), if is_read { records } else { 0 });
}
