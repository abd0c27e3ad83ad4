//! Each fault, as a reader finds it.

use payrig_card::chip::emv::{
    AcKind, CardProfile, Certified, EmvFault, Exactly, Generate, HexBytes, Instruction,
};
use rstest::rstest;

use crate::reader::{Reader, parsed};

const CREDIT: [u8; 8] = [0xA0, 0, 0, 3, 0x33, 1, 1, 2];

fn tag(hex: &str) -> payrig_card::chip::emv::Tag {
    hex.parse().unwrap()
}

#[test]
fn a_wrong_cryptogram_differs_in_one_bit() {
    let of = |faults: &[EmvFault]| {
        let mut reader = Reader::initiated("unionpay-credit", faults);
        reader.generate(0x80, 0x8C);
        u64::from_be_bytes(reader.cryptogram())
    };
    assert_eq!((of(&[]) ^ of(&[EmvFault::WrongCryptogram])).count_ones(), 1);
}

#[test]
fn a_key_index_is_another_one() {
    let reader = Reader::initiated("unknown-ca-key", &[]);
    assert_eq!(reader.values[&0x8F], [0xEE]);
    assert_eq!(Reader::initiated("unionpay-credit", &[]).values[&0x8F], [0xF1]);
}

#[test]
fn unknown_tags_stand_in_record_and_fci() {
    let reader = Reader::initiated("unionpay-credit", &[EmvFault::UnknownTags]);
    assert_eq!(reader.values[&0xDF2A], [1, 2, 3]);
    let mut reader = Reader::of("unionpay-credit", &[EmvFault::UnknownTags]);
    let (fci, _) = reader.select(&CREDIT);
    assert!(parsed(&fci).unwrap().iter().any(|(tag, _)| *tag == 0xDF2A));
}

#[test]
fn a_truncated_template_ends_too_early_and_the_others_do_not() {
    for (template, name) in
        [("6F", "tagged"), ("70", "tagged"), ("77", "tagged"), ("80", "unionpay-credit"), ("A5", "tagged")]
    {
        let mut reader = Reader::of(name, &[EmvFault::Truncated(tag(template))]);
        let select = reader.select(&CREDIT).0;
        let options = reader.send([0x80, 0xA8, 0, 0], &[0x83, 0]).0;
        let record = reader.record(1, 1).0;
        let broken = [("6F", &select), ("A5", &select), ("77", &options), ("80", &options), ("70", &record)];
        for (other, data) in broken {
            if data[0] == 0x77 && other == "80" || data[0] == 0x80 && other == "77" {
                continue;
            }
            let is_broken = parsed(data).is_none();
            let should = other == template || (data[0] == 0x6F && matches!(template, "6F" | "A5"));
            assert_eq!(is_broken, should, "{template} of {other}");
        }
    }
}

#[rstest]
fn a_missing_tag_is_nowhere(
    #[values("5A", "57", "5F24", "8C", "8D", "90", "9F46", "8E", "9F17")] missing: &str,
) {
    let mut reader = Reader::of("unionpay-credit", &[EmvFault::Missing(tag(missing))]);
    reader.start();
    assert!(!reader.values.contains_key(&u32::from_str_radix(missing, 16).unwrap()));
    if missing == "9F17" {
        assert_eq!(reader.send([0x80, 0xCA, 0x9F, 0x17], &[]).1, 0x6A88);
    }
}

#[rstest]
fn a_missing_tag_of_a_template_leaves_it_whole(#[values("9F26", "9F27", "9F36", "9F10")] missing: &str) {
    let mut reader = Reader::initiated("tagged", &[EmvFault::Missing(tag(missing))]);
    let (data, sw) = reader.generate(0x80, 0x8C);
    assert_eq!((sw, parsed(&data).unwrap().len()), (0x9000, 4));
    assert!(!reader.values.contains_key(&u32::from_str_radix(missing, 16).unwrap()));
}

#[test]
fn a_duplicate_stands_twice_in_its_record() {
    let mut reader = Reader::initiated("unionpay-credit", &[EmvFault::Duplicate(tag("5F24"))]);
    let record = parsed(&reader.record(1, 2).0).unwrap();
    assert_eq!(record.iter().filter(|(tag, _)| *tag == 0x5F24).count(), 2);
}

