//! From the analysis to the card's last word.

use std::string::ToString;
use std::vec;

use rstest::rstest;

use super::card::{Card, Twist, tlv};
use super::run::{Bench, Host};
use crate::emv::action::Cryptogram;
use crate::emv::completion::Verdict;
use crate::emv::fault::{CardError, Ending};
use crate::emv::tag::Tag;
use crate::emv::transaction::{NoAnswer, Purpose};
use crate::emv::tvr::Check;
use crate::slot::apdu::StatusWord;
use crate::slot::fault::SlotFault;

/// A bench on which everything goes online.
fn online(card: Card) -> Bench {
    let mut bench = Bench::new(card);
    bench.parameters.applications[0].tac_online = [0xFF; 5];
    bench.parameters.applications[0].floor = 0;
    bench
}

#[rstest]
#[case::nothing_meets([0; 5], [0; 5], None, Cryptogram::Tc)]
#[case::terminal_denies([0x80, 0, 0, 0, 0], [0; 5], None, Cryptogram::Aac)]
#[case::terminal_online([0; 5], [0x80, 0, 0, 0, 0], None, Cryptogram::Arqc)]
#[case::denial_first([0x80, 0, 0, 0, 0], [0x80, 0, 0, 0, 0], None, Cryptogram::Aac)]
#[case::issuer_denies([0; 5], [0; 5], Some((0x9F0E, 0x80)), Cryptogram::Aac)]
#[case::issuer_online([0; 5], [0; 5], Some((0x9F0F, 0x80)), Cryptogram::Arqc)]
fn the_codes_decide(
    #[case] denial: [u8; 5],
    #[case] online: [u8; 5],
    #[case] issuer: Option<(u32, u8)>,
    #[case] wanted: Cryptogram,
) {
    let mut bench = Bench::new(Card::plain());
    bench.parameters.applications[0].tac_denial = denial;
    bench.parameters.applications[0].tac_online = online;
    if let Some((tag, byte)) = issuer {
        bench.card.signed.insert(tag, vec![byte, 0, 0, 0, 0]);
    }
    match bench.run() {
        Ok(report) => assert_eq!(report.wanted, wanted),
        Err(ending) => assert!(matches!(ending, Ending::Declined(_)) && wanted == Cryptogram::Aac),
    }
    let first = bench.card.log.iter().find(|command| command[1] == 0xAE).unwrap();
    assert_eq!(first[2], wanted as u8);
}

/// That the terminal's own TDOL is used is known before anything is decided.
#[test]
fn the_codes_decide_about_a_default_tdol() {
    for (denial, tdol, wanted) in [(0x80, None, 0x00), (0x00, None, 0x40), (0x80, Some(0x97), 0x40)] {
        let mut card = Card::plain();
        card.signed.insert(0x8C, vec![0x98, 20, 0x95, 5]);
        card.signed.extend(tdol.map(|tag| (tag, vec![0x9F, 0x02, 6])));
        let mut bench = Bench::new(card);
        bench.parameters.applications[0].tac_denial = [0, 0, 0, 0, denial];
        assert_eq!(bench.run().is_ok(), wanted == 0x40);
        let first = bench.card.log.iter().find(|command| command[1] == 0xAE).unwrap();
        assert_eq!(first[2], wanted, "{denial:02X} {tdol:?}");
    }
}

/// Without an IAC nothing is denied, and everything else goes online (Book 3, 10.7).
#[test]
fn a_card_without_codes_goes_online() {
    let mut bench = Bench::new(Card::plain());
    for tag in [0x9F0D, 0x9F0E, 0x9F0F] {
        bench.card.signed.remove(&tag);
    }
    assert_eq!(bench.run().unwrap().wanted, Cryptogram::Arqc);
}

#[test]
fn an_approval_offline_says_y1() {
    let mut card = Card::plain();
    card.signed.insert(0x8C, vec![0x8A, 2]);
    let mut bench = Bench::new(card);
    assert_eq!(bench.run().unwrap().verdict, None);
    assert!(bench.card.log.last().unwrap().ends_with(b"Y1"));
    bench.parameters.applications[0].tac_denial = [0x80, 0, 0, 0, 0];
    assert!(matches!(bench.run(), Err(Ending::Declined(_))));
    assert!(bench.card.log.last().unwrap().ends_with(b"Z1"));
}

