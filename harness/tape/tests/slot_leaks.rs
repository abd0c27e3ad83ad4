//! A secret in the form of a slot's line is found in whatever file it stands.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

mod card;

use std::path::Path;

use card::{FROM, Line, TO};
use payrig_tape::{Lens, Secret, SecretKind, Secrets, Tape, leaks};
use proptest::prelude::*;
use rstest::rstest;
use tokio::time::Instant;

const PAN: &str = "6210345678901232";
const TRACK: &str = "6210345678901232d30102010000010f";
const KEY: [u8; 16] =
    [0x5A, 0x10, 0x1C, 0xDE, 0x0F, 0x93, 0xF7, 0x28, 0xE1, 0x6D, 0x37, 0xC9, 0x42, 0xFB, 0x80, 0x7E];

fn flux() -> Vec<u8> {
    [0x0410_u16, 0x0208, 0x0208, 0x0411, 0x10F7].repeat(9).into_iter().flat_map(u16::to_be_bytes).collect()
}

fn secrets() -> Secrets {
    let secrets = Secrets::new();
    secrets.register(SecretKind::Pan, "pan#1", PAN.as_bytes()).unwrap();
    let track = TRACK.trim_end_matches('f').to_uppercase();
    secrets.register(SecretKind::Track, "track#1", track.as_bytes()).unwrap();
    secrets.register(SecretKind::Key, "key#1", &KEY).unwrap();
    secrets.register(SecretKind::Flux, "flux#1", &flux()).unwrap();
    secrets.add(Secret::new(SecretKind::Pin, "pin#1", b"4710").unwrap().on_lines(["panel"])).unwrap();
    secrets
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = leaks(dir, &secrets()).unwrap().into_iter().map(|leak| leak.name).collect();
    names.sort();
    names.dedup();
    names
}

/// How the secret goes over the line.
#[derive(Clone, Copy, Debug)]
enum How {
    Whole,
    OneByOne,
    Chained(usize),
    Again(usize),
}

/// A file of the line as it was, without what the terminal and the card did before.
fn line(how: How, inverse: bool, value: &[u8]) -> Line {
    let mut line = Line { inverse, ..Line::default() };
    match how {
        How::Whole => line.t0_in([0x00, 0xB2, 1, 0x0C], value, false),
        How::OneByOne => line.t0_in([0x00, 0xB2, 1, 0x0C], value, true),
        How::Chained(size) => drop(line.t1(TO, value, (size, 0), &[])),
        How::Again(size) => drop(line.t1(TO, value, (size, 0), &[(1, None)])),
    }
    line
}

#[rstest]
fn a_secret_of_a_slot_is_found_in_a_file(
    #[values("pan#1", "track#1", "key#1", "flux#1", "pin#1")] name: &str,
    #[values(How::Whole, How::OneByOne, How::Chained(5), How::Chained(1))] how: How,
    #[values(false, true)] inverse: bool,
    #[values("raw", "hex", "HEX", "spaced", "one way")] written: &str,
) {
    let value = match name {
        "pan#1" => hex::decode(PAN).unwrap(),
        "track#1" => hex::decode(TRACK).unwrap(),
        "key#1" => KEY.to_vec(),
        "flux#1" => flux(),
        _ => hex::decode("244710ffffffffff").unwrap(),
    };
    let line = line(how, inverse, &value);
    let both: Vec<u8> = line.bytes.iter().map(|(_, byte)| *byte).collect();
    let file = match written {
        "raw" => [&b"\x00before"[..], &both, b"after\xFF"].concat(),
        "hex" => hex::encode(&both).into_bytes(),
        "HEX" => format!("slot: {}\n", hex::encode_upper(&both)).into_bytes(),
        "spaced" => both.iter().map(|byte| format!("{byte:02x} ")).collect::<String>().into_bytes(),
        _ => line.way(TO),
    };
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), file).unwrap();
    let found = names(dir.path());
    assert!(found.iter().any(|found| found == name), "{found:?}");
}

#[rstest]
#[tokio::test(start_paused = true)]
async fn a_secret_of_a_session_is_found_on_a_tape(
    #[values(How::Whole, How::OneByOne, How::Chained(5), How::Chained(1), How::Again(6))] how: How,
    #[values(false, true)] inverse: bool,
    #[values(1, 4, 1000)] chunk: usize,
    #[values(Lens::Binary, Lens::Slot)] lens: Lens,
) {
    let mut whole = Line::default();
    whole.reset(inverse, u8::from(!matches!(how, How::Whole | How::OneByOne)));
    let value = hex::decode(format!("5a08{PAN}5710{TRACK}")).unwrap();
    whole.bytes.extend(line(how, inverse, &value).bytes);
    whole.off();
    let dir = tempfile::tempdir().unwrap();
    // Its writer does not know the secrets.
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    let tap = tape.line("slot", lens);
    whole.chunks(&[chunk]).iter().for_each(|(way, bytes)| tap.record(*way, bytes));
    tape.finish().unwrap();
    let found = names(dir.path());
    assert!(found.contains(&"pan#1".to_owned()) && found.contains(&"track#1".to_owned()), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pin_that_went_to_a_card_is_found_on_a_tape() {
    let mut line = Line::default();
    line.reset(true, 1);
    let verify = hex::decode("0020008008244710ffffffffff").unwrap();
    line.t1(FROM, &verify, (6, 0), &[]);
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    let tap = tape.line("slot", Lens::Binary);
    line.chunks(&[3]).iter().for_each(|(way, bytes)| tap.record(*way, bytes));
    tape.finish().unwrap();
    assert_eq!(names(dir.path()), ["pin#1"]);
}

proptest! {
    #[test]
    fn noise_holds_no_secret(noise in proptest::collection::vec(any::<u8>(), 0..600), text in "[0-9a-f ]{0,400}") {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("noise"), noise).unwrap();
        std::fs::write(dir.path().join("text"), text).unwrap();
        prop_assert_eq!(names(dir.path()), Vec::<String>::new());
    }
}
