//! What a card says on the line when nothing is wrong.

use std::time::Duration;

use payrig_card::chip::{AtrBuilder, SlotSettings};
use rstest::rstest;
use tokio::time::Instant;

use super::{
    card::{TestCard, inverse, t0, t1},
    contact::Heard,
    play::{play, settings},
    reader_t1::Blocks,
};

const READ: [u8; 5] = [0x00, 0xB2, 0x01, 0x0C, 0x00];
const GENERATE: [u8; 9] = [0x80, 0xAE, 0x40, 0x00, 0x03, 0x10, 0x10, 0x60, 0x00];
/// Where it stands without Le: Lc, three bytes of data, as T=0 carries it.
const WITHOUT_LE: usize = 8;

#[rstest]
#[case::whole("", t0())]
#[case::byte_by_byte("procedure = 'single'", t0())]
#[case::inverse("", inverse(t0()))]
fn t0_says_6cxx_where_le_is_wrong_and_61xx_behind_data(#[case] toml: &str, #[case] atr: AtrBuilder) {
    let card = TestCard::new(atr, &[b"\x70\x10\x60\x90\x00", b"\x77\x02\x90\x00", b"\x69\x85"]);
    let asked = card.asked.clone();
    let told = play(card, settings(toml), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        assert_eq!(contact.t0(&READ).await.unwrap(), b"\x70\x10\x60\x90\x00");
        assert_eq!(contact.t0(&GENERATE).await.unwrap(), b"\x77\x02\x90\x00");
        assert_eq!(contact.t0(&GENERATE).await.unwrap(), b"\x69\x85");
        contact.told
    });
    assert_eq!(
        asked.all(),
        [READ.to_vec(), GENERATE[..WITHOUT_LE].to_vec(), GENERATE[..WITHOUT_LE].to_vec()]
    );
    for said in ["< 6C03, Le is 3", "< 6102, 2 bytes to fetch", "> GET RESPONSE 80C0000002"] {
        assert!(told.iter().any(|item| item == said), "{said}: {told:?}");
    }
}

#[test]
fn a_warning_behind_data_comes_before_them() {
    let card = TestCard::new(t0(), &[b"data\x62\x83", b"\x90\x00"]);
    play(card, SlotSettings::default(), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        assert_eq!(contact.t0(&GENERATE).await.unwrap(), b"data\x62\x83");
        let fetched = [
            "< 6C04, Le is 4",
            "> GET RESPONSE 80C0000004",
            "< procedure byte C0",
            "< data, 4 bytes",
            "< 9000, done",
        ];
        assert!(contact.told.ends_with(&fetched.map(String::from)), "{:?}", contact.told);
        assert_eq!(contact.t0(&[0, 0x82, 0, 0, 0]).await.unwrap(), b"\x90\x00");
    });
}

#[test]
fn a_card_asked_for_less_than_it_has_says_how_much_that_is() {
    let card = TestCard::new(t0(), &[b"abc\x90\x00"]);
    let asked = card.asked.clone();
    play(card, SlotSettings::default(), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        contact.say(&[0x00, 0xB2, 0x01, 0x0C, 0x02]).await;
        for byte in [0x6C, 0x03] {
            assert_eq!(contact.careful(Duration::from_millis(50)).await, Ok(byte));
        }
        assert_eq!(contact.t0(&[0x00, 0xB2, 0x01, 0x0C, 0x03]).await.unwrap(), b"abc\x90\x00");
    });
    assert_eq!(asked.all().len(), 1, "the card does it once");
}

#[test]
fn time_that_was_granted_wrongly_is_asked_for_again() {
    let card = TestCard::new(t1(), &[b"\x90\x00"]).thinking(Duration::from_secs(1));
    play(card, settings("wtx = 3"), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        contact.say(b"\x00\x00\x05\x00\xB2\x01\x0C\x00\xBA").await;
        for granted in [1, 3] {
            for character in [0x00, 0xC3, 0x01, 0x03, 0xC1] {
                assert_eq!(contact.hear(Duration::from_secs(1)).await, Some(Heard::Character(character)));
            }
            contact.say(&[0x00, 0xE3, 0x01, granted, 0xE2 ^ granted]).await;
        }
        for character in *b"\x00\x00\x02\x90\x00\x92" {
            assert_eq!(contact.hear(Duration::from_secs(1)).await, Some(Heard::Character(character)));
        }
    });
}

#[test]
fn more_than_256_bytes_come_in_parts() {
    let mut long = vec![7; 600];
    long.extend([0x90, 0x00]);
    play(TestCard::new(t0(), &[&long]), SlotSettings::default(), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        assert_eq!(contact.t0(&READ).await.unwrap(), long);
    });
}

