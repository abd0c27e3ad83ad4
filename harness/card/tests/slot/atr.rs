//! Answers to reset, made for the purpose in the shapes of cards that are about.

use payrig_card::chip::{Atr, AtrBuilder, AtrError, Convention};
use proptest::prelude::*;
use rstest::rstest;

use super::card::{inverse, t0, t1};

fn explained(atr: &[u8]) -> Vec<String> {
    let lines = Atr::parse(atr).unwrap().explain();
    lines.iter().map(|line| format!("{} {}", line.name, line.text)).collect()
}

#[rstest]
#[case::t0_alone(b"\x3b\x04test", vec![0], 0, 10, 32, (4, 13))]
#[case::t0_with_td1(b"\x3b\x80\x00", vec![0], 0, 10, 32, (4, 13))]
#[case::wi_in_tc2(b"\x3b\xc0\x00\x40\x21", vec![0], 0, 33, 32, (4, 13))]
#[case::t1(b"\x3b\x80\x81\x31\xfe\x45\x8b", vec![1], 1, 10, 254, (4, 5))]
#[case::both(b"\x3b\x80\x80\x31\xfe\x45\x8a", vec![0, 1], 0, 10, 254, (4, 5))]
#[case::t1_in_specific_mode(b"\x3b\x90\x11\x91\x01\x31\x20\x21\x21", vec![1], 1, 10, 32, (2, 1))]
#[case::inverse_t0(b"\x3f\x62\x00\x00ab", vec![0], 0, 10, 32, (4, 13))]
fn each_part_of_an_answer_to_reset_is_read(
    #[case] bytes: &[u8],
    #[case] protocols: Vec<u8>,
    #[case] protocol: u8,
    #[case] wi: u8,
    #[case] ifsc: u8,
    #[case] waiting: (u8, u8),
) {
    let atr = Atr::parse(bytes).unwrap();
    assert_eq!((atr.protocols(), atr.protocol(), atr.wi()), (protocols, protocol, wi));
    assert_eq!((atr.ifsc(), (atr.bwi(), atr.cwi())), (ifsc, waiting));
}

#[rstest]
#[case::nothing(b"", "ends after 0 characters, TS is missing")]
#[case::ts_alone(b"\x3b", "T0 is missing")]
#[case::wrong_ts(b"\x03\x04test", "TS is 03")]
#[case::history_missing(b"\x3b\x04tes", "a historical character is missing")]
#[case::tck_missing(b"\x3b\x80\x81\x31\xfe\x45", "TCK is missing")]
#[case::tck_wrong(b"\x3b\x80\x81\x31\xfe\x45\x8a", "TCK is 8A: expected 8B")]
#[case::more_behind(b"\x3b\x00\x00", "1 characters stand behind")]
#[case::endless(&[0x3b, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0,
    0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0], "at most")]
fn what_is_wrong_is_said(#[case] bytes: &[u8], #[case] sentence: &str) {
    let error = Atr::parse(bytes).unwrap_err();
    assert!(error.to_string().contains(sentence), "{error}");
}

#[test]
fn every_character_is_put_in_words() {
    let atr = AtrBuilder { ta1: Some(0x13), tc1: Some(2), wi: Some(7), edc: Some(0), ..inverse(t1()) };
    assert_eq!(
        explained(&atr.build().unwrap()),
        [
            "TS inverse convention",
            "T0 6 historical characters",
            "TA1 F 372, D 4",
            "TC1 extra guard time 2 etu",
            "TD1 T=1",
            "TC2 WI 7",
            "TD2 T=1",
            "TA3 IFSC 254",
            "TB3 BWI 4, CWI 5",
            "TC3 EDC is an LRC",
            "T1 to TK historical characters",
            "TCK right",
        ]
    );
    assert_eq!(AtrBuilder { historical: vec![0; 16], ..t0() }.build(), Err(AtrError::TooLong));
}

proptest! {
    #[test]
    fn what_is_built_is_read_and_told_byte_by_byte(
        is_inverse: bool,
        protocols in prop::sample::select(vec![vec![], vec![0], vec![1], vec![0, 1]]),
        ta1: Option<u8>, tc1: Option<u8>, wi: Option<u8>, ifsc: Option<u8>, waiting: Option<u8>,
        specific: bool, historical in prop::collection::vec(any::<u8>(), 0..16),
    ) {
        let block = protocols.contains(&1);
        let ta2 = specific.then(|| protocols.first().copied().unwrap_or(0));
        let convention = if is_inverse { Convention::Inverse } else { Convention::Direct };
        let built = AtrBuilder {
            convention, protocols: protocols.clone(), ta1, tc1, ta2, wi, ifsc, waiting, edc: None,
            historical: historical.clone(),
        };
        let bytes = built.build().unwrap();
        let atr = Atr::parse(&bytes).unwrap();
        prop_assert_eq!(atr.convention(), convention);
        prop_assert_eq!(atr.protocols(), if protocols.is_empty() { vec![0] } else { protocols });
        prop_assert_eq!((atr.ta1(), atr.ta2(), atr.wi()), (ta1, ta2, wi.unwrap_or(10)));
        prop_assert_eq!(atr.ifsc(), if block { ifsc.unwrap_or(32) } else { 32 });
        prop_assert_eq!(atr.bwi() << 4 | atr.cwi(), if block { waiting.unwrap_or(0x4D) } else { 0x4D });
        prop_assert_eq!(atr.historical(), historical);
        let told: Vec<u8> = atr.explain().into_iter().flat_map(|line| line.bytes).collect();
        prop_assert_eq!(told, bytes);
    }

    #[test]
    fn no_bytes_make_the_reader_fall(bytes in prop::collection::vec(any::<u8>(), 0..48)) {
        if let Ok((atr, length)) = Atr::parse_front(&bytes) {
            prop_assert!(length <= 33);
            prop_assert_eq!(atr.explain().into_iter().flat_map(|line| line.bytes).collect::<Vec<u8>>(), &bytes[..length]);
        }
    }
}
