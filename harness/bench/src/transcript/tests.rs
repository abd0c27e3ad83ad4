mod properties;

use std::path::Path;

use payrig_iso8583::{Frame, Value};
use payrig_tape::{SecretKind, Token, join};
use rstest::rstest;

use super::*;
use Direction::{FromTerminal, ToTerminal};

fn dialect() -> Arc<Dialect> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/dialects/cup.toml");
    Arc::new(Dialect::load(&file).unwrap())
}

fn echo_test(stan: &str) -> Vec<u8> {
    let message = payrig_iso8583::Message::new("0820")
        .with(11, Value::digits(stan))
        .with(41, Value::text("99999906"))
        .with(42, Value::text("001430170119999"))
        .with(60, Value::digits("00000001301"));
    let frame = Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0x60, 0x31, 0, 0x31, 0x11, 0x08], message };
    dialect().encode(&frame).unwrap()
}

/// As a tape has bytes.
fn pieces(bytes: &[u8]) -> Vec<Piece> {
    join([Piece::Hex(hex::encode(bytes))])
}

fn key_token() -> Piece {
    Piece::Token(Token {
        name: "factory".into(),
        kind: SecretKind::Key,
        show: "kcv 72EBA303".into(),
        form: payrig_tape::Form::Hex,
        case: None,
        from: 0,
        nibbles: 64,
        of: None,
    })
}

/// What goes over a line at once.
type Chunk = (&'static str, Direction, Vec<Piece>);

fn chunk(line: &'static str, direction: Direction, bytes: impl AsRef<[u8]>) -> Chunk {
    (line, direction, pieces(bytes.as_ref()))
}

/// Rows of chunks that come 10 ms after each other. A line `note` makes notes of its texts.
fn rows(chunks: &[Chunk]) -> Vec<Row> {
    let mut transcript = Transcript::new(dialect());
    let mut rows = Vec::new();
    for (n, (line, direction, data)) in (0..).zip(chunks) {
        let at = Duration::from_millis(10 * n);
        let entry = match (*line, data.as_slice()) {
            ("note", [Piece::Text(text)]) => {
                let (kind, text) = text.split_once(' ').unwrap();
                Entry::Note(Note { n, at, kind: kind.into(), text: text.into() })
            }
            _ => {
                Entry::Event(Event { n, at, line: (*line).into(), direction: *direction, data: data.clone() })
            }
        };
        rows.extend(transcript.push(&entry));
    }
    rows.extend(transcript.finish());
    rows
}

fn told(rows: &[Row]) -> Vec<String> {
    let told = |row: &Row| match row {
        Row::Note(note) => format!("-- {} {}", note.kind, note.text),
        Row::Message(message) => {
            let arrow = if message.direction == FromTerminal { ">" } else { "<" };
            format!("{} {arrow} {}", message.line, message.text())
        }
    };
    rows.iter().map(told).collect()
}

const BOOT: &str = "PAYRIG-TERMINAL 0.1.0 build=native boot=1 state=keyed entropy=emulated\r\n";
const SCREEN: &str = "\x1b[2J\x1b[?25l\x1b[1;1H\x1b[KPAYRIG T1\x1b[3;1H\x1b[K1 Sign on\x1b[8;1H\x1b[KReady               M100\x1b[?25h";

#[rstest]
#[case::panel(vec![
    chunk("panel", FromTerminal, [BOOT, SCREEN].concat()),
    chunk("panel", ToTerminal, "1\r\n*\x1bz\n"),
], &[
    "panel > booted: version 0.1.0, boot 1, keyed, emulated entropy",
    "panel > screen M100: 1 Sign on / Ready",
    "panel < key 1",
    "panel < key confirm",
    "panel < key (line feed)",
    "panel < key up",
    "panel < key cancel",
    "panel < key (none: 7a)",
    "panel < key confirm",
])]
#[case::modem(vec![
    chunk("modem", FromTerminal, "\x1bAT\r"),
    chunk("modem", ToTerminal, "AT\r\r\nOK\r\n"),
    chunk("modem", FromTerminal, "AT+CPIN=\"1234\"\r"),
    chunk("modem", ToTerminal, "\r\n+CME ERROR: 16\r\n\r\nRING\x07\r\n"),
    chunk("modem", FromTerminal, "AT+CIPSEND=3\r"),
    chunk("modem", ToTerminal, "\r\n> "),
    chunk("modem", FromTerminal, b"\x00\x01\r"),
    chunk("modem", ToTerminal, b"\r\nSEND OK\r\n\r\n+IPD,2:\r\n\r\nCLOSED\r\n"),
], &[
    "modem > ESC",
    "modem > AT",
    "modem < echo AT",
    "modem < OK",
    "modem > AT+CPIN=\"****\"",
    "modem < +CME ERROR: 16",
    "modem < RING\\u{7}",
    "modem > AT+CIPSEND=3",
    "modem < > waits for 3 bytes",
    "modem > (3 bytes)",
    "modem < SEND OK",
    "modem < (2 bytes)",
    "modem < CLOSED",
])]
#[case::host(vec![
    chunk("host", FromTerminal, echo_test("000042")),
    chunk("host", ToTerminal, &echo_test("000043")[..40]),
    chunk("modem", ToTerminal, "\r\nCONNECT OK\r\n"),
    chunk("host", FromTerminal, b"\x00\x03abc"),
    chunk("host", FromTerminal, b"def"),
], &[
    "host > 0820 management advice, STAN 000042, network code 301 echo",
    "modem < CONNECT OK",
    "host > 0003616263",
    "host > 646566",
    "host < broken off: <0037600003000060310031110808200020000000c000100000>C99999906001430",
])]
#[case::slot(vec![
    chunk("slot", FromTerminal, b"\x10\x52\x00\x10\x56\x00\x10\x56\x01\x10\x52\x01"),
    chunk("slot", ToTerminal, b"\x3b\x65\x10\x10\x10\x50\x01"),
    chunk("slot", ToTerminal, b"\x10"),
], &[
    "slot > RST low",
    "slot > VCC off",
    "slot > VCC on",
    "slot > RST high",
    "slot < 3b65",
    "slot < 1010",
    "slot < parity error of the next character",
    "slot < 01",
    "slot < broken off: <10>",
])]
#[case::front_end(vec![
    chunk("front-end", ToTerminal, b"\xff\xa5\x02\x00\x01\x01\x4a\xb8"),
    chunk("front-end", ToTerminal, b"\xa5\x02\x00\x01\x01\x4a\xb9\xa5\x01"),
    chunk("front-end", FromTerminal, b"\x1b@"),
], &[
    "front-end < ff",
    "front-end < tamper switch open",
    "front-end < a5020001014ab9",
    "front-end > 1b40",
    "front-end < broken off: <a501>",
])]
#[case::antenna(vec![chunk("antenna", ToTerminal, b"\x00\x00\xff\x00\xff\x00text")], &[
    "antenna < 0000ff00ff0074657874",
])]
fn a_line_is_told(#[case] chunks: Vec<Chunk>, #[case] expected: &[&str]) {
    assert_eq!(told(&rows(&chunks)), expected);
}

