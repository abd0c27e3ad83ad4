//! What stands on a tape of the line of a chip card's slot.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

mod card;

use std::path::Path;

use card::{FROM, Line, TO};
use payrig_tape::{
    Direction, Lens, Recording, Secret, SecretKind, Secrets, Tape, leaks, read, render, restore,
};
use rstest::rstest;
use tokio::time::Instant;

const READ_RECORD: [u8; 4] = [0x00, 0xB2, 0x01, 0x0C];
const VERIFY: [u8; 4] = [0x00, 0x20, 0x00, 0x80];

fn secrets() -> Vec<Secret> {
    vec![
        Secret::new(SecretKind::Pan, "pan#1", b"6212345678901032").unwrap(),
        Secret::new(SecretKind::Track, "track#1", b"6212345678901032D301022010000010").unwrap(),
        Secret::new(SecretKind::Pin, "pin#1", b"4710").unwrap().on_lines(["panel"]),
    ]
}

/// Records the line in chunks of the given sizes; both directions are had back, and nothing leaks.
fn tape_of(dir: &Path, line: &Line, sizes: &[usize]) -> (Recording, Secrets) {
    let tape = Tape::create(dir, Instant::now()).unwrap();
    secrets().into_iter().for_each(|secret| tape.secrets().add(secret).unwrap());
    let tap = tape.line("slot", Lens::Slot);
    line.chunks(sizes).iter().for_each(|(way, bytes)| tap.record(*way, bytes));
    let summary = tape.finish().unwrap();
    assert_eq!(summary.fault, None);
    let recording = read(tape.path()).unwrap();
    assert!(recording.complete);
    for way in [TO, FROM] {
        let restored = restore(&recording.stream("slot", way), tape.secrets()).unwrap();
        assert_eq!(hex::encode(restored), hex::encode(line.way(way)), "{way:?}");
    }
    assert_eq!(leaks(dir, tape.secrets()).unwrap(), []);
    (recording, tape.secrets().clone())
}

/// What a direction's stream shows, the same however it was cut.
fn shown(line: &Line, way: Direction) -> String {
    let each: Vec<String> = [&[1][..], &[2, 3], &[1000]]
        .into_iter()
        .map(|sizes| {
            let dir = tempfile::tempdir().unwrap();
            render(&tape_of(dir.path(), line, sizes).0.stream("slot", way))
        })
        .collect();
    assert!(each.iter().all(|one| *one == each[0]), "{each:#?}");
    each[0].clone()
}

fn session(inverse: bool, protocol: u8, say: impl FnOnce(&mut Line)) -> Line {
    let mut line = Line::default();
    line.reset(inverse, protocol);
    say(&mut line);
    line.off();
    line
}

fn record() -> Vec<u8> {
    hex::decode("701f570f6212345678901032d3010220100000105a086212345678901032").unwrap()
}

#[rstest]
#[tokio::test(start_paused = true)]
async fn a_record_of_t0_shows_its_tokens_alone(
    #[values(false, true)] inverse: bool,
    #[values(false, true)] one_by_one: bool,
) {
    let line = session(inverse, 0, |line| line.t0_in(READ_RECORD, &record(), one_by_one));
    let shown = shown(&line, TO);
    assert_eq!(
        shown.matches("{track#1 621234******1032 bcd").count(),
        if one_by_one { 16 } else { 1 },
        "{shown}"
    );
    assert_eq!(
        shown.matches("{pan#1 621234******1032 bcd").count(),
        if one_by_one { 8 } else { 1 },
        "{shown}"
    );
}

#[rstest]
#[case::whole(254)]
#[case::chained(7)]
#[case::one_by_one(1)]
#[tokio::test(start_paused = true)]
async fn a_chained_record_of_t1_shows_its_tokens_alone(
    #[case] size: usize,
    #[values(false, true)] inverse: bool,
    #[values(TO, FROM)] way: Direction,
) {
    let line = session(inverse, 1, |line| {
        line.t1(way, &record(), (size, 0), &[]);
    });
    let shown = shown(&line, way);
    assert!(shown.contains("{track#1 621234******1032 bcd"), "{shown}");
    assert!(shown.contains("{check}"), "the LRC over a secret tells of it: {shown}");
}

#[rstest]
#[tokio::test(start_paused = true)]
async fn a_block_that_comes_again_is_hidden_each_time(
    #[values(false, true)] inverse: bool,
    #[values(7, 254)] size: usize,
    #[values(None, Some(3), Some(6))] harm: Option<usize>,
) {
    let line = session(inverse, 1, |line| {
        line.t1(TO, &record(), (size, 0), &[(0, harm), (1, harm), (1, None), (2, harm)]);
    });
    let dir = tempfile::tempdir().unwrap();
    let (recording, _) = tape_of(dir.path(), &line, &[3]);
    let text = serde_json::to_string(&recording.stream("slot", TO)).unwrap();
    let turned = |byte: u8| if inverse { !byte.reverse_bits() } else { byte };
    for pair in [[0x56, 0x78], [0x78, 0x90], [0x90, 0x10 ^ 0x40], [0x34, 0x56 ^ 0x40], [0x02, 0x20]] {
        let hidden = hex::encode(pair.map(turned));
        assert!(!text.contains(&hidden), "{hidden} in {text}");
    }
    shown(&line, TO);
}

