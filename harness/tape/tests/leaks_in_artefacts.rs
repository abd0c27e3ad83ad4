//! A leak is found in each kind of file that a run leaves, whole or in pieces.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails the test")]

use std::net::SocketAddrV4;
use std::path::Path;
use std::time::SystemTime;

use payrig_tape::{Direction, HostCapture, Leak, Lens, Place, Secret, SecretKind, Secrets, Tape, leaks};
use rstest::rstest;
use tokio::time::Instant;

const PAN: &str = "6212345678901232";
const KEY: [u8; 16] =
    [0x5A, 0xA7, 0x1C, 0xDE, 0x0F, 0x93, 0xB4, 0x28, 0xE1, 0x6D, 0x37, 0xC9, 0x42, 0xFB, 0x80, 0x7E];
const TO: Direction = Direction::ToTerminal;
const FROM: Direction = Direction::FromTerminal;

/// What a case knows: a short PIN for the panel's line only.
fn secrets() -> Secrets {
    let secrets = Secrets::new();
    secrets.register(SecretKind::Pan, "pan#1", PAN.as_bytes()).unwrap();
    secrets.register(SecretKind::Track, "track#1", b"6212345678901232=30121010000012300000").unwrap();
    secrets.register(SecretKind::Key, "PIK#1", &KEY).unwrap();
    secrets.register(SecretKind::Pin, "pin#1", b"471108154711").unwrap();
    secrets.add(Secret::new(SecretKind::Pin, "pin#2", b"9302").unwrap().on_lines(["panel"])).unwrap();
    secrets
}

fn found(dir: &Path) -> Vec<Leak> {
    leaks(dir, &secrets()).unwrap()
}

fn names(found: &[Leak]) -> Vec<&str> {
    found.iter().map(|leak| leak.name.as_str()).collect()
}

/// A tape whose writer does not know the secrets.
fn unaware_tape(dir: &Path, record: impl FnOnce(&Tape)) {
    let tape = Tape::create(dir, Instant::now()).unwrap();
    record(&tape);
    tape.finish().unwrap();
}

#[rstest]
#[case::pan("pan#1", PAN.as_bytes().to_vec())]
#[case::pan_packed("pan#1", hex::decode(PAN).unwrap())]
#[case::pan_packed_low("pan#1", hex::decode(format!("9{PAN}f")).unwrap())]
#[case::pan_base64("pan#1", b"NjIxMjM0NTY3ODkwMTIzMg==".to_vec())]
#[case::track("track#1", b"6212345678901232D30121010000012300000".to_vec())]
#[case::track_packed("track#1", hex::decode("6212345678901232d301210100000123000000").unwrap())]
#[case::pin("pin#1", b"471108154711".to_vec())]
#[case::pin_packed("pin#1", hex::decode("0c471108154711ff").unwrap())]
#[case::key("PIK#1", KEY.to_vec())]
#[case::key_hex("PIK#1", hex::encode(KEY).into_bytes())]
#[case::key_base64("PIK#1", b"Wqcc3g+TtCjhbTfJQvuAfg==".to_vec())]
#[tokio::test(start_paused = true)]
async fn a_secret_is_found_on_a_tape_however_its_records_cut_it(
    #[case] name: &str,
    #[case] plant: Vec<u8>,
    #[values(1, 2, 5, 100)] chunk: usize,
    #[values(TO, FROM)] direction: Direction,
) {
    let dir = tempfile::tempdir().unwrap();
    unaware_tape(dir.path(), |tape| {
        let (modem, panel) = (tape.line("modem", Lens::Binary), tape.line("panel", Lens::Text));
        modem.record(direction, b"before ");
        for chunk in plant.chunks(chunk) {
            modem.record(direction, chunk);
            panel.record(direction, b"7");
            modem.record(if direction == TO { FROM } else { TO }, b"8");
        }
        modem.record(direction, b" after");
    });
    let found = found(dir.path());
    // A packed track in one piece stands as hex digits in the file: its first ones read as the card number.
    let expected = |found: &&str| *found == name || (name == "track#1" && *found == "pan#1");
    assert!(names(&found).contains(&name) && names(&found).iter().all(expected), "{found:?}");
    // In one piece and readable it is found as it stands in the file.
    let as_it_stands = matches!(found[0].place, Place::Byte(_));
    assert!(as_it_stands || matches!(&found[0].place, Place::Line { name, .. } if name == "modem"));
}

#[tokio::test(start_paused = true)]
async fn a_secret_after_half_a_byte_of_another_is_found_in_its_records() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    tape.secrets().register(SecretKind::Pan, "pan#9", b"621098765432109").unwrap();
    let modem = tape.line("modem", Lens::Binary);
    // An odd number of digits, then the one that nobody registered: it begins in the low half of a byte.
    let bytes = hex::decode(format!("621098765432109{PAN}f")).unwrap();
    bytes.chunks(3).for_each(|chunk| modem.record(FROM, chunk));
    tape.finish().unwrap();
    let found = found(dir.path());
    assert_eq!(names(&found), ["pan#1"], "{found:?}");
    assert!(
        found[0].to_string().contains("line modem from the terminal, from record 3 on: pan pan#1 as bcd")
    );
}