#[test]
fn another_value_stands_wherever_the_tag_does() {
    let other = |hex: &str, value: &[u8]| EmvFault::Other { tag: tag(hex), value: HexBytes(value.to_vec()) };
    let mut reader =
        Reader::initiated("tagged", &[other("5A", &[1]), other("9F10", &[2]), other("9F17", &[3])]);
    assert_eq!(reader.values[&0x5A], [1]);
    reader.generate(0x80, 0x8C);
    assert_eq!(reader.values[&0x9F10], [2]);
    assert_eq!(reader.send([0x80, 0xCA, 0x9F, 0x17], &[]).0, [0x9F, 0x17, 1, 3]);
}

#[test]
fn the_nth_of_a_command_is_answered_with_a_status() {
    let faults =
        [EmvFault::Status { instruction: Instruction::ReadRecord, nth: 2, sw: Exactly([0x65, 0x81]) }];
    let mut reader = Reader::of("unionpay-credit", &faults);
    reader.begin();
    reader.options();
    let statuses = [1, 2, 2].map(|number| reader.record(1, number).1);
    assert_eq!(statuses, [0x9000, 0x6581, 0x9000]);
    // Power makes it count anew.
    reader.card.activate();
    reader.begin();
    reader.options();
    assert_eq!([1, 2].map(|number| reader.record(1, number).1), [0x9000, 0x6581]);
}

#[test]
fn processing_options_are_refused() {
    let mut reader = Reader::of("unionpay-credit", &[EmvFault::RefusesProcessing]);
    assert_eq!((reader.begin(), reader.options()), (0x9000, 0x6985));
}

#[test]
fn blocks_and_used_up_tries_are_there_from_the_start() {
    let begin = |fault| Reader::of("unionpay-credit", &[fault]).begin();
    assert_eq!(begin(EmvFault::BlockedCard), 0x6A81);
    assert_eq!(begin(EmvFault::BlockedApplications), 0x6283);
    let mut reader = Reader::initiated("plaintext-pin", &[EmvFault::NoPinTries]);
    assert_eq!(reader.send([0x80, 0xCA, 0x9F, 0x17], &[]).0[3], 0);
}

#[test]
fn a_card_declines_where_it_was_told_to() {
    let mut reader = Reader::initiated("unionpay-credit", &[EmvFault::Declines(Generate::First)]);
    reader.generate(0x80, 0x8C);
    assert_eq!(reader.cid(), 0);
    let mut reader = Reader::initiated("unionpay-credit", &[EmvFault::Declines(Generate::Second)]);
    reader.generate(0x80, 0x8C);
    assert_eq!(reader.cid(), 0x80);
    reader.generate(0x40, 0x8D);
    assert_eq!(reader.cid(), 0);
}

#[rstest]
#[case(Generate::First, AcKind::Tc, 0x00, 0x40)]
#[case(Generate::First, AcKind::Tc, 0x80, 0x40)]
#[case(Generate::First, AcKind::Arqc, 0x00, 0x80)]
fn a_wrong_kind_is_more_than_was_asked(
    #[case] at: Generate,
    #[case] kind: AcKind,
    #[case] asked: u8,
    #[case] given: u8,
) {
    let mut reader = Reader::initiated("unionpay-credit", &[EmvFault::WrongKind { at, kind }]);
    reader.generate(asked, 0x8C);
    assert_eq!(reader.cid(), given);
}

#[test]
fn a_wrong_kind_at_the_second_time_too() {
    let wrong = EmvFault::WrongKind { at: Generate::Second, kind: AcKind::Tc };
    let mut reader = Reader::initiated("unionpay-credit", &[wrong]);
    reader.generate(0x80, 0x8C);
    reader.generate(0x00, 0x8D);
    assert_eq!(reader.cid(), 0x40);
}

