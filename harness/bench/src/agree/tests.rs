use std::{fs, time::Duration};

use payrig_tape::{Direction, Lens, Tape};
use rstest::rstest;
use tokio::{runtime::Builder, time::Instant};

use super::*;
use crate::Parts;
use Direction::{FromTerminal, ToTerminal};

/// What went over a line at once; `note` makes notes.
type Chunk = (&'static str, Direction, &'static [u8]);

const BOOT: Chunk =
    ("panel", FromTerminal, b"PAYRIG-TERMINAL 0.1.0 build=native boot=1 state=keyed entropy=emulated\r\n");
const SECOND_BOOT: Chunk =
    ("panel", FromTerminal, b"PAYRIG-TERMINAL 0.1.0 build=native boot=2 state=keyed entropy=emulated\r\n");
const ON: Chunk = ("note", FromTerminal, b"power on");
const RESET: Chunk = ("note", FromTerminal, b"reset by the rig");
const MENU: Chunk = ("panel", FromTerminal, b"\x1b[?25l\x1b[8;21HM100\x1b[?25h");
const BUSY: Chunk = ("panel", FromTerminal, b"\x1b[?25l\x1b[8;21HM110\x1b[?25h");

fn heard(answer: &'static [u8]) -> Chunk {
    ("modem", ToTerminal, answer)
}

fn said(command: &'static [u8]) -> Chunk {
    ("modem", FromTerminal, command)
}

fn dialect() -> Arc<Dialect> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/dialects/cup.toml");
    Arc::new(Dialect::load(&file).unwrap())
}

fn case(chunks: &[Chunk], seed: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let _clock = runtime.enter();
    let played = Played { case: "a::b".into(), rig: "sim".into(), seed, parts: Parts::default() };
    played.write(folder.path()).unwrap();
    let tape = Tape::create(folder.path(), Instant::now()).unwrap();
    for (line, direction, bytes) in chunks {
        runtime.block_on(tokio::time::advance(Duration::from_millis(10)));
        match str::from_utf8(bytes).ok().and_then(|text| text.split_once(' ')) {
            Some((kind, text)) if *line == "note" => tape.note(kind, text),
            _ => tape.line(line, Lens::Binary).record(*direction, bytes),
        }
    }
    tape.finish().unwrap();
    folder
}

/// Lines and directions in which the two differ.
fn differences(a: &[Chunk], b: &[Chunk]) -> Vec<String> {
    let (a, b) = (case(a, 1), case(b, 1));
    let there = agree(&dialect(), a.path(), b.path()).unwrap();
    let back = agree(&dialect(), b.path(), a.path()).unwrap();
    let places = |differences: &[Difference]| -> Vec<_> {
        differences.iter().map(|one| format!("{} {:?}", one.line, one.direction)).collect()
    };
    assert_eq!(places(&there).len(), places(&back).len(), "whichever is first: {there:?} {back:?}");
    places(&there)
}

/// A card that is activated.
const CARD: [Chunk; 2] =
    [("slot", FromTerminal, b"\x10\x56\x01\x10\x52\x01"), ("slot", ToTerminal, b"\x3b\x00")];
const CHALLENGE: Chunk = ("slot", FromTerminal, b"\x00\x84\x00\x00\x02");

const PRINTS: Chunk = ("front-end", FromTerminal, b"\x1b@AMOUNT CNY 1.00\n\x1dVB\x00\x1dr\x01");
const PRINTED: Chunk = ("front-end", ToTerminal, b"\xa5\x05\x00\x01\x00\x0b\xb4");