#[test]
fn a_record_and_a_pin_keep_their_tokens() {
    let mut record = pieces(b"%PAYRIG-RECORD 1\nfactory-key=");
    record.push(key_token());
    record.extend(pieces(b"\nfactory-kcv=72EBA303\n%END 1234\n1"));
    let pin = |from, of| {
        let show = String::new();
        let form = payrig_tape::Form::Ascii;
        Piece::Token(Token {
            name: "pin#1".into(),
            kind: SecretKind::Pin,
            show,
            form,
            case: None,
            from,
            nibbles: 4,
            of,
        })
    };
    let chunks = [
        ("panel", ToTerminal, record),
        ("panel", ToTerminal, vec![pin(0, Some(8))]),
        ("panel", ToTerminal, vec![pin(4, Some(8))]),
    ];
    let rows = rows(&chunks);
    assert_eq!(told(&rows)[1..], ["panel < key 1", "panel < key {pin#1}"]);
    let Row::Message(record) = &rows[0] else { panic!("{rows:?}") };
    assert_eq!(record.text(), "provisioning record, 4 lines");
    assert_eq!(record.details()[1], "factory-key={key factory kcv 72EBA303}");
}

#[test]
fn what_was_begun_before_a_cut_or_a_reset_is_broken_off() {
    let chunks = [
        chunk("modem", FromTerminal, "AT+CI"),
        chunk("panel", FromTerminal, &SCREEN[..30]),
        chunk("note", FromTerminal, "power cut"),
        chunk("note", FromTerminal, "power on"),
        chunk("panel", FromTerminal, BOOT),
        chunk("modem", FromTerminal, "AT\rAT+C"),
        chunk("panel", FromTerminal, &SCREEN[..30]),
        chunk("note", FromTerminal, "reset by the rig"),
        chunk("panel", FromTerminal, BOOT),
        chunk("modem", FromTerminal, "AT\r"),
    ];
    let booted = "panel > booted: version 0.1.0, boot 1, keyed, emulated entropy";
    let screen = "panel > broken off: \\u{1b}[2J\\u{1b}[?25l\\u{1b}[1;1H\\u{1b}[KPAYRIG T1\\u{1b}[";
    assert_eq!(
        told(&rows(&chunks)),
        [
            "-- power cut",
            "-- power on",
            screen,
            booted,
            "modem > broken off: AT+CI",
            "modem > AT",
            "-- reset by the rig",
            screen,
            booted,
            "modem > broken off: AT+C",
            "modem > AT",
        ]
    );
}

#[test]
fn a_record_that_pauses_is_given_up() {
    let mut transcript = Transcript::new(dialect());
    let mut press = |n, seconds, text: &str| {
        let at = Duration::from_secs(seconds);
        let event =
            Event { n, at, line: "panel".into(), direction: ToTerminal, data: pieces(text.as_bytes()) };
        told(&transcript.push(&Entry::Event(event)))
    };
    assert!(press(0, 0, "%PAYRIG").is_empty());
    assert!(press(1, 4, "-RECORD 1\n").is_empty());
    assert_eq!(press(2, 9, "1"), ["panel < broken off: %PAYRIG-RECORD 1\\n", "panel < key 1"]);
}

#[test]
fn withheld_bytes_are_counted() {
    assert_eq!(
        told(&rows(&[("slot", FromTerminal, vec![Piece::Withheld(6)])])),
        ["slot > <6 bytes withheld>"]
    );
}