#[test]
fn a_card_that_thinks_for_seconds_asks_for_time_before_each_limit() {
    let thinking = |atr| TestCard::new(atr, &[b"\x90\x00"]).thinking(Duration::from_secs(9));
    let nulls = play(thinking(t0()), SlotSettings::default(), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        assert_eq!(contact.t0(&READ).await.unwrap(), b"\x90\x00");
        contact.told.iter().filter(|item| *item == "< NULL").count()
    });
    assert_eq!(nulls, 15, "one each 576 ms");
    for (toml, count) in [("", 9), ("wtx = 5", 2)] {
        let asked = play(thinking(t1()), settings(toml), |mut contact, _| async move {
            contact.reset(true).await.unwrap();
            let mut blocks = Blocks::begin(&mut contact, 0xFE, 0xFE).await.unwrap();
            assert_eq!(blocks.exchange(&READ).await.unwrap(), b"\x90\x00");
            contact.told.iter().filter(|item| item.starts_with("< S(WTX request)")).count()
        });
        assert_eq!(asked, count, "{toml}");
    }
}

#[rstest]
#[case::direct(t1(), "")]
#[case::inverse(inverse(t1()), "")]
#[case::small_ifsc(AtrBuilder { ifsc: Some(3), ..t1() }, "")]
#[case::card_asks_for_ifs(AtrBuilder { ifsc: Some(3), ..t1() }, "ifs = 200")]
fn t1_carries_commands_and_answers_in_chains(#[case] atr: AtrBuilder, #[case] toml: &str) {
    let mut answer: Vec<u8> = (0..=255).collect();
    answer.extend([0x90, 0x00]);
    let ifsc = atr.ifsc.unwrap();
    let card = TestCard::new(atr, &[&answer]);
    let asked = card.asked.clone();
    let command: Vec<u8> = (0..=254).collect();
    let sent = command.clone();
    let told = play(card, settings(toml), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        let mut blocks = Blocks::begin(&mut contact, ifsc, 20).await.unwrap();
        assert_eq!(blocks.exchange(&sent).await.unwrap(), answer);
        assert_eq!(blocks.exchange(&sent).await.unwrap(), answer);
        contact.told
    });
    assert_eq!(asked.all(), [command.clone(), command]);
    let ends = told.iter().filter(|item| item.ends_with(": 9000, done")).count();
    assert_eq!(ends, 2, "{told:?}");
}

#[rstest]
#[case::t0(AtrBuilder { ta1: Some(0x13), ..t0() }, 0)]
#[case::t1(AtrBuilder { ta1: Some(0x12), ..t1() }, 1)]
#[case::second_protocol(AtrBuilder { ta1: Some(0x12), protocols: vec![0, 1], ..t1() }, 1)]
fn pps_puts_rate_and_protocol_in_force(#[case] atr: AtrBuilder, #[case] protocol: u8) {
    let ta1 = atr.ta1.unwrap();
    play(TestCard::new(atr, &[b"\x90\x00"]), SlotSettings::default(), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        let request = [0xFF, 0x10 | protocol, ta1, 0xFF ^ 0x10 ^ protocol ^ ta1];
        contact.say(&request).await;
        for byte in request {
            assert_eq!(contact.careful(Duration::from_millis(960)).await, Ok(byte));
        }
        let answer = match protocol {
            0 => contact.t0(&READ).await,
            _ => Blocks::begin(&mut contact, 32, 32).await.unwrap().exchange(&READ).await,
        };
        assert_eq!(answer.unwrap(), b"\x90\x00");
    });
}

#[test]
fn pps_with_another_rate_protocol_or_check_character_is_not_granted() {
    let atr = AtrBuilder { ta1: Some(0x13), ..t0() };
    play(TestCard::new(atr, &[b"\x90\x00"]), SlotSettings::default(), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        contact.say(&[0xFF, 0x10, 0x96, 0xFF ^ 0x10 ^ 0x96]).await;
        for byte in [0xFF, 0x00, 0xFF] {
            assert_eq!(
                contact.careful(Duration::from_millis(960)).await,
                Ok(byte),
                "T=0 at the rate of every card"
            );
        }
        for refused in [[0xFF, 0x11, 0x13, 0xFF ^ 0x11 ^ 0x13], [0xFF, 0x10, 0x13, 0x00]] {
            contact.say(&refused).await;
            assert_eq!(contact.hear(Duration::from_millis(960)).await, None);
        }
        assert_eq!(contact.t0(&READ).await.unwrap(), b"\x90\x00");
    });
}