#[rstest]
#[case::cuts_of_a_copy(
    &[ON, BOOT, PRINTS, PRINTED, MENU],
    &[ON, BOOT, ("front-end", FromTerminal, b"\x1b@AMO"), ("front-end", FromTerminal, b"UNT CNY 1.00\n\x1dVB"),
      ("front-end", FromTerminal, b"\x00\x1dr\x01"), PRINTED, MENU],
)]
#[case::copy_in_flight(
    &[ON, BOOT, MENU, ("front-end", FromTerminal, b"\x1b@AMO"), RESET, SECOND_BOOT],
    &[ON, BOOT, MENU, PRINTS, PRINTED, RESET, SECOND_BOOT],
)]
#[case::build(&[ON, BOOT, MENU], &[ON, (
    "panel",
    FromTerminal,
    b"PAYRIG-TERMINAL 0.1.0 build=0123456789abcdef0123456789abcdef01234567 boot=1 state=keyed entropy=hardware\r\n",
), MENU])]
#[case::polls(
    &[ON, said(b"AT\r"), heard(b"AT\r\r\nOK\r\n"), said(b"AT+CREG?\r"), heard(b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"), MENU],
    &[ON, said(b"AT\r"), said(b"AT\r\x1bAT\r"), heard(b"\x1bAT\r\r\nOK\r\n"),
      said(b"AT+CREG?\r"), heard(b"\r\n+CREG: 0,2\r\n\r\nOK\r\n"),
      said(b"AT+CREG?\r"), heard(b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"), MENU],
)]
// A board that boots more slowly asks only when an EC20 has seen its SIM already.
#[case::sim_that_is_seen_late(
    &[ON, said(b"AT+CPIN?\r"), heard(b"\r\n+CPIN: READY\r\n\r\nOK\r\n"), MENU],
    &[ON, said(b"AT+CPIN?\r"), heard(b"\r\n+CME ERROR: 10\r\n"), said(b"AT+CPIN?\r"), heard(b"\r\n+CME ERROR: 14\r\n"),
      said(b"AT+CPIN?\r"), heard(b"\r\n+CPIN: READY\r\n\r\nOK\r\n"), MENU],
)]
// One rig carries ESC and command at once, the other the ESC alone, whose echo then comes before the command.
#[case::cuts_of_an_escape_and_its_echo(
    &[ON, BOOT, said(b"AT\r"), heard(b"A\xd4\x8d"), heard(b"\x8d\n\xcfK\x8d\n"), said(b"\x1bAT\r"), heard(b"\x1bA\xd4\x8d"), heard(b"\x8d\n\xcfK\x8d\n"), MENU],
    &[ON, BOOT, said(b"AT\r"), heard(b"A\xd4\x8d"), heard(b"\x8d\n\xcfK\x8d\n"), said(b"\x1b"), heard(b"\x1b"), said(b"AT\r"), heard(b"A\xd4\x8d"), heard(b"\x8d\n\xcfK\x8d\n"), MENU],
)]
#[case::place_of_unasked_lines(
    &[ON, heard(b"\r\nCall Ready\r\n"), said(b"AT\r"), heard(b"\r\nOK\r\n"), MENU],
    &[ON, said(b"AT\r"), heard(b"\r\nOK\r\n"), heard(b"\r\nCall Ready\r\n"), MENU],
)]
#[case::cuts_of_data(
    &[ON, heard(b"\r\n+IPD,3:abc"), MENU],
    &[ON, heard(b"\r\n+IPD,1:a\r\n+IPD,2:bc"), MENU],
)]
#[case::in_flight(
    &[ON, BOOT, MENU, RESET, SECOND_BOOT],
    &[ON, BOOT, MENU, said(b"AT\r"), heard(b"\r\nOK\r\n"), BUSY, RESET, SECOND_BOOT],
)]
#[case::begun(
    &[ON, BOOT, MENU, said(b"A"), ("panel", FromTerminal, b"\x1b[?25l\x1b[8;2"), RESET, SECOND_BOOT],
    &[ON, BOOT, MENU, said(b"AT\r"), BUSY, heard(b"\r\nOK\r\n"), RESET, SECOND_BOOT],
)]
#[case::begun_both_ways(
    &[ON, BOOT, MENU, said(b"AT"), heard(b"A"), RESET, SECOND_BOOT],
    &[ON, BOOT, MENU, said(b"AT\r"), heard(b"AT\r"), heard(b"\r\nOK\r\n"), RESET, SECOND_BOOT],
)]
#[case::owed(
    &[ON, BOOT, MENU, said(b"AT\r"), RESET, SECOND_BOOT, heard(b"\r\nOK\r\n"), MENU],
    &[ON, BOOT, MENU, RESET, SECOND_BOOT, MENU],
)]
#[case::random_numbers_of_a_card(
    &[ON, BOOT, CARD[0], CARD[1], CHALLENGE, ("slot", ToTerminal, b"\x84\x11\x22\x90\x00"), MENU],
    &[ON, BOOT, CARD[0], CARD[1], CHALLENGE, ("slot", ToTerminal, b"\x84\x33"), ("slot", ToTerminal, b"\x44\x90\x00"), MENU],
)]
#[case::order_between_lines(
    &[ON, BOOT, MENU, ("slot", FromTerminal, b"\x10\x52\x00"), said(b"AT\r"), MENU],
    &[ON, ("slot", FromTerminal, b"\x10\x52\x00"), said(b"AT\r"), BOOT, MENU, MENU],
)]
fn what_is_declared_is_no_difference(#[case] a: &[Chunk], #[case] b: &[Chunk]) {
    assert_eq!(differences(a, b), [] as [String; 0]);
}

