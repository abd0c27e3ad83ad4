//! T=0: procedure bytes, waiting, and how responses are fetched.

use embassy_time::Timer;
use rstest::rstest;

use super::world::{Contacts, Told, once};
use crate::slot::fault::SlotFault;

/// Plays a script: `>` in front of what the terminal must send, `<` in front of what the card says, `~` of milliseconds.
fn played(header: &str, data: &str, expected: Option<u8>, script: &str) -> (Told, u64) {
    let (told, left) = once(header, data, expected, async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex("3B 00").await;
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.split_at(1) {
                (">", sent) => card.expect(sent).await,
                ("<", said) => card.hex(said).await,
                ("~", pause) => Timer::after_millis(pause.trim().parse().unwrap()).await,
                _ => panic!("{line}"),
            }
        }
    });
    (told, left.millis - 12)
}

#[rstest]
#[case::case_1("00441122", "", None, "> 00 44 11 22 00 \n < 90 00", " 9000")]
#[case::case_1_acknowledged("00441122", "", None, "> 00 44 11 22 00 \n < 44 90 00", " 9000")]
#[case::case_2("80CA9F36", "", Some(2), "> 80 CA 9F 36 02 \n < CA 01 02 90 00", "0102 9000")]
#[case::case_2_by_single_bytes(
    "80CA9F36",
    "",
    Some(3),
    "> 80 CA 9F 36 03 \n < 35 01 35 02 CA 03 90 00",
    "010203 9000"
)]
#[case::case_2_with_null_between(
    "80CA9F36",
    "",
    Some(1),
    "> 80 CA 9F 36 01 \n < 60 60 CA 60 60 90 00",
    "60 9000"
)]
#[case::case_2_refused("80CA9F36", "", Some(2), "> 80 CA 9F 36 02 \n < 6A 88", " 6a88")]
#[case::case_2_cut_short("80CA9F36", "", Some(4), "> 80 CA 9F 36 04 \n < 35 01 35 02 62 82", "0102 6282")]
#[case::case_3("84240000", "AABB", None, "> 84 24 00 00 02 \n < 24 \n > AA BB \n < 90 00", " 9000")]
#[case::case_3_by_single_bytes(
    "84240000",
    "AABBCC",
    None,
    "> 84 24 00 00 03 \n < DB \n > AA \n < 60 DB \n > BB \n < 24 \n > CC \n < 63 C2",
    " 63c2"
)]
#[case::case_3_refused("84240000", "AABB", None, "> 84 24 00 00 02 \n < 69 83", " 6983")]
#[case::a_warning_is_a_case_3_s_status(
    "00200080",
    "AA",
    None,
    "> 00 20 00 80 01 \n < 20 \n > AA \n < 63 C1",
    " 63c1"
)]
#[case::wrong_le(
    "00B2010C",
    "",
    Some(0),
    "> 00 B2 01 0C 00 \n < 6C 02 \n > 00 B2 01 0C 02 \n < B2 70 00 90 00",
    "7000 9000"
)]
#[case::wrong_le_behind_data(
    "00B2010C",
    "",
    Some(0),
    "> 00 B2 01 0C 00 \n < 4D 99 6C 02 \n > 00 B2 01 0C 02 \n < B2 70 00 90 00",
    "7000 9000"
)]
#[case::a_case_1_has_no_le("00441122", "", None, "> 00 44 11 22 00 \n < 6C 02", " 6c02")]
#[case::case_4(
    "00A40400",
    "3150",
    Some(0),
    "> 00 A4 04 00 02 \n < A4 \n > 31 50 \n < 61 03 \n > 00 C0 00 00 03 \n < C0 01 02 03 90 00",
    "010203 9000"
)]
#[case::case_4_in_two_pieces(
    "00A40400",
    "3150",
    Some(0),
    "> 00 A4 04 00 02 \n < A4 \n > 31 50 \n < 61 02 \n > 00 C0 00 00 02 \n < C0 01 02 61 01
     > 00 C0 00 00 01 \n < C0 03 90 00",
    "010203 9000"
)]
#[case::case_4_without_a_response(
    "00A40400",
    "31",
    Some(0),
    "> 00 A4 04 00 01 \n < A4 \n > 31 \n < 6A 82",
    " 6a82"
)]
#[case::case_4_blocked(
    "00A40400",
    "31",
    Some(0),
    "> 00 A4 04 00 01 \n < A4 \n > 31 \n < 62 83 \n > 00 C0 00 00 00 \n < 6C 02 \n > 00 C0 00 00 02 \n < C0 6F 00 90 00",
    "6f00 6283"
)]
#[case::a_warning_before_the_data("00A40400", "31", Some(0), "> 00 A4 04 00 01 \n < 62 83", " 6283")]
fn a_command_and_its_procedure_bytes(
    #[case] header: &str,
    #[case] data: &str,
    #[case] expected: Option<u8>,
    #[case] script: &'static str,
    #[case] said: &str,
) {
    assert_eq!(played(header, data, expected, script), (Ok(said.into()), 0), "and no time is lost");
}

