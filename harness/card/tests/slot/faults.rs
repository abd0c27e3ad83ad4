//! Each fault, as a terminal meets it.

use std::time::Duration;

use payrig_card::chip::{AtrBuilder, SlotEvent, SlotFault, SlotSettings};
use rstest::rstest;
use tokio::time::Instant;

use super::{
    card::{TestCard, t0, t1},
    contact::{Contact, SLACK},
    play::{play, settings},
    reader_t1::{Blocks, Damage},
};

const READ: [u8; 5] = [0x00, 0xB2, 0x01, 0x0C, 0x04];
const ANSWER: &[u8] = b"data\x90\x00";

/// Two commands behind a cold reset, or a warm one where that helps: the first sentence of what went wrong.
async fn session(contact: &mut Contact, blocks: bool) -> Result<&'static str, String> {
    let mut told = "cold";
    if let Err(why) = contact.reset(true).await {
        told = "warm";
        contact.reset(false).await.map_err(|_| why)?;
    }
    if blocks {
        let mut blocks = Blocks::begin(contact, 0xFE, 0xFE).await?;
        for _ in 0..2 {
            assert_eq!(blocks.exchange(&READ).await?, ANSWER);
        }
    } else {
        for _ in 0..2 {
            assert_eq!(contact.t0(&READ).await?, ANSWER);
        }
    }
    Ok(told)
}

fn with(fault: &str) -> SlotSettings {
    settings(&format!("fault = {{ {fault} }}"))
}

/// How it ended, and what was seen of it: items and time.
fn met(fault: &str, blocks: bool) -> (Result<&'static str, String>, (Vec<String>, Duration)) {
    let card = TestCard::new(if blocks { t1() } else { t0() }, &[ANSWER]);
    play(card, with(fault), |mut contact, _| async move {
        let since = Instant::now();
        let result = session(&mut contact, blocks).await;
        (result, (contact.told, since.elapsed()))
    })
}

#[rstest]
#[case::none("", "cold")]
#[case::mute_once("mute = true, at-reset = 'cold'", "warm")]
#[case::bad_ts_once("bad-ts = true, at-reset = 'cold'", "warm")]
#[case::wrong_once("wrong-atr = '3B 01', at-reset = 'cold'", "warm")]
#[case::late_within("late-atr = 'inside'", "cold")]
#[case::late_once("late-atr = 'outside', at-reset = 'cold'", "warm")]
#[case::parity_in_the_atr("parity = { apdu = 0, character = 2, times = 3 }", "cold")]
#[case::parity_too_often("parity = { apdu = 0, character = 2, times = 4 }", "warm")]
fn a_reset_goes_well_where_it_can(
    #[case] fault: &str,
    #[case] reset: &str,
    #[values(false, true)] blocks: bool,
) {
    assert_eq!(met(fault, blocks).0, Ok(reset));
}

#[rstest]
#[case::mute("mute = true", "no answer to the reset: []")]
#[case::bad_ts("bad-ts = true", "TS 7B")]
#[case::late("late-atr = 'outside'", "no answer to the reset: []")]
#[case::cut("wrong-atr = '3B05'", "no answer to the reset: [3B, 05]")]
#[case::noise("wrong-atr = '10 10 FF'", "TS 10")]
fn a_reset_fails_where_it_must(#[case] fault: &str, #[case] why: &str, #[values(false, true)] blocks: bool) {
    assert_eq!(met(fault, blocks).0, Err(why.to_owned()));
}

#[test]
fn a_wrong_tck_is_all_that_is_wrong_with_a_card_that_a_careless_terminal_takes() {
    let card = TestCard::new(t1(), &[ANSWER]);
    play(card, with("bad-tck = true"), |mut contact, _| async move {
        assert_eq!(contact.reset(true).await, Err("TCK".into()));
        let mut blocks = Blocks::begin(&mut contact, 0xFE, 0xFE).await.unwrap();
        assert_eq!(blocks.exchange(&READ).await.unwrap(), ANSWER);
    });
}