#[rstest]
#[case::another_amount(
    &[ON, BOOT, PRINTS, PRINTED, MENU],
    &[ON, BOOT, ("front-end", FromTerminal, b"\x1b@AMOUNT CNY 1.01\n\x1dVB\x00\x1dr\x01"), PRINTED, MENU],
    &["front-end FromTerminal"],
)]
#[case::another_answer_of_the_printer(
    &[ON, BOOT, PRINTS, PRINTED, MENU],
    &[ON, BOOT, PRINTS, ("front-end", ToTerminal, b"\xa5\x05\x00\x01\x0c\xca\x38"), MENU],
    &["front-end ToTerminal"],
)]
#[case::another_status_of_a_card(
    &[ON, BOOT, CARD[0], CARD[1], CHALLENGE, ("slot", ToTerminal, b"\x84\x11\x22\x90\x00"), MENU],
    &[ON, BOOT, CARD[0], CARD[1], CHALLENGE, ("slot", ToTerminal, b"\x6a\x81"), MENU],
    &["slot ToTerminal", "slot ToTerminal", "slot ToTerminal"],
)]
#[case::another_command_to_a_card(
    &[ON, BOOT, CARD[0], CARD[1], CHALLENGE, MENU],
    &[ON, BOOT, CARD[0], CARD[1], ("slot", FromTerminal, b"\x00\x84\x00\x00\x03"), MENU],
    &["slot FromTerminal"],
)]
#[case::boot_counter(&[ON, BOOT, MENU], &[ON, SECOND_BOOT, MENU], &["panel FromTerminal"])]
#[case::answer_of_the_last_poll(
    &[ON, said(b"AT+CREG?\r"), heard(b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"), MENU],
    &[ON, said(b"AT+CREG?\r"), heard(b"\r\n+CREG: 0,5\r\n\r\nOK\r\n"), MENU],
    &["modem ToTerminal"],
)]
#[case::answer_that_is_no_waiting(
    &[ON, said(b"AT+CREG?\r"), heard(b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"), MENU],
    &[ON, said(b"AT+CREG?\r"), heard(b"\r\n+CREG: 0,3\r\n\r\nOK\r\n"),
      said(b"AT+CREG?\r"), heard(b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"), MENU],
    &["modem ToTerminal", "modem ToTerminal", "modem FromTerminal"],
)]
#[case::sim_that_is_never_seen(
    &[ON, said(b"AT+CPIN?\r"), heard(b"\r\n+CPIN: READY\r\n\r\nOK\r\n"), MENU],
    &[ON, said(b"AT+CPIN?\r"), heard(b"\r\n+CME ERROR: 10\r\n"), MENU],
    &["modem ToTerminal", "modem ToTerminal"],
)]
#[case::an_escape_too_many(
    &[ON, said(b"AT\r"), heard(b"\r\nOK\r\n"), MENU],
    &[ON, said(b"\x1bAT\r"), heard(b"\r\nOK\r\n"), MENU],
    &["modem FromTerminal"],
)]
#[case::echo_of_an_escape_missing(
    &[ON, BOOT, said(b"\x1bAT\r"), heard(b"\x1bA\xd4\x8d"), heard(b"\x8d\n\xcfK\x8d\n"), MENU],
    &[ON, BOOT, said(b"\x1bAT\r"), heard(b"A\xd4\x8d"), heard(b"\x8d\n\xcfK\x8d\n"), MENU], &["modem ToTerminal"],
)]
#[case::unasked_line_missing(
    &[ON, heard(b"\r\nRDY\r\n"), MENU], &[ON, MENU], &["modem ToTerminal"],
)]
#[case::header_of_data(
    &[ON, heard(b"\r\n+IPD,3:abc"), MENU], &[ON, heard(b"\n\n+IPD,3:abc"), MENU], &["modem ToTerminal"],
)]
#[case::answer_before_its_command(
    &[ON, said(b"AT\r"), heard(b"\r\nOK\r\n"), MENU],
    &[ON, heard(b"\r\nOK\r\n"), said(b"AT\r"), MENU],
    &["modem FromTerminal", "modem ToTerminal"],
)]
#[case::more_than_in_flight(
    &[ON, BOOT, MENU, BUSY, RESET, SECOND_BOOT],
    &[ON, BOOT, MENU, said(b"AT\r"), BUSY, RESET, SECOND_BOOT],
    &["modem FromTerminal"],
)]
#[case::begun_in_another_way(
    &[ON, BOOT, MENU, said(b"B"), RESET, SECOND_BOOT],
    &[ON, BOOT, MENU, said(b"AT\r"), RESET, SECOND_BOOT],
    &["modem FromTerminal"],
)]
#[case::not_owed(
    &[ON, BOOT, MENU, RESET, SECOND_BOOT, heard(b"\r\nOK\r\n"), MENU],
    &[ON, BOOT, MENU, RESET, SECOND_BOOT, MENU],
    &["modem ToTerminal"],
)]
#[case::a_boot_missing(&[ON, BOOT, MENU, RESET, SECOND_BOOT, MENU], &[ON, BOOT, MENU, RESET, MENU], &[
    "panel FromTerminal", "panel FromTerminal", "panel FromTerminal",
])]
#[case::a_boot_in_another_place(
    &[ON, BOOT, MENU, said(b"AT\r"), RESET, SECOND_BOOT, MENU],
    &[ON, BOOT, MENU, RESET, SECOND_BOOT, said(b"AT\r"), MENU],
    &["modem FromTerminal"],
)]
fn anything_else_is_one(#[case] a: &[Chunk], #[case] b: &[Chunk], #[case] expected: &[&str]) {
    assert_eq!(differences(a, b), expected);
}