#[rstest]
#[case::right("2447100fffffffff", false)]
#[case::known("244710ffffffffff", true)]
#[case::another("245939ffffffffff", false)]
#[case::short("2447", false)]
#[case::noise("0010203040506070", false)]
#[case::zeros("0000000000000000", false)]
#[tokio::test(start_paused = true)]
async fn what_verify_brings_is_a_token_whatever_it_is(
    #[case] block: &str,
    #[case] known: bool,
    #[values(0, 1, 2)] how: u8,
    #[values(false, true)] inverse: bool,
) {
    let block = hex::decode(block).unwrap();
    let line = session(inverse, u8::from(how == 2), |line| match how {
        2 => {
            let length = u8::try_from(block.len()).unwrap();
            line.t1(FROM, &[&VERIFY[..], &[length], &block].concat(), (6, 0), &[(1, Some(0)), (1, None)]);
        }
        how => line.t0_out(VERIFY, &block, how == 1),
    });
    let shown = shown(&line, FROM);
    let token = if known { "{pin#1" } else { "{verify#1" };
    assert!(shown.contains(token), "{shown}");
    assert!(!known || !shown.contains("verify#1}"), "{shown}");
}

/// How a terminal brings the eight bytes of a PIN block to a card.
#[derive(Clone, Copy, Debug)]
enum Brings {
    /// T=0, all at once or one by one.
    T0(bool),
    /// T=0, without waiting for the procedure byte.
    OutOfTurn,
    /// T=1 in blocks of this size, with these bytes in the place of Lc.
    T1(usize, &'static [u8]),
}

/// A terminal may get anything else of the command wrong: what may be a PIN is hidden all the same, whether it is known or not.
#[rstest]
#[tokio::test(start_paused = true)]
async fn a_pin_is_hidden_however_wrong_its_verify_is(
    #[values([0x00, 0x80], [0x00, 0x88], [0x80, 0x80], [0x80, 0x88], [0x04, 0x00], [0xA0, 0x01])]
    named: [u8; 2],
    #[values(
        Brings::T0(false), Brings::T0(true), Brings::OutOfTurn, Brings::T1(254, &[8]), Brings::T1(6, &[8]),
        Brings::T1(254, &[4]), Brings::T1(3, &[0]), Brings::T1(254, &[0, 0, 8]), Brings::T1(254, &[12])
    )]
    how: Brings,
    #[values("4710", "5939")] pin: &str,
) {
    let header = [named[0], 0x20, 0x00, named[1]];
    let block = hex::decode(format!("24{pin}ffffffffff")).unwrap();
    let line = session(false, u8::from(matches!(how, Brings::T1(..))), |line| match how {
        Brings::T0(one_by_one) => {
            line.t0_out(header, &block, one_by_one);
            line.t0_in(READ_RECORD, &[0x70, 0x00], false);
        }
        Brings::OutOfTurn => {
            line.say(FROM, &[&header[..], &[8], &block].concat());
            line.say(TO, &[0x20, 0x90, 0x00]);
            line.t0_in(READ_RECORD, &[0x70, 0x00], false);
        }
        Brings::T1(size, length) => {
            let next = line.t1(FROM, &[&header[..], length, &block].concat(), (size, 0), &[]);
            line.t1(TO, &[0x67, 0x00], (254, 0), &[]);
            line.t1(FROM, &[&READ_RECORD[..], &[0x00]].concat(), (254, next), &[]);
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let (recording, _) = tape_of(dir.path(), &line, &[1000]);
    let text = serde_json::to_string(&recording.stream("slot", FROM)).unwrap();
    let digits = [[&pin[..2], &pin[2..]].concat(), format!("24{}", &pin[..2]), format!("{}ff", &pin[2..])];
    assert!(digits.iter().all(|digits| !text.contains(digits.as_str())), "{text}");
    let shown = shown(&line, FROM);
    assert!(shown.contains("{pin#1") || shown.contains("{verify#1"), "{shown}");
    assert!(text.to_lowercase().contains("00b2010c"), "what is no PIN is not hidden: {text}");
}

/// A PIN that is enciphered is nobody's secret: a record keeps it as it is.
#[rstest]
#[tokio::test(start_paused = true)]
async fn an_enciphered_pin_stays_as_it_is(#[values(0, 1)] protocol: u8) {
    let enciphered: Vec<u8> = (0x80..=0xFF).collect();
    let header = [0x00, 0x20, 0x00, 0x88];
    let line = session(false, protocol, |line| match protocol {
        0 => line.t0_out(header, &enciphered, false),
        _ => drop(line.t1(FROM, &[&header[..], &[0x80], &enciphered].concat(), (100, 0), &[])),
    });
    let shown = shown(&line, FROM);
    assert!(!shown.contains('{'), "{shown}");
}

/// The check character over a PIN that is hidden is the same for every PIN, as far as the record shows.
#[tokio::test(start_paused = true)]
async fn the_record_of_a_block_does_not_depend_on_the_secret_in_it() {
    let one = |digits: &[u8], block: &str| {
        let line = session(false, 1, |line| {
            let block = hex::decode(block).unwrap();
            line.t1(FROM, &[&VERIFY[..], &[8], &block].concat(), (254, 0), &[]);
        });
        let dir = tempfile::tempdir().unwrap();
        let tape = Tape::create(dir.path(), Instant::now()).unwrap();
        let pin = Secret::new(SecretKind::Pin, "pin#1", digits).unwrap().on_lines(["panel"]);
        tape.secrets().add(pin).unwrap();
        let tap = tape.line("slot", Lens::Slot);
        line.chunks(&[1]).iter().for_each(|(way, bytes)| tap.record(*way, bytes));
        tape.finish().unwrap();
        std::fs::read_to_string(tape.path()).unwrap()
    };
    let tape = one(b"4711", "244711ffffffffff");
    assert_eq!(tape, one(b"9999", "249999ffffffffff"));
    assert_eq!(tape, one(b"1010", "241010ffffffffff"), "nor on its escapes");
}

#[rstest]
#[case::signalled(true, "{pan#1")]
#[case::taken_as_it_is(false, "{pan#1")]
#[tokio::test(start_paused = true)]
async fn a_character_with_a_parity_error_is_hidden_as_well(#[case] signalled: bool, #[case] token: &str) {
    let pan = hex::decode("6212345678901032").unwrap();
    let line = session(false, 0, |line| {
        line.say(FROM, &[0x00, 0xB2, 0x01, 0x0C, 8]);
        line.say(TO, &[0xB2]);
        for (at, byte) in pan.iter().enumerate() {
            if at == 4 {
                line.raw(TO, &[0x10, 0x50]);
                if signalled {
                    line.say(TO, &[byte ^ 1]);
                    line.raw(FROM, &[0x10, 0x45]);
                }
            }
            line.say(TO, &[*byte]);
        }
        line.say(TO, &[0x90, 0x00]);
        // The card had an error at a character of the terminal's.
        line.say(FROM, &[0x00, 0xDA, 0x00, 0x00, 8]);
        line.say(TO, &[0xDA]);
        line.say(FROM, &pan[..4]);
        line.raw(TO, &[0x10, 0x45]);
        line.say(FROM, &pan[3..]);
        line.say(TO, &[0x90, 0x00]);
    });
    let (to, from) = (shown(&line, TO), shown(&line, FROM));
    assert!(to.contains(token) && !to.contains("79") && !to.contains("78"), "{to}");
    let repeated = "{pan#1 621234******1032 bcd part 0+8/16}{pan#1 621234******1032 bcd part 6+10/16}";
    assert!(from.ends_with(&format!("{repeated}<105200105600>")), "{from}");
}

#[tokio::test(start_paused = true)]
async fn a_reset_begins_another_session() {
    let mut line = Line::default();
    for (inverse, protocol) in [(false, 1), (true, 0), (false, 0), (true, 1)] {
        line.reset(inverse, protocol);
        match protocol {
            0 => line.t0_in(READ_RECORD, &record(), true),
            _ => drop(line.t1(TO, &record(), (5, 0), &[])),
        }
    }
    let shown = shown(&line, TO);
    assert!(!shown.contains("5678") && shown.matches("track#1").count() > 16 * 2, "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_pps_goes_before_the_first_block() {
    let line = session(false, 1, |line| {
        line.say(FROM, &[0xFF, 0x11, 0x13, 0xFD]);
        line.say(TO, &[0xFF, 0x11, 0x13, 0xFD]);
        line.block(FROM, 0xC1, &[0xFE]);
        line.block(TO, 0xE1, &[0xFE]);
        line.t1(TO, &record(), (9, 0), &[]);
    });
    assert!(shown(&line, TO).contains("{check}"));
}

#[tokio::test(start_paused = true)]
async fn an_escape_that_is_cut_waits_for_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    let tap = tape.line("slot", Lens::Slot);
    for byte in [0x10, 0x52, 0x01, 0x41, 0x10] {
        tap.record(FROM, &[byte]);
    }
    let summary = tape.finish().unwrap();
    assert_eq!((summary.events, summary.bytes), (3, 3), "symbols are counted");
    let recording = read(tape.path()).unwrap();
    assert!(recording.complete);
    let events: Vec<_> = recording.events().map(|event| render(&event.data)).collect();
    assert_eq!(events, ["<105201>", "A", "<10>"]);
}