#[tokio::test(start_paused = true)]
async fn a_tape_that_knew_its_secrets_is_clean() {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    tape.secrets().absorb(&secrets());
    let (modem, panel) = (tape.line("modem", Lens::Binary), tape.line("panel", Lens::Text));
    for key in b"9302\r471108154711\r" {
        panel.record(TO, &[*key]);
    }
    for chunk in [KEY.as_slice(), PAN.as_bytes(), hex::encode(KEY).as_bytes()].concat().chunks(5) {
        modem.record(FROM, chunk);
    }
    tape.note("step", &format!("card {PAN}"));
    tape.finish().unwrap();
    assert_eq!(found(dir.path()), []);
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_notes_is_found_whole_and_digit_by_digit() {
    let dir = tempfile::tempdir().unwrap();
    unaware_tape(dir.path(), |tape| {
        for digit in PAN.chars() {
            tape.note("press", &digit.to_string());
            tape.note("power", "on");
        }
        tape.note("verdict", "the PIN was 471108154711");
    });
    let mut found = found(dir.path());
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(names(&found), ["pan#1", "pin#1"], "{found:?}");
    assert_eq!(found[0].place, Place::Note { kind: "press".into(), record: 0 });
}

#[rstest]
#[case::plain(&["9302\r"], 1)]
#[case::key_by_key(&["9", "3", "0", "2", "\r"], 1)]
#[case::after_a_slip(&["93", "7\x08", "02\r"], 1)]
#[case::all_cleared_first(&["9307", "\u{7f}\u{7f}\u{7f}\u{7f}", "9302"], 1)]
#[case::another_order(&["9320\r"], 0)]
#[case::two_entries(&["93\r02\r"], 0)]
#[case::cleared_away(&["930\x082"], 0)]
#[tokio::test(start_paused = true)]
async fn a_short_pin_is_looked_for_among_the_keys_of_its_line(#[case] keys: &[&str], #[case] times: usize) {
    let dir = tempfile::tempdir().unwrap();
    unaware_tape(dir.path(), |tape| {
        let (panel, modem) = (tape.line("panel", Lens::Text), tape.line("modem", Lens::Binary));
        for keys in keys {
            panel.record(TO, keys.as_bytes());
            modem.record(TO, keys.as_bytes());
            panel.record(FROM, b"*");
        }
        // Met by chance: a screen, another line, a note, a file.
        panel.record(FROM, b"Batch 009302");
        modem.record(TO, b"+CSQ: 9302");
        tape.note("figure", "9302");
    });
    std::fs::write(dir.path().join("results-9302.json"), r#"{"amount": "9302"}"#).unwrap();
    let found = found(dir.path());
    assert_eq!(names(&found), vec!["pin#2"; times], "{found:?}");
    assert!(found.iter().all(|leak| matches!(&leak.place, Place::Line { name, .. } if name == "panel")));
}

#[test]
fn a_damaged_tape_is_not_clean() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("tape.jsonl"),
        "{\"tape\":1,\"case\":\"\",\"rig\":\"\"}\n{\"n\":0}\n{\"n\"",
    )
    .unwrap();
    let error = leaks(dir.path(), &secrets()).unwrap_err().to_string();
    assert!(error.contains("tape.jsonl:2: expected the number n and the time t of a record"), "{error}");
}

/// A capture whose writer does not know the secrets.
fn unaware_capture(dir: &Path, packets: impl IntoIterator<Item = Vec<u8>>) {
    let host = "192.0.2.10:5000".parse().unwrap();
    let capture = HostCapture::create(
        &dir.join("host.pcapng"),
        Instant::now(),
        SystemTime::UNIX_EPOCH,
        &Secrets::new(),
    )
    .unwrap();
    let connection = capture.connect(SocketAddrV4::new([10, 0, 0, 2].into(), 40001), host);
    let other = capture.connect(SocketAddrV4::new([10, 0, 0, 2].into(), 40002), host);
    for packet in packets {
        connection.to_host(&packet);
        connection.from_host(b"ack");
        other.to_host(b"7");
    }
    capture.finish().unwrap();
}