#[test]
fn characters_take_their_time_where_they_are_paced() {
    let mut answer = vec![1; 254];
    answer.extend([0x90, 0x00]);
    let time = |toml: &'static str| {
        play(TestCard::new(t0(), &[&answer]), settings(toml), |mut contact, _| async move {
            let atr = contact.reset(true).await.unwrap().len() as u32;
            let since = Instant::now();
            contact.t0(&[0x00, 0xB2, 0x01, 0x0C, 254]).await.unwrap();
            (since.elapsed(), atr)
        })
    };
    assert!(time("").0 < Duration::from_millis(2), "{:?}", time("").0);
    // Header, procedure byte, data and status, 12 etu each, on the heels of the answer to reset.
    let (took, _) = time("paced = true");
    let due = Duration::from_micros(1200) * (5 + 1 + 254 + 2);
    assert!(
        took >= due - Duration::from_millis(3) && took < due + Duration::from_millis(20),
        "{took:?} {due:?}"
    );
}

#[test]
fn an_unasked_error_signal_brings_the_last_character_again() {
    play(TestCard::new(t0(), &[b"\x90\x00"]), SlotSettings::default(), |mut contact, _| async move {
        let atr = contact.reset(true).await.unwrap();
        contact.signal(&[0x10, 0x45]).await;
        let again = contact.hear(Duration::from_millis(50)).await;
        assert_eq!(again, atr.last().map(|last| Heard::Character(*last)));
    });
}

#[test]
fn a_terminal_that_takes_a_harmed_character_and_speaks_on_is_heard_whole() {
    let card = TestCard::new(t0(), &[b"\x90\x00", b"\x6A\x82"]);
    play(card, settings("fault = { parity = { apdu = 1, character = 2 } }"), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        contact.say(&READ).await;
        assert_eq!(contact.hear(Duration::from_millis(50)).await, Some(Heard::Character(0x90)));
        assert!(matches!(contact.hear(Duration::from_millis(50)).await, Some(Heard::Harmed(_))));
        contact.say(&READ).await;
        for status in [0x6A, 0x82] {
            assert_eq!(contact.hear(Duration::from_secs(5)).await, Some(Heard::Character(status)));
        }
    });
}

#[rstest]
#[case::crc(AtrBuilder { edc: Some(1), ..t1() }, 1)]
#[case::specific_mode_at_another_rate(AtrBuilder { ta1: Some(0x96), ta2: Some(0), ..t0() }, 0)]
#[case::another_protocol(AtrBuilder { protocols: vec![14], ..t0() }, 0)]
fn what_the_line_cannot_carry_is_not_answered(#[case] atr: AtrBuilder, #[case] protocol: u8) {
    play(TestCard::new(atr, &[b"\x90\x00"]), SlotSettings::default(), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        contact.say(if protocol == 1 { b"\x00\xC1\x01\xFE\x3E" } else { &READ }).await;
        assert_eq!(contact.hear(Duration::from_secs(5)).await, None);
    });
}

#[rstest]
#[case::d2(0x12)]
#[case::d4(0x13)]
fn specific_mode_puts_its_rate_in_force_without_pps(#[case] ta1: u8) {
    let atr = AtrBuilder { ta1: Some(ta1), ta2: Some(0), ..t0() };
    let card = TestCard::new(atr, &[b"0123456789012345678901234567890123456789\x90\x00"]);
    let took = play(card, settings("paced = true"), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let since = Instant::now();
        contact.t0(&[0x00, 0xB2, 0x01, 0x0C, 40]).await.unwrap();
        since.elapsed()
    });
    let due = Duration::from_micros(1200) * (5 + 1 + 40 + 2) / if ta1 == 0x12 { 2 } else { 4 };
    assert!(
        took + Duration::from_millis(4) >= due && took < due + Duration::from_millis(4),
        "{took:?} {due:?}"
    );
}

#[test]
fn a_block_of_another_node_or_out_of_order_is_wanted_again() {
    play(TestCard::new(t1(), &[b"\x90\x00"]), SlotSettings::default(), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        for wrong in [&b"\x21\x00\x01\xAA\x8A"[..], b"\x00\x40\x01\xAA\xEB", b"\x00\xFF\x00\xFF"] {
            contact.say(wrong).await;
            for character in *b"\x00\x82\x00\x82" {
                assert_eq!(
                    contact.hear(Duration::from_secs(1)).await,
                    Some(Heard::Character(character)),
                    "{wrong:02X?}"
                );
            }
        }
    });
}