/// A card may give less than it was asked for, never more.
#[rstest]
#[case(Cryptogram::Tc, 0x80, true)]
#[case(Cryptogram::Tc, 0x40, true)]
#[case(Cryptogram::Arqc, 0x80, true)]
#[case(Cryptogram::Arqc, 0x40, false)]
#[case(Cryptogram::Arqc, 0xC0, false)]
#[case(Cryptogram::Aac, 0x80, false)]
#[case(Cryptogram::Aac, 0x40, false)]
fn what_a_card_gives(#[case] wanted: Cryptogram, #[case] gives: u8, #[case] is_taken: bool) {
    let mut bench = Bench::new(Card::plain());
    match wanted {
        Cryptogram::Tc => {}
        Cryptogram::Arqc => bench.purpose = Purpose::Balance,
        Cryptogram::Aac => bench.parameters.applications[0].tac_denial = [0x80, 0, 0, 0, 0],
    }
    bench.card.gives = vec![gives];
    match bench.run() {
        Ok(_) => assert!(is_taken),
        Err(ending) => assert!(!is_taken && ending == Ending::Card(CardError::Wrong(Tag::CID)), "{ending:?}"),
    }
}

#[test]
fn a_card_that_declines_is_a_decline() {
    for purpose in [Purpose::Balance, Bench::new(Card::plain()).purpose] {
        for is_format_2 in [false, true] {
            let mut bench = Bench::new(Card::plain());
            bench.purpose = purpose;
            bench.card.is_format_2 = is_format_2;
            bench.card.gives = vec![0x00];
            assert!(matches!(bench.run(), Err(Ending::Declined(_))));
            assert_eq!(bench.card.count(0xAE), 1);
        }
    }
}

#[test]
fn both_formats_say_the_same() {
    let run = |is_format_2| {
        let mut bench = online(Card::plain());
        bench.card.is_format_2 = is_format_2;
        bench.run().unwrap()
    };
    assert_eq!(run(true), run(false));
    assert_eq!(run(true).verdict, Some(Verdict::Approved));
}

#[test]
fn the_request_has_the_objects_in_their_order() {
    let request = online(Card::plain()).run().unwrap().request;
    // The response code of the second cryptogram is not in it, the first one's data are.
    assert_eq!(
        request,
        "9F2608ACACACACACACACAC9F2701809F101307010103A0A802010A010000000000A1B2C3D49F3704404142439F36020009\
         950580000080009A032601019C01009F02060000000010005F2A02015682027C009F1A0201569F03060000000000009F3303\
         E0F8C89F34031F00029F3501229F1E0830303030303030318408A0000003330101029F090200209F410400000007"
            .replace("82027C00", "82021C00")
    );
}

#[test]
fn the_request_takes_the_rest_from_the_records() {
    let taken = online(Card::plain()).run().unwrap().taken;
    let expected =
        "6212345678901232 3012 Some(1) 6212345678901232D3012201000000000 UnionPay Credit Some(12345)";
    assert_eq!(taken, expected);
}

#[rstest]
#[case::approved(Host::Approves(vec![]), 0x40, *b"00", Verdict::Approved)]
#[case::declined(Host::Declines(vec![]), 0x00, *b"51", Verdict::Declined)]
fn the_second_cryptogram_is_what_the_host_said(
    #[case] host: Host,
    #[case] p1: u8,
    #[case] code: [u8; 2],
    #[case] verdict: Verdict,
) {
    let mut bench = online(Card::plain());
    bench.host = host;
    assert_eq!(bench.run().unwrap().verdict, Some(verdict));
    let last = bench.card.log.last().unwrap();
    assert_eq!((last[2], &last[4..6]), (p1, &code[..]));
}

#[rstest]
#[case::nothing_sent(NoAnswer::NothingSent, 0, 0x40, *b"Y3", Verdict::Approved)]
#[case::default_denies(NoAnswer::NothingSent, 0x80, 0x00, *b"Z3", Verdict::Declined)]
#[case::maybe_sent(NoAnswer::MaybeSent, 0, 0x00, *b"Z3", Verdict::Declined)]
fn without_an_answer(
    #[case] why: NoAnswer,
    #[case] default: u8,
    #[case] p1: u8,
    #[case] code: [u8; 2],
    #[case] verdict: Verdict,
) {
    let mut bench = online(Card::plain());
    bench.parameters.applications[0].tac_default[0] = default;
    bench.host = Host::Silent(why);
    assert_eq!(bench.run().unwrap().verdict, Some(verdict));
    let last = bench.card.log.last().unwrap();
    assert_eq!((last[2], &last[4..6]), (p1, &code[..]));
}

