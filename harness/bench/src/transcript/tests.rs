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

fn pan_token() -> Piece {
    Piece::Token(Token {
        name: "pan#1".into(),
        kind: SecretKind::Pan,
        show: "621234******1232".into(),
        form: payrig_tape::Form::Bcd,
        case: None,
        from: 0,
        nibbles: 16,
        of: None,
    })
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
    "slot < broken off: <3b65101010500110>",
])]
#[case::slot_t0(vec![
    chunk("slot", FromTerminal, b"\x10\x56\x01\x10\x52\x01"),
    chunk("slot", ToTerminal, b"\x3b\x00"),
    chunk("slot", FromTerminal, b"\x00\xa4\x04\x00\x02"),
    chunk("slot", ToTerminal, b"\xa4"),
    chunk("slot", FromTerminal, b"\x3f\x10\x10"),
    chunk("slot", ToTerminal, b"\x60\x61\x10\x10"),
    // A secret's bytes are told by their number, wherever they are cut.
    chunk("slot", FromTerminal, b"\x00\xc0\x00\x00\x0a"),
    ("slot", ToTerminal, [pieces(b"\xc0\x5a\x08"), vec![pan_token()]].concat()),
    chunk("slot", ToTerminal, b"\x90\x00"),
    chunk("slot", FromTerminal, b"\x10\x52\x00\x10\x56\x00"),
], &[
    "slot > VCC on",
    "slot > RST high",
    "slot < ATR T=0",
    "slot > SELECT 00A4040002",
    "slot < procedure byte A4",
    "slot > data, 2 bytes",
    "slot < NULL",
    "slot < 6110, 16 bytes to fetch",
    "slot > GET RESPONSE 00C000000A",
    "slot < procedure byte C0",
    "slot < data, 10 bytes",
    "slot < 9000, done",
    "slot > RST low",
    "slot > VCC off",
])]
#[case::slot_t1(vec![
    chunk("slot", FromTerminal, b"\x10\x56\x01\x10\x52\x01"),
    chunk("slot", ToTerminal, b"\x3b\x80\x01\x81"),
    chunk("slot", FromTerminal, b"\x00\x00\x05\x00\xb2\x01\x0c\x00\xba"),
    // Its EDC is of the secret itself, which nobody knows here.
    ("slot", ToTerminal, [pieces(b"\x00\x00\x0c\x5a\x08"), vec![pan_token()], pieces(b"\x90\x00\x55")].concat()),
], &[
    "slot > VCC on",
    "slot > RST high",
    "slot < ATR T=1",
    "slot > I(0), 5 bytes: READ RECORD 00B2010C",
    "slot < I(0), 12 bytes: 9000, done",
])]
#[case::slot_reset(vec![
    chunk("slot", FromTerminal, b"\x10\x56\x01\x10\x52\x01"),
    chunk("slot", ToTerminal, b"\x3b\x68\x00"),
    chunk("note", FromTerminal, "reset by the rig"),
    chunk("slot", FromTerminal, b"\x10\x52\x00\x10\x56\x00\x10\x56\x01\x10\x52\x01"),
    chunk("slot", ToTerminal, b"\x3b\x00"),
], &[
    "slot > VCC on",
    "slot > RST high",
    "-- reset by the rig",
    "slot > RST low",
    "slot > VCC off",
    "slot > VCC on",
    "slot > RST high",
    "slot < 3b6800",
    "slot < ATR T=0",
])]
#[case::ec20(vec![
    chunk("modem", FromTerminal, "AT+QISEND=0,3\r"),
    chunk("modem", ToTerminal, "\r\n> "),
    chunk("modem", FromTerminal, b"\x00\x01\r"),
    chunk("modem", ToTerminal, b"\r\nSEND OK\r\n\r\n+QIURC: \"recv\",0,2\r\n\r\n\r\n+QIURC: \"closed\",0\r\n"),
], &[
    "modem > AT+QISEND=0,3",
    "modem < > waits for 3 bytes",
    "modem > (3 bytes)",
    "modem < SEND OK",
    "modem < (2 bytes)",
    "modem < +QIURC: \"closed\",0",
])]
#[case::line(vec![
    chunk("modem", FromTerminal, "ATDT95516\r"),
    chunk("modem", ToTerminal, "\r\nCONNECT 2400\r\n"),
    chunk("modem", FromTerminal, b"\x02\x00\x03a\rb\x03\x11"),
    chunk("modem", ToTerminal, b"\x15\x02\x00\x01\r\x03\x0f\r\nNO CARRIER\r\n"),
    chunk("modem", FromTerminal, "ATH\r"),
], &[
    "modem > ATDT95516",
    "modem < CONNECT 2400",
    "modem > (8 bytes)",
    "modem < (1 bytes)",
    "modem < (6 bytes)",
    "modem < NO CARRIER",
    "modem > ATH",
])]
#[case::front_end(vec![
    chunk("front-end", ToTerminal, b"\xff\xa5\x02\x00\x01\x01\x4a\xb8"),
    chunk("front-end", ToTerminal, b"\xa5\x02\x00\x01\x01\x4a\xb9\xa5\x01"),
    chunk("front-end", FromTerminal, b"\x1b@"),
], &[
    "front-end < ff",
    "front-end < tamper switch open",
    "front-end < a5020001014ab9",
    "front-end > broken off: \\u{1b}@",
    "front-end < broken off: <a501>",
])]
// The flux is a secret: zeros stand for it.
#[case::swipe(vec![
    chunk("front-end", ToTerminal, b"\xa5\x03\x00\x07\x02\x00\x00\x00\x00\x00\x00\x12\x34"),
    chunk("front-end", ToTerminal, b"\xa5\x03\x00\x03\x02\x00\x01\x12\x34"),
], &[
    "front-end < stripe, track 2: 3 flux transitions",
    "front-end < a50300030200011234",
])]
#[case::printer(vec![
    chunk("front-end", FromTerminal, b"\x10\x04\x04"),
    chunk("front-end", ToTerminal, b"\xa5\x05\x00\x01\x12\x39\xc7"),
    chunk("front-end", FromTerminal, b"\x1b@\x1c&\x1ba\x01\x1d!\x11POS\xc7\xa9\xb9\xba\xb5\xa5\n\x1d!\x00\n\x1bE\x01AMOUNT\x07\n"),
    chunk("front-end", FromTerminal, b"begun\x1bd\x04\x1dVB\x00\x1dr\x01"),
    chunk("front-end", ToTerminal, b"\xa5\x05\x00\x01\x00\x0b\xb4\xa5\x05\x00\x01\x0c\xca\x38"),
    chunk("front-end", ToTerminal, b"\xa5\x05\x00\x01\x72\x55\x61\xa5\x05\x00\x01\x55\x01\xe4"),
], &[
    "front-end > is there paper?",
    "front-end < printer: has paper",
    "front-end > prints: POS签购单",
    "front-end > prints a blank line",
    "front-end > prints: <1b4501>AMOUNT<07>",
    "front-end > begun; feeds 4 lines",
    "front-end > cuts",
    "front-end > is it printed?",
    "front-end < printer: printed",
    "front-end < printer: printed, paper out",
    "front-end < printer: paper out",
    "front-end < printer: 55",
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

/// Where a card number went to paper, its token is told, and no digits that were not printed so.
#[test]
fn a_secret_on_paper_is_told() {
    let pan = Piece::Token(Token {
        name: "pan#1".into(),
        kind: SecretKind::Pan,
        show: "621234******1232".into(),
        form: payrig_tape::Form::Ascii,
        case: None,
        from: 0,
        nibbles: 32,
        of: None,
    });
    let line = [pieces(b"CARD "), vec![pan], pieces(b"\n")].concat();
    let told = told(&rows(&[("front-end", FromTerminal, line)]));
    assert_eq!(told, ["front-end > prints: CARD {pan#1 621234******1232 ascii}\\n"]);
}

#[test]
fn withheld_bytes_are_counted() {
    assert_eq!(
        told(&rows(&[("slot", FromTerminal, vec![Piece::Withheld(6)])])),
        ["slot > <6 bytes withheld>"]
    );
}