#[test]
fn a_card_keeps_to_another_answer_to_reset_where_it_is_one() {
    let card = TestCard::new(t0(), &[ANSWER]);
    play(card, with("wrong-atr = '3B 80 81 31 FE 45 8B'"), |mut contact, _| async move {
        assert_eq!(session(&mut contact, true).await, Ok("cold"));
    });
}

#[rstest]
#[case::parity("parity = { apdu = 1, character = 3, times = 3 }", false)]
#[case::parity_of_status("parity = { apdu = 2, character = 7, times = 1 }", false)]
#[case::parity_in_blocks("parity = { apdu = 1, character = 2, times = 2 }", true)]
#[case::error_signal("error-signal = { apdu = 1, character = 5, times = 3 }", false)]
#[case::edc("edc = { block = 2, times = 2 }", true)]
#[case::edc_of_the_ifs_response("edc = { block = 1, times = 2 }", true)]
#[case::late("late = { apdu = 2, edge = 'inside' }", false)]
#[case::late_in_blocks("late = { apdu = 2, edge = 'inside' }", true)]
#[case::nulls("storm = { apdu = 1, count = 200 }", false)]
#[case::wtx("storm = { apdu = 1, count = 200 }", true)]
#[case::noise_in_blocks("noise = { apdu = 2, characters = 9 }", true)]
fn what_can_be_mended_is_mended(#[case] fault: &str, #[case] blocks: bool) {
    let (result, told) = met(fault, blocks);
    assert_eq!(result, Ok("cold"));
    assert_ne!(told, met("", blocks).1, "the fault is seen on the line");
}

#[rstest]
#[case::parity("parity = { apdu = 1, character = 3, times = 4 }", false, "characters harmed")]
#[case::parity_in_blocks("parity = { apdu = 1, character = 2, times = 3 }", true, "blocks harmed")]
#[case::error_signal("error-signal = { apdu = 1, character = 5, times = 4 }", false, "characters harmed")]
#[case::edc("edc = { block = 2, times = 3 }", true, "blocks harmed")]
#[case::silence("silence = { apdu = 2 }", false, "no answer")]
#[case::silence_in_an_answer("silence = { apdu = 2, character = 3 }", false, "no answer")]
#[case::silence_in_a_block("silence = { apdu = 2, character = 3 }", true, "blocks harmed")]
#[case::late("late = { apdu = 2, edge = 'outside' }", false, "no answer")]
#[case::nulls("storm = { apdu = 2 }", false, "no answer")]
#[case::wtx("storm = { apdu = 2 }", true, "no end")]
#[case::procedure("procedure = { apdu = 2, byte = 0x35 }", false, "procedure byte 35")]
#[case::endless("endless = 2", false, "no end")]
#[case::endless_blocks("endless = 2", true, "answer too long")]
#[case::abort("abort = 2", true, "ended by the card")]
#[case::resynch("resynch = 2", true, "ended by the card")]
fn what_cannot_be_mended_ends_the_session(#[case] fault: &str, #[case] blocks: bool, #[case] why: &str) {
    let (result, told) = met(fault, blocks);
    assert_eq!(result, Err(why.to_owned()), "{told:?}");
}

#[test]
fn a_block_that_comes_too_late_meets_a_terminal_that_asked_again() {
    let (result, (told, _)) = met("late = { apdu = 2, edge = 'outside' }", true);
    assert_eq!(result, Ok("cold"));
    assert!(told.iter().any(|item| item.starts_with("> R(1), EDC")), "{told:?}");
}

#[test]
fn a_command_whose_first_block_came_again_counts_once() {
    let card = TestCard::new(t1(), &[ANSWER]);
    play(card, with("abort = 2"), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        let damage = vec![(1, Damage::Bit(26))];
        let mut blocks = Blocks::harmed(&mut contact, 0xFE, 0xFE, damage).await.unwrap();
        assert_eq!(blocks.exchange(&READ).await.unwrap(), ANSWER);
        assert_eq!(blocks.exchange(&READ).await.unwrap_err(), "ended by the card");
    });
}