#[rstest]
#[case::a_procedure_byte_that_is_none("< 12", SlotFault::CharactersHarmed, 0)]
#[case::silence("", SlotFault::NoAnswer, 1058)]
#[case::silence_before_sw2("< 90", SlotFault::NoAnswer, 1058)]
#[case::silence_in_data("~ 1000 \n < CA 01 \n ~ 1000 \n < 02", SlotFault::NoAnswer, 3058)]
#[case::too_late("~ 1059 \n < CA 01 02 03 90 00", SlotFault::NoAnswer, 1058)]
#[case::a_null_gives_another_wwt_and_no_more("~ 1000 \n < 60", SlotFault::NoAnswer, 2058)]
fn a_command_without_an_answer(#[case] script: &'static str, #[case] fault: SlotFault, #[case] millis: u64) {
    assert_eq!(played("80CA9F36", "", Some(3), script), (Err(fault), millis));
}

#[rstest]
#[case::in_time(&[1057, 1057])]
fn a_wwt_for_each_character(#[case] pauses: &'static [u64]) {
    let (told, left) = once("80CA9F36", "", Some(1), async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex("3B 00").await;
        card.expect("80 CA 9F 36 01").await;
        for (character, pause) in [0xCA, 1, 0x90, 0].into_iter().zip(pauses.iter().cycle()) {
            Timer::after_millis(*pause).await;
            card.say(&[character]).await;
        }
    });
    assert_eq!((told.as_deref(), left.millis), (Ok("01 9000"), 12 + 4 * 1057));
}

#[rstest]
#[case::of_null(0x60)]
#[case::of_acknowledgements_of_nothing(0x44)]
fn a_storm_ends_after_30_s(#[case] character: u8) {
    let (told, left) = once("00441122", "", None, async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex("3B 00").await;
        card.expect("00 44 11 22 00").await;
        for _ in 0..4000 {
            Timer::after_millis(10).await;
            card.say(&[character]).await;
        }
    });
    assert_eq!(told, Err(SlotFault::NoAnswer));
    assert!((30_012..=30_032).contains(&left.millis), "{}", left.millis);
}

#[test]
fn nulls_for_less_than_30_s_are_waited_out() {
    let (told, left) = once("00441122", "", None, async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex("3B 00").await;
        card.expect("00 44 11 22 00").await;
        for _ in 0..29 {
            Timer::after_millis(1000).await;
            card.hex("60").await;
        }
        card.hex("90 00").await;
    });
    assert_eq!((told.as_deref(), left.millis), (Ok(" 9000"), 29_012));
}

#[rstest]
#[case::with_data(&[0x61, 0x80], 128)]
#[case::without(&[0x61, 0x01], 0)]
#[case::with_another_le(&[0x6C, 0x01], 0)]
fn a_response_without_end_is_too_long(#[case] status: &'static [u8], #[case] count: usize) {
    let (told, _) = once("00A40400", "31", Some(0), async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex("3B 00").await;
        card.expect("00 A4 04 00 01").await;
        card.hex("A4").await;
        card.expect("31").await;
        card.hex("61 80").await;
        for _ in 0..100 {
            card.characters(5).await;
            if count > 0 {
                card.hex("C0").await;
                card.say(&std::vec![7; count]).await;
            }
            card.say(status).await;
        }
    });
    assert_eq!(told, Err(SlotFault::AnswerTooLong));
}