#[test]
fn an_approval_that_the_card_does_not_take_is_none() {
    let mut bench = online(Card::plain());
    bench.card.gives = vec![0x80, 0x00];
    assert_eq!(bench.run().unwrap().verdict, Some(Verdict::Declined));
    let mut bench = online(Card::plain().twisted(0xAE, 1, Twist::Status(0x6985)));
    assert_eq!(bench.run().unwrap().verdict, Some(Verdict::Declined));
    let mut bench = online(Card::plain().twisted(0xAE, 1, Twist::Fault(SlotFault::Removed)));
    assert_eq!(bench.run().unwrap().verdict, Some(Verdict::Gone(CardError::LateSlot(SlotFault::Removed))));
}

#[test]
fn a_combined_signature_that_is_wrong_declines() {
    // Where it gave an ARQC, an AAC is asked for; where it gave a TC, nothing more.
    for (is_online, cryptograms) in [(true, 2), (false, 1)] {
        let card = Card::new().with_method(0x01).twisted(0xAE, 0, Twist::Flip(60 * 8));
        let mut bench = if is_online { online(card) } else { Bench::new(card) };
        let ending = bench.run().unwrap_err();
        assert!(matches!(ending, Ending::Declined(tvr) if tvr.has(Check::CdaFailed)), "{ending:?}");
        assert_eq!(bench.card.count(0xAE), cryptograms);
        if is_online {
            assert_eq!(bench.card.log.last().unwrap()[2], 0x00);
        }
    }
    // At the second one it is a card that did not approve.
    let mut bench = online(Card::new().with_method(0x01).twisted(0xAE, 1, Twist::Flip(60 * 8)));
    let report = bench.run().unwrap();
    assert_eq!(report.verdict, Some(Verdict::Declined));
    assert!(report.results.tvr.has(Check::CdaFailed));
    // One that is right is asked for, and proven, both times.
    let mut bench = online(Card::new().with_method(0x01));
    assert_eq!(bench.run().unwrap().verdict, Some(Verdict::Approved));
    let asked: std::vec::Vec<u8> =
        bench.card.log.iter().filter(|command| command[1] == 0xAE).map(|command| command[2]).collect();
    assert_eq!(asked, [0x90, 0x50]);
}

#[test]
fn an_answer_without_the_signature_that_was_asked_for_declines() {
    let plain = tlv(0x77, &[tlv(0x9F27, &[0x40]), tlv(0x9F36, &[0, 9]), tlv(0x9F26, &[1; 8])].concat());
    let format_1 = tlv(0x80, &[&[0x40, 0, 9][..], &[1; 8]].concat());
    for answer in [plain, format_1] {
        let mut bench = Bench::new(Card::new().with_method(0x01).twisted(0xAE, 0, Twist::Data(answer)));
        assert!(matches!(bench.run(), Err(Ending::Declined(tvr)) if tvr.has(Check::CdaFailed)));
    }
}

#[test]
fn scripts_run_in_their_order_and_each_as_far_as_it_goes() {
    let command = |instruction: u8| tlv(0x86, &[0x84, instruction, 0, 0, 1, 0xAA]);
    let script = |kind, id: u8, instructions: &[u8]| {
        let commands: std::vec::Vec<u8> = instructions.iter().flat_map(|number| command(*number)).collect();
        tlv(kind, &[tlv(0x9F18, &[0, 0, 0, id]), commands].concat())
    };
    let field = [
        script(0x72, 9, &[0x24]),
        script(0x71, 1, &[0x1E, 0x24, 0xDA]),
        script(0x71, 2, &[0xDA]),
        tlv(0x71, &[0x86, 0x05, 0x84]),
        tlv(0x71, &tlv(0x86, &[0x84, 0x24])),
        tlv(0xDF01, &[1]),
    ];
    let mut bench = online(Card::plain().twisted(0x24, 0, Twist::Status(0x6A80)));
    bench.host = Host::Declines(field.concat());
    let report = bench.run().unwrap();
    let results = "DF311912000000012000000002000000000011000000002000000009";
    assert!(report.scripts.contains(results), "{}", report.scripts);
    // Behind the first cryptogram, but for the balance that is asked for.
    let behind = bench.card.log.iter().map(|command| command[1]).skip_while(|number| *number != 0xAE).skip(2);
    assert_eq!(behind.collect::<std::vec::Vec<u8>>(), [0x1E, 0x24, 0xDA, 0xAE, 0x24]);
}

