//! Secrets become tokens, whatever surrounds them and however the stream is cut.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use std::path::Path;
use std::time::Duration;

use payrig_tape::{
    Direction, Lens, Piece, Recording, Secret, SecretKind, Secrets, Tape, join, read, render, restore,
};
use rstest::rstest;
use tokio::time::{Instant, advance};

const PAN: &[u8] = b"6212345678901232";
const KEY: [u8; 16] =
    [0x5A, 0xA7, 0x1C, 0xDE, 0x0F, 0x93, 0xB4, 0x28, 0xE1, 0x6D, 0x37, 0xC9, 0x42, 0xFB, 0x80, 0x7E];

fn packed(digits: &str) -> Vec<u8> {
    hex(digits)
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// Records the chunks a millisecond apart on one line and reads the tape back.
async fn tape_of(dir: &Path, lens: Lens, secrets: &[Secret], chunks: &[&[u8]]) -> (Recording, Secrets) {
    let tape = Tape::create(dir, Instant::now()).unwrap();
    for secret in secrets {
        tape.secrets().add(secret.clone()).unwrap();
    }
    let tap = tape.line("modem", lens);
    for chunk in chunks {
        advance(Duration::from_millis(1)).await;
        tap.record(Direction::FromTerminal, chunk);
    }
    tape.finish().unwrap();
    (read(tape.path()).unwrap(), tape.secrets().clone())
}

fn stream(recording: &Recording) -> Vec<Piece> {
    recording.stream("modem", Direction::FromTerminal)
}

fn pan() -> Secret {
    Secret::new(SecretKind::Pan, "pan#1", PAN).unwrap()
}

fn key() -> Secret {
    Secret::new(SecretKind::Key, "PIK#2", &KEY).unwrap().with_label("kcv 900ECCE3")
}

#[rstest]
#[case::ascii(b"PAN 6212345678901232!".to_vec(), "PAN {pan#1 621234******1232 ascii}!")]
#[case::groups(b"6212 3456 7890 1232 ".to_vec(), "{pan#1 621234******1232 ascii-groups} ")]
#[case::packed(packed("02166212345678901232000000"), "<0216>{pan#1 621234******1232 bcd}<000000>")]
#[case::packed_low_nibble(packed("a62123456789012320"), "<a>{pan#1 621234******1232 bcd}<0>")]
#[case::key_raw(KEY.to_vec(), "{key PIK#2 kcv 900ECCE3}")]
#[case::key_hex(b"5AA71CDE0F93B428E16D37C942FB807E".to_vec(), "{key PIK#2 kcv 900ECCE3}")]
#[case::key_hex_lower(b"k=5aa71cde0f93b428e16d37c942fb807e".to_vec(), "k={key PIK#2 kcv 900ECCE3}")]
#[case::key_hex_mixed(b"5Aa71cDE0F93b428E16D37c942FB807e".to_vec(), "{key PIK#2 kcv 900ECCE3}")]
#[tokio::test(start_paused = true)]
async fn every_form_becomes_a_token(#[case] data: Vec<u8>, #[case] shown: &str) {
    for lens in [Lens::Binary, Lens::Text] {
        for size in [data.len(), 1, 3] {
            let dir = tempfile::tempdir().unwrap();
            let chunks: Vec<&[u8]> = data.chunks(size).collect();
            let (recording, secrets) = tape_of(dir.path(), lens, &[pan(), key()], &chunks).await;
            assert_eq!(render(&stream(&recording)), shown, "{lens:?}, chunks of {size}");
            assert_eq!(restore(&stream(&recording), &secrets).unwrap(), data);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_chunk_keeps_its_own_time() {
    let dir = tempfile::tempdir().unwrap();
    let chunks: Vec<&[u8]> = vec![b"<6212", b"3456789", b"01232", b">"];
    let (recording, _) = tape_of(dir.path(), Lens::Text, &[pan()], &chunks).await;
    let times: Vec<u128> = recording.events().map(|event| event.at.as_millis()).collect();
    assert_eq!(times, [1, 2, 3, 4]);
    let second = recording.events().nth(1).map(|event| render(&event.data)).unwrap();
    assert_eq!(second, "{pan#1 621234******1232 ascii part 8+14/32}");
}

#[tokio::test(start_paused = true)]
async fn a_pin_is_found_on_its_line_only() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    tape.secrets().add(Secret::new(SecretKind::Pin, "pin#1", b"4711").unwrap().on_lines(["panel"])).unwrap();
    for line in ["panel", "modem"] {
        let tap = tape.line(line, Lens::Text);
        for digit in [b"4", b"7", b"1", b"1"] {
            tap.record(Direction::ToTerminal, digit);
        }
    }
    tape.finish().unwrap();
    let recording = read(tape.path()).unwrap();
    assert_eq!(render(&recording.stream("panel", Direction::ToTerminal)), "{pin#1}");
    assert_eq!(render(&recording.stream("modem", Direction::ToTerminal)), "4711");
}

#[tokio::test(start_paused = true)]
async fn track_data_win_over_the_pan_within() {
    let track = Secret::new(SecretKind::Track, "track#1", b"6212345678901232D30121010000").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let data = [packed("6212345678901232d30121010000"), b";6212345678901232=30121010000?".to_vec()].concat();
    let (recording, secrets) = tape_of(dir.path(), Lens::Binary, &[pan(), track], &[&data]).await;
    let shown = "{track#1 621234******1232 bcd};{track#1 621234******1232 ascii-equals}?";
    assert_eq!(render(&stream(&recording)), shown);
    assert_eq!(restore(&stream(&recording), &secrets).unwrap(), data);
}

#[rstest]
#[case::cut_off_at_the_end(&[b"62123456789012" as &[u8]], "{pan#1 621234******1232 ascii part 0+28/32}")]
#[case::cut_off_by_a_reset(&[b"621234567890" as &[u8], b"\r\nboot"], "{pan#1 621234******1232 ascii part 0+24/32}\r\nboot")]
#[case::only_the_bank_number(&[b"621234" as &[u8], b"!"], "621234!")]
#[tokio::test(start_paused = true)]
async fn the_beginning_of_a_secret_is_hidden_too(#[case] chunks: &[&[u8]], #[case] shown: &str) {
    let dir = tempfile::tempdir().unwrap();
    let (recording, secrets) = tape_of(dir.path(), Lens::Text, &[pan()], chunks).await;
    assert_eq!(render(&stream(&recording)), shown);
    assert_eq!(restore(&stream(&recording), &secrets).unwrap(), chunks.concat());
}

#[tokio::test(start_paused = true)]
async fn overlapping_secrets_are_both_covered() {
    let other = Secret::new(SecretKind::Pan, "pan#2", b"9012321111111111").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let data: &[u8] = b"62123456789012321111111111";
    for size in [26, 1] {
        let dir = dir.path().join(size.to_string());
        let chunks: Vec<&[u8]> = data.chunks(size).collect();
        let (recording, secrets) = tape_of(&dir, Lens::Text, &[pan(), other.clone()], &chunks).await;
        let shown = "{pan#1 621234******1232 ascii}{pan#2 901232******1111 ascii part 12+20/32}";
        assert_eq!(render(&stream(&recording)), shown);
        assert_eq!(restore(&stream(&recording), &secrets).unwrap(), data);
    }
}

#[tokio::test(start_paused = true)]
async fn keys_registered_while_running_are_found_from_then_on() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    let tap = tape.line("modem", Lens::Binary);
    tap.record(Direction::ToTerminal, b"hello ");
    tape.secrets().add(key()).unwrap();
    tap.record(Direction::ToTerminal, &KEY);
    tape.note("key", "issued 5aa71cde0f93b428e16d37c942fb807e");
    tape.finish().unwrap();
    let recording = read(tape.path()).unwrap();
    assert_eq!(render(&recording.stream("modem", Direction::ToTerminal)), "hello {key PIK#2 kcv 900ECCE3}");
    assert_eq!(recording.notes().next().unwrap().text, "issued {key PIK#2 kcv 900ECCE3}");
}

#[tokio::test(start_paused = true)]
async fn a_line_without_a_lens_is_recorded_by_length() {
    let dir = tempfile::tempdir().unwrap();
    let (recording, secrets) = tape_of(dir.path(), Lens::Withheld, &[], &[b"secret", b"stuff"]).await;
    assert_eq!(stream(&recording), [Piece::Withheld(11)]);
    assert!(restore(&stream(&recording), &secrets).is_err());
}

#[test]
fn joining_does_not_depend_on_chunks() {
    let pieces = vec![Piece::Text("AT".into()), Piece::Hex("0d0a".into()), Piece::Text("OK".into())];
    assert_eq!(join(pieces), [Piece::Text("AT\r\nOK".into())]);
}
