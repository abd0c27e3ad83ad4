//! A tape is followed while it is written: in whatever pieces its bytes come, through its tidying and its removal.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use payrig_tape::{About, Direction, Entry, Follower, Lens, Piece, SecretKind, Tape, read, render};
use proptest::prelude::*;
use tokio::time::Instant;

/// A tape with held-back bytes, so that its file is not in order until it is finished.
fn write(tape: &Tape) {
    tape.secrets().register(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
    let (modem, panel) = (tape.line("modem", Lens::Binary), tape.line("panel", Lens::Text));
    modem.record(Direction::ToTerminal, b"OK 6");
    panel.record(Direction::ToTerminal, b"1");
    tape.note("power", "cut");
    modem.record(Direction::ToTerminal, b"212345678901232!\r\n");
    panel.record(Direction::FromTerminal, "Ready \u{4f60}\r\n".as_bytes());
}

/// What was said on a line one way, as the entries have it one after the other.
fn stream(entries: &[Entry], line: &str, direction: Direction) -> String {
    let events = entries.iter().filter_map(|entry| match entry {
        Entry::Event(event) if event.line == line && event.direction == direction => Some(event),
        _ => None,
    });
    let pieces: Vec<Piece> = events.flat_map(|event| event.data.clone()).collect();
    render(&payrig_tape::join(pieces))
}

fn all(follower: &mut Follower) -> Vec<Entry> {
    follower.news().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_tape_is_followed_through_its_tidying() {
    let dir = tempfile::tempdir().unwrap();
    let mut follower = Follower::new(&dir.path().join("tape.jsonl"));
    assert_eq!(all(&mut follower), []);
    let about = About { case: "sign-on::ok".into(), rig: "sim".into() };
    let tape = Tape::create_for(dir.path(), Instant::now(), &about).unwrap();
    assert_eq!(all(&mut follower), []);
    assert_eq!(follower.about(), Some(&about));
    write(&tape);
    let mut seen = all(&mut follower);
    tape.line("panel", Lens::Text).record(Direction::ToTerminal, b"6");
    tape.finish().unwrap();
    // Only now does the follower look again: the file that it reads is no longer the one under the tape's name.
    seen.extend(all(&mut follower));
    assert_eq!(follower.end(), read(tape.path()).unwrap().end);
    assert_eq!(stream(&seen, "modem", Direction::ToTerminal), "OK {pan#1 621234******1232 ascii}!\r\n");
    assert_eq!(stream(&seen, "panel", Direction::ToTerminal), "16");
    assert_eq!(all(&mut follower), []);
}

#[tokio::test(start_paused = true)]
async fn a_tape_that_is_removed_is_followed_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("case");
    let tape = Tape::create(&folder, Instant::now()).unwrap();
    let mut follower = Follower::new(tape.path());
    all(&mut follower);
    write(&tape);
    fs::remove_dir_all(&folder).unwrap();
    let seen = all(&mut follower);
    assert_eq!(stream(&seen, "panel", Direction::FromTerminal), "Ready \u{4f60}\r\n");
    assert_eq!(all(&mut follower), []);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_no_record_is_named_and_the_next_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    let mut file = OpenOptions::new().append(true).open(tape.path()).unwrap();
    tape.note("power", "on");
    file.write_all(b"not a record\n").unwrap();
    tape.note("power", "off");
    let mut follower = Follower::new(tape.path());
    assert_eq!(all(&mut follower).len(), 1);
    let error = follower.news().unwrap_err().to_string();
    assert!(error.contains("tape.jsonl:3: not a record of a tape"), "{error}");
    assert_eq!(all(&mut follower).len(), 1);
}

#[test]
fn a_file_of_another_kind_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tape.jsonl");
    fs::write(&path, "{\"n\":1}\n").unwrap();
    let error = Follower::new(&path).news().unwrap_err().to_string();
    assert!(error.contains("tape.jsonl:1: expected the first record of a tape"), "{error}");
}

fn finished(dir: &Path) -> Vec<u8> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let _clock = runtime.enter();
    let tape = Tape::create(dir, Instant::now()).unwrap();
    write(&tape);
    tape.finish().unwrap();
    fs::read(tape.path()).unwrap()
}

proptest! {
    /// A writer may write in any pieces, and stop anywhere: whole lines are told, once, and never a torn one.
    #[test]
    fn the_tape_comes_in_any_pieces(cuts in proptest::collection::vec(0..2000_usize, 0..20), stop in 0..2000_usize) {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let bytes = finished(from.path());
        let bytes = &bytes[..bytes.len() - stop % bytes.len()];
        let path = to.path().join("tape.jsonl");
        let mut follower = Follower::new(&path);
        let mut file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut seen = Vec::new();
        for cut in cuts.windows(2) {
            file.write_all(&bytes[cut[0]..cut[1]]).unwrap();
            seen.extend(follower.news().unwrap());
        }
        let expected = read(&path).unwrap();
        prop_assert_eq!(seen, expected.entries);
        prop_assert_eq!(follower.end(), expected.end);
    }
}