/// A fault that changes nothing would have the terminal blamed for doing what is right.
#[rstest]
#[case::in_template_80("unionpay-credit", EmvFault::Missing(tag("82")), "`missing = \"82\"` does nothing")]
#[case::counter_in_80("unionpay-credit", other("9F36", "0099"), "`other = { tag = \"9F36\" }` does nothing")]
#[case::no_template_77(
    "unionpay-credit",
    EmvFault::Truncated(tag("77")),
    "`truncated = \"77\"` does nothing"
)]
#[case::no_template_80("tagged", EmvFault::Truncated(tag("80")), "`truncated = \"80\"` does nothing")]
#[case::template_is_no_object("tagged", EmvFault::Missing(tag("70")), "`missing = \"70\"` does nothing")]
#[case::no_such_object(
    "unionpay-credit",
    EmvFault::Missing(tag("9F38")),
    "`missing = \"9F38\"` does nothing"
)]
#[case::twice_in_no_record(
    "unionpay-credit",
    EmvFault::Duplicate(tag("50")),
    "`duplicate = \"50\"` does nothing"
)]
#[case::same_value("unionpay-credit", other("5F25", "200101"), "`other = { tag = \"5F25\" }` does nothing")]
#[case::no_keys("no-offline-authentication", EmvFault::CaIndex(Exactly([0xEE])), "`ca-index = \"EE\"` does nothing")]
#[case::same_index("unionpay-credit", EmvFault::CaIndex(Exactly([0xF1])), "`ca-index = \"F1\"` does nothing")]
#[case::no_certificate(
    "sda",
    flipped(Certified::IccCertificate),
    "`flipped-bit = { of = \"icc-certificate\" }` does nothing"
)]
#[case::no_hash(
    "sda",
    EmvFault::WrongHash(Certified::IccCertificate),
    "`wrong-hash = \"icc-certificate\"` does nothing"
)]
#[case::no_pin_key("unionpay-credit", flipped(Certified::PinCertificate), "\"pin-certificate\"")]
#[case::no_static_signature(
    "unionpay-credit",
    flipped(Certified::SignedStaticData),
    "\"signed-static-data\""
)]
#[case::no_dynamic_signature("sda", flipped(Certified::SignedDynamicData), "\"signed-dynamic-data\"")]
#[case::asks_for_no_issuer("without-issuer", EmvFault::RefusesArpc, "`refuses-arpc` does nothing")]
#[case::counted_from_one("unionpay-credit", status(0), "`nth` counts from 1")]
#[case::no_directory("no-directory", EmvFault::Truncated(tag("61")), "`truncated = \"61\"` does nothing")]
fn a_fault_that_can_do_nothing_is_refused(#[case] name: &str, #[case] fault: EmvFault, #[case] told: &str) {
    let profile = match name {
        "without-issuer" => {
            parsed_profile("unionpay-credit", "[application.main]\nissuer-authentication = \"none\"")
        }
        name => crate::reader::profile(name),
    };
    profile.issue(&[]).unwrap();
    let refused = profile.issue(&[fault]).unwrap_err().to_string();
    assert!(refused.contains(told), "{refused}");
}

/// And none is refused that the card shows somewhere.
#[rstest]
#[case("tagged", EmvFault::Missing(tag("82")))]
#[case("cda", EmvFault::Truncated(tag("77")))]
#[case("cda", other("9F36", "0099"))]
#[case("velocity", other("9F36", "0099"))]
#[case("unionpay-credit", EmvFault::Missing(tag("50")))]
#[case("unionpay-credit", EmvFault::Missing(tag("9F17")))]
#[case("unionpay-credit", EmvFault::Missing(tag("A5")))]
#[case("unionpay-credit", EmvFault::Truncated(tag("61")))]
#[case("unionpay-credit", EmvFault::Missing(tag("4F")))]
#[case("unionpay-credit", EmvFault::Truncated(tag("80")))]
#[case("unionpay-credit", other("9F14", "05"))]
#[case("unionpay-credit", EmvFault::RefusesArpc)]
#[case("enciphered-pin", flipped(Certified::PinCertificate))]
#[case("sda", EmvFault::CaIndex(Exactly([0xEE])))]
fn a_fault_that_shows_is_taken(#[case] name: &str, #[case] fault: EmvFault) {
    crate::reader::profile(name).issue(&[fault]).unwrap();
}

fn other(hex: &str, value: &str) -> EmvFault {
    EmvFault::Other { tag: tag(hex), value: HexBytes(hex::decode(value).unwrap()) }
}

fn flipped(of: Certified) -> EmvFault {
    EmvFault::FlippedBit { of, bit: 400 }
}

fn status(nth: u32) -> EmvFault {
    EmvFault::Status { instruction: Instruction::Select, nth, sw: Exactly([0x6A, 0x82]) }
}

fn parsed_profile(like: &str, text: &str) -> CardProfile {
    let text = format!("title = \"\"\nlike = \"{like}\"\n{text}\n");
    CardProfile::parse(&crate::reader::folder().join("any.toml"), &text).unwrap()
}