#[rstest]
#[case::pan("pan#1", hex::decode(PAN).unwrap())]
#[case::pan_low("pan#1", hex::decode(format!("2{PAN}d")).unwrap())]
#[case::track("track#1", hex::decode("6212345678901232d301210100000123000000").unwrap())]
#[case::pin("pin#1", b"471108154711".to_vec())]
#[case::key("PIK#1", KEY.to_vec())]
#[case::key_base64("PIK#1", b"Wqcc3g+TtCjhbTfJQvuAfg==".to_vec())]
#[tokio::test(start_paused = true)]
async fn a_secret_is_found_in_a_capture_however_its_packets_cut_it(
    #[case] name: &str,
    #[case] plant: Vec<u8>,
    #[values(1, 3, 100)] chunk: usize,
) {
    let dir = tempfile::tempdir().unwrap();
    unaware_capture(dir.path(), plant.chunks(chunk).map(<[u8]>::to_vec));
    let found = found(dir.path());
    assert_eq!(names(&found), [name], "{found:?}");
    match found[0].place {
        Place::Byte(_) => assert!(plant.len() <= chunk),
        // The section's header and the interface, then two handshakes; the first packet with data follows.
        Place::Block(number) => assert_eq!(number, 8),
        ref other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_found_in_a_capture_that_a_kill_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    unaware_capture(dir.path(), PAN.bytes().map(|byte| vec![byte]));
    let path = dir.path().join("host.pcapng");
    let whole = std::fs::read(&path).unwrap();
    let last = whole.windows(2).rposition(|pair| pair == b"2\0").unwrap();
    for length in last + 40..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(names(&found(dir.path())), ["pan#1"], "cut at {length} of {}", whole.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_found_in_a_packets_comment() {
    let dir = tempfile::tempdir().unwrap();
    let capture = HostCapture::create(
        &dir.path().join("host.pcapng"),
        Instant::now(),
        SystemTime::UNIX_EPOCH,
        // A label that says too much reaches the comment.
        &{
            let secrets = Secrets::new();
            let key = Secret::new(SecretKind::Key, "k", b"0123456789abcdef").unwrap();
            secrets.add(key.with_label(&format!("of {PAN}"))).unwrap();
            secrets
        },
    )
    .unwrap();
    let host = "192.0.2.10:5000".parse().unwrap();
    capture.connect(host, host).to_host(b"0123456789abcdef");
    capture.finish().unwrap();
    assert_eq!(names(&found(dir.path())), ["pan#1"]);
}

#[rstest]
#[case::screen(
    "screen.txt",
    "+------------------------+\n|Card                    |\n|     6212345678901232   |\n"
)]
#[case::screen_rows("screen.txt", "|Card          6212345678|\n|901232                  |\n")]
#[case::host("host.txt", "   2      PAN                  6212345678901232\n")]
#[case::dump("host.txt", "0012  62 12 34 56 78 90 12 32   b....\n")]
#[case::groups("host.txt", "PAN 6212-3456-7890-1232\n")]
#[case::results("results.json", "{\"why\": \"the terminal shows 6212345678901232\"}\n")]
#[case::results_list("results.json", "[\"6212\", \"3456\", \"7890\", \"1232\"]\n")]
#[case::deep("power/case=1/notes.md", "6212345678901232")]
fn a_card_number_is_found_in_a_text(#[case] file: &str, #[case] text: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    let found = found(dir.path());
    assert_eq!(names(&found), ["pan#1"], "{found:?}");
    let at = text.find("62").unwrap();
    assert_eq!((found[0].path.as_path(), &found[0].place), (path.as_path(), &Place::Byte(at)));
}

#[rstest]
#[case::colons("5a:a7:1c:de:0f:93:b4:28:e1:6d:37:c9:42:fb:80:7e")]
#[case::halves("PIK 5AA71CDE0F93B428\n    E16D37C942FB807E\n")]
#[case::base64_wrapped("Wqcc3g+T\ntCjhbTfJ\nQvuAfg==\n")]
fn a_key_is_found_in_a_text_however_it_is_laid_out(#[case] text: &str) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("host.txt"), text).unwrap();
    assert_eq!(names(&found(dir.path())), ["PIK#1"]);
}

#[test]
fn names_of_files_and_folders_are_searched_apart_and_together() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["card-62123456/78901232.txt", "6212 3456 7890 1232/clean.txt", "clean/5aa71cde.txt"] {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let found = found(dir.path());
    assert_eq!(names(&found), ["pan#1"; 2], "once for each, not for the files below: {found:?}");
    assert!(found.iter().all(|leak| leak.place == Place::Name));
    assert!(found[0].path.ends_with("6212 3456 7890 1232"));
    assert!(found[1].path.ends_with("card-62123456/78901232.txt"));
    assert!(!found[0].to_string().contains("6212"), "{}", found[0]);
}

#[test]
fn the_secrets_of_several_cases_are_looked_for_at_once() {
    let (run, case) = (Secrets::new(), Secrets::new());
    run.absorb(&secrets());
    case.register(SecretKind::Key, "PIK#1", b"another key of it").unwrap();
    case.register(SecretKind::Pan, "card", PAN.as_bytes()).unwrap();
    run.absorb(&case);
    run.absorb(&case);
    run.absorb(&run.clone());
    assert_eq!(run.len(), secrets().len() + 1, "a value is taken once: {run:?}");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a"), [&KEY[..], b" another key of it"].concat()).unwrap();
    assert_eq!(names(&leaks(dir.path(), &run).unwrap()), ["PIK#1", "PIK#1~2"]);
}
