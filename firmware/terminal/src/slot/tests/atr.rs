//! Answers to reset that can be used, and those that cannot.

use embassy_time::Timer;
use proptest::prelude::*;
use rstest::rstest;
use std::vec::Vec;

use super::world::{Contacts, Left, Seen, bytes, world};
use crate::slot::atr::{Protocol, read};
use crate::slot::fault::SlotFault;

const T0: Protocol = Protocol::T0 { wi: 10 };
const T1: Protocol = Protocol::T1 { ifsc: 32, bwi: 4, cwi: 13 };

/// What `text` says of the protocol, the D in force, and the TA1 to ask for; whole with its last character.
fn said(text: &str) -> Option<(Protocol, u8, Option<u8>)> {
    let characters = bytes(text);
    assert_eq!(read(&characters[..characters.len() - 1]), None, "{text} is over too early");
    let atr = read(&characters).unwrap().ok()?;
    Some((atr.protocol, atr.divider(), atr.offer().map(|(ta1, _)| ta1)))
}

#[rstest]
#[case::the_shortest("3B 00", T0, 1, None)]
#[case::historical("3F 03 41 42 43", T0, 1, None)]
#[case::emv_basic_t0("3B 60 00 00", T0, 1, None)]
#[case::emv_basic_t1("3B E0 00 00 81 31 20 75 05", Protocol::T1 { ifsc: 32, bwi: 7, cwi: 5 }, 1, None)]
#[case::t1_by_default("3B 80 01 81", T1, 1, None)]
#[case::faster_t0("3B 10 12", T0, 1, Some(0x12))]
#[case::faster_t1("3B 90 13 01 82", T1, 1, Some(0x13))]
#[case::a_ta1_that_is_not_ours("3B 10 96", T0, 1, None)]
#[case::wi("3B 80 40 14", Protocol::T0 { wi: 20 }, 1, None)]
#[case::both_t0_first("3B 80 80 01 01", T0, 1, None)]
#[case::a_crc_of_the_other_protocol("3B 80 80 41 01 40", T0, 1, None)]
#[case::global_bytes("3B 80 80 1F 81 9E", T0, 1, None)]
#[case::fixed_t1("3B 90 12 11 01 92", T1, 2, None)]
#[case::fixed_t0("3B 90 13 10 00", T0, 4, None)]
#[case::fixed_without_ta1("3B 80 11 01 90", T1, 1, None)]
#[case::the_first_of_t1("3B 80 81 91 30 11 40 F1", Protocol::T1 { ifsc: 48, bwi: 4, cwi: 13 }, 1, None)]
fn usable(#[case] text: &str, #[case] protocol: Protocol, #[case] divider: u8, #[case] offer: Option<u8>) {
    assert_eq!(said(text), Some((protocol, divider, offer)));
}

#[rstest]
#[case::tck("3B E0 00 00 81 31 20 75 04")]
#[case::a_protocol_that_is_not_ours("3B 80 02 82")]
#[case::a_crc("3B 80 81 41 01 41")]
#[case::ta2_of_the_other_protocol("3B 80 10 01")]
#[case::ta2_with_the_cards_own_parameters("3B 80 11 11 80")]
#[case::ta2_with_a_ta1_that_is_not_ours("3B 90 18 11 01 98")]
#[case::wi_zero("3B 80 40 00")]
#[case::ifsc_zero("3B 80 81 11 00 10")]
#[case::ifsc_255("3B 80 81 11 FF EF")]
#[case::bwi_above_9("3B 80 81 21 A5 85")]
fn unusable(#[case] text: &str) {
    let characters = bytes(text);
    assert!(matches!(read(&characters), Some(Err(_))), "{:?}", read(&characters));
}

/// How an activation ends with these answers to its resets, one each, as they are on the line.
fn activated(answers: &'static [&'static str]) -> (Option<SlotFault>, Left) {
    world(
        async |slot| match slot.activate().await {
            Ok(session) => {
                session.deactivate().await;
                None
            }
            Err(fault) => Some(fault),
        },
        async |card: &mut Contacts<'_>| {
            for answer in answers {
                card.reset().await;
                card.raw(&bytes(answer)).await;
            }
        },
    )
}

use Seen::{Rst, Vcc};

const COLD: [Seen; 3] = [Rst(false), Vcc(true), Rst(true)];
const WARM: [Seen; 2] = [Rst(false), Rst(true)];
const OFF: [Seen; 2] = [Rst(false), Vcc(false)];

