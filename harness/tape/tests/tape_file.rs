//! The file: order, completeness, what a killed process leaves.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use std::io::Write;
use std::time::Duration;

use payrig_tape::{About, Direction, Entry, Lens, SecretKind, Tape, TapeError, read, render};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, advance};

#[tokio::test(start_paused = true)]
async fn a_finished_tape_tells_case_rig_lines_and_counts() {
    let dir = tempfile::tempdir().unwrap();
    let about = About { case: "sign-on/ok".into(), rig: "sim".into() };
    let tape = Tape::create_for(dir.path(), Instant::now(), &about).unwrap();
    let tap = tape.line("panel", Lens::Text);
    tape.note("power", "on");
    advance(Duration::from_secs(60)).await;
    tap.record(Direction::FromTerminal, "Ready \u{4f60}\r\n".as_bytes());
    let summary = tape.finish().unwrap();
    assert_eq!((summary.events, summary.notes, summary.bytes, summary.fault), (1, 1, 11, None));
    let recording = read(tape.path()).unwrap();
    assert!(recording.complete);
    assert_eq!(recording.about, about);
    assert_eq!(recording.lines().get("panel"), Some(&Lens::Text));
    let text = std::fs::read_to_string(tape.path()).unwrap();
    let event = r#"{"n":2,"t":60000000000,"line":"panel","dir":"from-terminal","data":["Ready 你\r\n"]}"#;
    assert!(text.lines().any(|line| line == event), "{text}");
    tap.record(Direction::FromTerminal, b"late");
    assert!(matches!(tape.finish(), Err(TapeError::Finished { .. })));
    assert_eq!(std::fs::read_to_string(tape.path()).unwrap(), text);
}

#[tokio::test(start_paused = true)]
async fn a_tape_is_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Tape::create(dir.path(), Instant::now()).unwrap();
    let error = Tape::create(dir.path(), Instant::now()).unwrap_err();
    assert!(error.to_string().contains("give each run of a case a folder of its own"), "{error}");
}

/// The PAN's first digits are held back on one line while another goes on.
fn record_with_hold_back(tape: &Tape) {
    tape.secrets().register(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
    let (modem, panel) = (tape.line("modem", Lens::Binary), tape.line("panel", Lens::Text));
    modem.record(Direction::ToTerminal, b"OK 6");
    panel.record(Direction::ToTerminal, b"1");
    modem.record(Direction::ToTerminal, b"!\r\n");
}

#[tokio::test(start_paused = true)]
async fn held_back_bytes_are_put_in_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    record_with_hold_back(&tape);
    let unfinished = read(tape.path()).unwrap();
    assert!(!unfinished.complete);
    assert_eq!(tape.finish().unwrap().fault, None);
    let finished = read(tape.path()).unwrap();
    assert!(finished.complete);
    assert_eq!(unfinished.entries, finished.entries);
    let text = std::fs::read_to_string(tape.path()).unwrap();
    let numbers: Vec<u64> = text
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["n"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (0..6).collect::<Vec<_>>(), "the file is in order and each chunk is one record");
}

/// Whoever follows the file has every byte before the verdict.
#[tokio::test(start_paused = true)]
async fn a_tape_that_settles_has_all_bytes_before_the_notes_that_follow() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    tape.secrets().register(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
    tape.line("modem", Lens::Binary).record(Direction::ToTerminal, b"OK 6");
    tape.settle();
    tape.note("verdict", "pass");
    let text = std::fs::read_to_string(tape.path()).unwrap();
    let [.., last_bytes, verdict] = text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert!(last_bytes.contains("\"data\":[\"6\"]") && verdict.contains("\"note\":\"verdict\""), "{text}");
    tape.settle();
    tape.finish().unwrap();
    tape.settle();
    assert!(read(tape.path()).unwrap().complete);
}