#[test]
fn a_card_that_goes_leaves_its_scripts_not_done() {
    let script = |kind| tlv(kind, &tlv(0x86, &[0x84, 0x24, 0, 0]));
    let field = [script(0x71), script(0x71), script(0x72)].concat();
    for (nth, expected) in
        [(0, "DF310F110000000000000000000000000000"), (1, "DF310F200000000011000000000000000000")]
    {
        let mut bench = online(Card::plain().twisted(0x24, nth, Twist::Fault(SlotFault::Removed)));
        bench.host = Host::Approves(field.clone());
        let report = bench.run().unwrap();
        assert_eq!(report.verdict, Some(Verdict::Gone(CardError::LateSlot(SlotFault::Removed))));
        assert!(report.scripts.contains(expected), "{}", report.scripts);
    }
    // Behind its last word it changes nothing of that.
    let mut bench = online(Card::plain().twisted(0x24, 2, Twist::Fault(SlotFault::Removed)));
    bench.host = Host::Approves(field);
    let report = bench.run().unwrap();
    assert_eq!(report.verdict, Some(Verdict::Approved));
    assert!(report.scripts.contains("DF310F200000000020000000001100000000"));
}

#[test]
fn a_field_that_cannot_be_decoded_counts_as_none() {
    let right = tlv(0x91, &[7; 10]);
    for field in
        [&right[..11], &[&right[..], &[0x71, 0x80]].concat(), &tlv(0x91, &[7; 7]), &tlv(0x91, &[7; 17])]
    {
        let mut bench = online(Card::plain());
        bench.host = Host::Approves(field.to_vec());
        assert_eq!(bench.run().unwrap().verdict, Some(Verdict::Approved));
        assert_eq!(bench.card.count(0x82), 0, "{field:02X?}");
    }
}

#[rstest]
#[case(0x5A)]
#[case(0x5F24)]
#[case(0x8C)]
#[case(0x8D)]
fn what_is_mandatory_is_missed(#[case] tag: u32) {
    let mut card = Card::plain();
    card.signed.remove(&tag);
    assert_eq!(Bench::new(card).run(), Err(Ending::Card(CardError::Missing(Tag(tag)))));
}

#[test]
fn track_2_is_missed_only_where_it_goes_online() {
    let mut card = Card::plain();
    card.open.remove(&0x57);
    card.open.insert(0xDF01, vec![0]);
    assert_eq!(Bench::new(card.clone()).run().unwrap().verdict, None);
    assert_eq!(online(card).run(), Err(Ending::Card(CardError::Missing(Tag::TRACK_2))));
}

#[rstest]
#[case::another_number("57", "6212345678901233D3012201000000000F", 0x57)]
#[case::no_separator("57", "621234567890123230122010000000000F", 0x57)]
#[case::check_digit("5A", "6212345678901233", 0x57)]
#[case::no_number("5A", "62A2345678901232", 0x57)]
#[case::no_date("5F24", "301331", 0x5F24)]
#[case::no_dol("8C", "9F02", 0x8C)]
#[case::endless_dol("8D", "9F02FF9F02FF", 0x8D)]
#[case::code_of_four("9F0D", "00000000", 0x9F0D)]
fn what_is_wrong_is_named(#[case] tag: &str, #[case] value: &str, #[case] named: u32) {
    let mut card = Card::plain();
    let (tag, value) = (u32::from_str_radix(tag, 16).unwrap(), hex::decode(value).unwrap());
    let objects = if tag == 0x57 { &mut card.open } else { &mut card.signed };
    objects.insert(tag, value);
    assert_eq!(Bench::new(card).run(), Err(Ending::Card(CardError::Wrong(Tag(named)))));
}

#[test]
fn what_comes_twice_is_wrong() {
    let mut card = Card::plain();
    card.open.insert(0x5F24, vec![0x30, 0x12, 0x31]);
    assert_eq!(Bench::new(card).run(), Err(Ending::Card(CardError::Wrong(Tag::EXPIRATION))));
}

#[test]
fn a_record_that_cannot_be_read_ends_it() {
    let card = Card::plain().twisted(0xB2, 0, Twist::Status(0x6A83));
    assert_eq!(Bench::new(card).run(), Err(Ending::Card(CardError::Status(StatusWord(0x6A83)))));
    let card = Card::plain().twisted(0xB2, 0, Twist::Cut(9));
    assert_eq!(Bench::new(card).run(), Err(Ending::Card(CardError::Wrong(Tag::RECORD))));
}

#[test]
fn errors_name_a_tag_as_the_screen_does() {
    assert_eq!((Tag::PAN.to_string(), Tag::CID.to_string()), ("5A".into(), "9F27".into()));
}