#[test]
fn a_difference_names_its_place_on_both_sides() {
    let menu: Chunk = ("panel", FromTerminal, b"\x1b[2J\x1b[?25l\x1b[3;1H1 Sign on\x1b[8;21HM100\x1b[?25h");
    let other: Chunk = ("panel", FromTerminal, b"\x1b[2J\x1b[?25l\x1b[3;1H1 Sign in\x1b[8;21HM100\x1b[?25h");
    let (a, b) = (case(&[ON, BOOT, menu], 1), case(&[ON, BOOT, said(b"AT\r"), other], 1));
    let differences = agree(&dialect(), a.path(), b.path()).unwrap();
    let told: Vec<_> = differences.iter().map(ToString::to_string).collect();
    let expected = "\
panel, from the terminal:
  first  message 2, records 3 to 3: screen M100: 1 Sign on
           |1 Sign on               |
  second message 2, records 5 to 5: screen M100: 1 Sign in
           |1 Sign in               |";
    assert_eq!(told.last().map(String::as_str), Some(expected));
}

#[test]
fn runs_that_cannot_be_compared_are_sentences() {
    let (a, b) = (case(&[ON, BOOT, MENU], 1), case(&[ON, BOOT, MENU], 2));
    let error = |a: &Path, b: &Path| agree(&dialect(), a, b).unwrap_err().to_string();
    assert!(error(a.path(), b.path()).contains("another seed: compare two runs of one case"));
    let whole = fs::read_to_string(a.path().join(TAPE_FILE)).unwrap();
    let torn = case(&[], 1);
    fs::write(torn.path().join(TAPE_FILE), &whole[..whole.len() - 30]).unwrap();
    assert!(error(a.path(), torn.path()).contains("tape.jsonl: the tape is incomplete: run the case again"));
    fs::remove_file(torn.path().join(PLAYED_FILE)).unwrap();
    assert!(error(a.path(), torn.path()).contains("case.json"));
}