#[tokio::test(start_paused = true)]
async fn a_killed_writer_loses_held_back_bytes_only() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    tape.secrets().register(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
    let (modem, panel) = (tape.line("modem", Lens::Binary), tape.line("panel", Lens::Text));
    modem.record(Direction::ToTerminal, b"OK 6");
    panel.record(Direction::ToTerminal, b"1");
    // What is in the file now is what a kill would leave: nothing is buffered in the process but held-back bytes.
    let copy = dir.path().join("killed.jsonl");
    std::fs::copy(tape.path(), &copy).unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(&copy).unwrap();
    file.write_all(br#"{"n":9,"t":1,"li"#).unwrap();
    let killed = read(&copy).unwrap();
    assert!(!killed.complete);
    assert_eq!((killed.torn, killed.missing), (16, 1));
    assert_eq!(render(&killed.stream("modem", Direction::ToTerminal)), "OK ");
    assert_eq!(render(&killed.stream("panel", Direction::ToTerminal)), "1");
}

/// Runs itself a second time as the process that dies without any clean-up.
#[tokio::test(start_paused = true)]
async fn a_process_that_dies_leaves_what_it_recorded() {
    const FOLDER: &str = "PAYRIG_TAPE_DIE_IN";
    if let Some(dir) = std::env::var_os(FOLDER) {
        let tape = Tape::create(std::path::Path::new(&dir), Instant::now()).unwrap();
        record_with_hold_back(&tape);
        tape.line("modem", Lens::Binary).record(Direction::ToTerminal, b"62123");
        std::process::abort();
    }
    let dir = tempfile::tempdir().unwrap();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_process_that_dies_leaves_what_it_recorded"])
        .env(FOLDER, dir.path())
        .output()
        .unwrap()
        .status;
    assert!(!status.success());
    let recording = read(&dir.path().join("tape.jsonl")).unwrap();
    assert!(!recording.complete);
    assert_eq!(
        recording.missing, 0,
        "the chunk that waited whole was the last: nothing tells that it existed"
    );
    assert_eq!(render(&recording.stream("modem", Direction::ToTerminal)), "OK 6!\r\n");
    assert_eq!(recording.events().count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_tape_keeps_everything_and_says_that_it_is_incomplete() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    let path = tape.path().to_owned();
    tape.secrets().register(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
    tape.line("modem", Lens::Binary).record(Direction::ToTerminal, b"OK 6");
    drop(tape);
    let recording = read(&path).unwrap();
    assert!(!recording.complete);
    assert_eq!(recording.missing, 0);
    assert_eq!(render(&recording.stream("modem", Direction::ToTerminal)), "OK 6");
}

#[tokio::test(start_paused = true)]
async fn a_tape_cut_at_any_byte_is_read_or_refused_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    record_with_hold_back(&tape);
    tape.finish().unwrap();
    let whole = std::fs::read(tape.path()).unwrap();
    let path = dir.path().join("cut.jsonl");
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let recording = read(&path).unwrap();
        assert!(!recording.complete, "cut at {length}");
        assert!(recording.entries.len() < 6);
    }
    let damaged = String::from_utf8(whole).unwrap().replace("\"lens\":\"text\"", "\"lens\":\"rose\"");
    std::fs::write(&path, damaged).unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.contains("cut.jsonl:3: not a record of a tape"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_tapped_stream_passes_bytes_unchanged_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    let (mut terminal, harness) = tokio::io::duplex(64);
    let mut harness = tape.line("modem", Lens::Binary).wrap(harness);
    terminal.write_all(b"AT+CSQ\r").await.unwrap();
    let mut buffer = [0; 64];
    let count = harness.read(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..count], b"AT+CSQ\r");
    harness.write_all(b"\r\n+CSQ: 20,0\r\n").await.unwrap();
    let count = terminal.read(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..count], b"\r\n+CSQ: 20,0\r\n");
    drop(terminal);
    assert_eq!(harness.read(&mut buffer).await.unwrap(), 0);
    tape.finish().unwrap();
    let recording = read(tape.path()).unwrap();
    let order: Vec<_> = recording
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Event(event) => Some((event.direction, render(&event.data))),
            _ => None,
        })
        .collect();
    let expected = [(Direction::FromTerminal, "AT+CSQ\r"), (Direction::ToTerminal, "\r\n+CSQ: 20,0\r\n")];
    assert_eq!(order, expected.map(|(direction, text)| (direction, text.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_case_that_does_not_go_on_is_abandoned_from_another_thread() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    assert_eq!((tape.records(), tape.last_activity()), (0, None));
    record_with_hold_back(&tape);
    advance(Duration::from_millis(1204)).await;
    let modem = tape.line("modem", Lens::Binary);
    modem.record(Direction::FromTerminal, b"half of a li");
    advance(Duration::from_millis(99)).await;
    modem.record(Direction::FromTerminal, b"ne 62");
    assert_eq!(tape.records(), 7);
    assert_eq!(tape.last_activity().unwrap().to_string(), "modem, from the terminal, 17 bytes at 1.303 s");

    let other = tape.clone();
    let abandoned = std::thread::spawn(move || other.abandon("verdict", "fail: it hangs")).join().unwrap();
    assert!(abandoned);
    modem.record(Direction::FromTerminal, b"late");
    assert!(matches!(tape.finish(), Err(TapeError::Finished { .. })));
    let recording = read(tape.path()).unwrap();
    assert!(!recording.complete && recording.end.is_none());
    assert_eq!((recording.torn, recording.missing), (0, 0), "what was held back is there");
    assert!(render(&recording.stream("modem", Direction::FromTerminal)).ends_with("half of a line 62"));
    let Some(Entry::Note(note)) = recording.entries.last() else { unreachable!("the note is last") };
    assert_eq!((&*note.text, note.at), ("fail: it hangs", Duration::from_millis(1303)));
}

/// A person who looks on sees a frame when it is whole, whatever its last bytes could be the beginning of.
#[tokio::test(start_paused = true)]
async fn a_whole_frame_waits_for_nothing_and_a_part_of_one_does() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    tape.secrets().register(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
    let said = |line: &str| render(&read(tape.path()).unwrap().stream(line, Direction::FromTerminal));
    for (name, lens, expected) in
        [("host", Lens::Frames, "<0006>STAN62"), ("modem", Lens::Binary, "<0006>STAN")]
    {
        let line = tape.line(name, lens);
        line.record(Direction::FromTerminal, b"\x00\x06STA");
        line.record(Direction::FromTerminal, b"N62");
        assert_eq!(said(name), expected);
    }
    // The next frame holds the secret, cut in three; another stream begins with a frame of its own.
    let line = tape.line("host", Lens::Frames);
    for part in [b"\x00\x1262123".as_slice(), b"45678", b"901232!!\x00\x50half of"] {
        line.record(Direction::FromTerminal, part);
    }
    let _wrapped = line.wrap(tokio::io::empty());
    line.record(Direction::FromTerminal, b"\x00\x016");
    let expected = "<0006>STAN62<0012>{pan#1 621234******1232 ascii}<212100>Phalf of<000136>";
    assert_eq!(said("host"), expected);
}