#[test]
fn noise_stands_before_an_answer_at_t0_and_is_the_same_again() {
    let noise = |seed| {
        let mut settings = with("noise = { apdu = 1, characters = 8 }");
        settings.seed = seed;
        play(TestCard::new(t0(), &[ANSWER]), settings, |mut contact, _| async move {
            contact.reset(true).await.unwrap();
            contact.say(&READ).await;
            let mut heard = vec![];
            while let Some(character) = contact.hear(Duration::from_secs(1)).await {
                heard.push(character);
            }
            heard
        })
    };
    assert_eq!(noise(1).len(), 8 + 1 + ANSWER.len());
    assert_eq!(noise(1), noise(1));
    assert_ne!(noise(1)[..8], noise(2)[..8]);
}

#[rstest]
#[case::ignored("ignored", &[])]
#[case::refused("refused", &[0xFF, 0x00, 0xFF])]
#[case::wrong("wrong", &[0xFF, 0x10, 0x12, 0xFC])]
fn pps_goes_wrong(#[case] fault: &str, #[case] answer: &[u8]) {
    let atr = AtrBuilder { ta1: Some(0x12), ..t0() };
    play(TestCard::new(atr, &[ANSWER]), with(&format!("pps = '{fault}'")), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        contact.say(&[0xFF, 0x10, 0x12, 0xFD]).await;
        for byte in answer {
            assert_eq!(contact.careful(Duration::from_millis(960) + SLACK).await, Ok(*byte));
        }
        assert_eq!(contact.hear(Duration::from_millis(960) + SLACK).await, None);
        contact.reset(true).await.unwrap();
        assert_eq!(contact.t0(&READ).await.unwrap(), ANSWER);
    });
}

#[rstest]
fn a_card_is_pulled_out_at_any_command_and_any_character(#[values(false, true)] blocks: bool) {
    let atr = if blocks { t1() } else { t0() };
    // Of the whole session: the answer to reset, with S(IFS) at T=1, and each command with its answer.
    let counts = if blocks { [atr.build().unwrap().len() as u32 + 10, 19, 19] } else { [8, 12, 12] };
    for (apdu, count) in (0..).zip(counts) {
        for character in 1..=count {
            let card = TestCard::new(atr.clone(), &[ANSWER]);
            let fault = with(&format!("pull = {{ apdu = {apdu}, character = {character} }}"));
            play(card, fault, |mut contact, handle| async move {
                let mut events = handle.listen();
                let result = session(&mut contact, blocks).await;
                let is_last = (apdu, character) == (2, count);
                assert_eq!(result.is_ok(), is_last, "{apdu} {character}: {result:?}");
                tokio::time::sleep(Duration::from_millis(1)).await;
                assert_eq!(events.try_recv(), Ok(SlotEvent::PulledOut), "{apdu} {character}");
                assert!(!handle.is_taken());
                let card = handle.remove().await.expect("it is given back");
                assert!(handle.insert(card, SlotSettings::default()).is_ok());
                contact.off().await;
                assert_eq!(session(&mut contact, blocks).await, Ok("cold"));
                assert!(events.try_recv().is_err());
            });
        }
    }
}

#[test]
fn faults_are_data_and_what_is_unknown_is_refused() {
    let fault: SlotFault = toml::from_str(
        "at-reset = 'cold'\nwrong-atr = '3B 00'\nlate-atr = 'inside'\npps = 'refused'\nabort = 3\n\
         [parity]\napdu = 1\ncharacter = 4\n[pull]\napdu = 2\n[storm]\napdu = 1\n",
    )
    .unwrap();
    let again: SlotFault = serde_json::from_value(serde_json::to_value(&fault).unwrap()).unwrap();
    assert_eq!(again, fault);
    assert_eq!(fault.parity.unwrap().times, 1);
    for wrong in [
        "mut = true",
        "wrong-atr = '3'",
        "wrong-atr = 'xy'",
        "late-atr = 'soon'",
        "pull = { apdu = 1, char = 2 }",
    ] {
        assert!(toml::from_str::<SlotFault>(wrong).is_err(), "{wrong}");
    }
}