#[test]
fn a_cold_reset_takes_12_ms_and_the_session_ends_with_rst_then_vcc() {
    let (fault, left) = activated(&["3B 00"]);
    assert_eq!(fault, None);
    assert_eq!(left.signals(), [&COLD[..], &OFF].concat());
    let times: Vec<u64> = left.log.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [0, 0, 12, 12, 12]);
}

#[rstest]
#[case::silence("", "", Some(SlotFault::NoAtr))]
#[case::silence_then_an_answer("", "3B 00", None)]
#[case::a_wrong_ts("3C 00", "3B 00", None)]
#[case::inverse_read_in_direct_convention("3F 00", "3F 00", Some(SlotFault::AtrWrong))]
#[case::a_wrong_tck_twice("3B 80 01 80", "3B 80 01 80", Some(SlotFault::AtrWrong))]
#[case::wrong_then_silence("3C", "", Some(SlotFault::NoAtr))]
#[case::cut_off("3B 02 41", "3B 02 41", Some(SlotFault::AtrWrong))]
#[case::endless(
    "3B F0 FF FF FF F0 FF FF FF F0 FF FF FF F0 FF FF FF F0 FF FF FF F0 FF FF FF F0 FF FF FF F0 FF FF FF F0 FF",
    "3B 00",
    None
)]
fn one_warm_reset_follows_an_answer_that_is_none(
    #[case] first: &'static str,
    #[case] second: &'static str,
    #[case] expected: Option<SlotFault>,
) {
    let answers: &'static [&'static str] = Vec::from([first, second]).leak();
    let (fault, left) = activated(answers);
    assert_eq!(fault, expected);
    assert_eq!(left.signals(), [&COLD[..], &WARM, &OFF].concat());
}

#[rstest]
#[case::the_first_in_time(&[60], true)]
#[case::the_first_too_late(&[63], false)]
#[case::a_later_one_in_time(&[0, 1057], true)]
#[case::a_later_one_too_late(&[0, 1060], false)]
#[case::all_in_time(&[0, 1000, 1000], true)]
#[case::all_too_late(&[0, 1040, 1040], false)]
fn limits_of_time(#[case] pauses: &'static [u64], #[case] in_time: bool) {
    let (told, left) = world(
        async |slot| slot.activate().await.map(|_| ()),
        async |card: &mut Contacts<'_>| {
            card.reset().await;
            let characters = [0x3B, 0x01, 0x41];
            for (place, character) in characters.into_iter().enumerate() {
                Timer::after_millis(pauses.get(place).copied().unwrap_or(0)).await;
                card.say(&[character]).await;
            }
        },
    );
    assert_eq!((told.is_ok(), left.resets()), (in_time, if in_time { 1 } else { 2 }));
}

#[test]
fn what_was_on_the_line_before_the_reset_is_no_answer() {
    let (told, left) = world(
        async |slot| slot.activate().await.map(|_| ()),
        async |card: &mut Contacts<'_>| {
            card.raw(&[0x3C; 300]).await;
            while card.seen().await != Vcc(true) {}
            card.raw(&[0x10, b'P', 0x3C, 0x10]).await;
            card.reset().await;
            card.hex("3B 00").await;
        },
    );
    assert_eq!((told, left.resets()), (Ok(()), 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_characters_are_read_or_refused(characters in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = read(&characters);
        let mut begun = Vec::from([0x3B]);
        begun.extend(&characters);
        let _ = read(&begun);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_the_line_says_the_session_has_an_end(
        answers in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..60), any::<bool>(), 0_u64..2000), 1..60),
    ) {
        let (_, left) = world(
            async |slot| {
                if let Ok(mut session) = slot.activate().await {
                    while super::world::ask(&mut session, "00A40400", "315041", Some(0)).await.is_ok() {}
                    session.deactivate().await;
                }
            },
            async |card: &mut Contacts<'_>| {
                let begins: [&[u8]; 3] = [&[0x3B, 0x00], &[0x3B, 0x80, 0x01, 0x81, 0, 0xE1, 1, 0xFE, 0x1E], &[]];
                for (line, is_raw, pause) in answers {
                    card.raw(begins[pause as usize % 3]).await;
                    Timer::after_millis(pause).await;
                    if is_raw { card.raw(&line).await } else { card.say(&line).await }
                }
            },
        );
        prop_assert!(left.is_off());
    }
}
