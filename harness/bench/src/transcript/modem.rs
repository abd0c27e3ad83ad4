//! The modem's line: commands and data one way, answers and data the other (INTERFACE.md, sections 7, 14 and 15).

use payrig_tape::{Direction, PieceQueue};

use super::{Found, Meaning, Reader, meaning::printable};

const ESCAPE: u8 = 0x1B;
/// The bytes that begin a frame on a telephone line, and ask for it again.
const STX: u8 = 0x02;
const NAK: u8 = 0x15;
/// What leads a line modem from data back to commands.
const TO_COMMANDS: &[u8] = b"+++";
/// What the modem says before data.
const PROMPT: &[u8] = b"> ";

/// Finds command lines, answers and data.
#[derive(Default)]
pub(super) struct ModemReader {
    /// The length that the last command announced.
    announced: Option<usize>,
    /// Bytes that the modem waits for.
    awaited: usize,
    /// Whether a line modem has a call: frames go both ways.
    online: bool,
}

impl Reader for ModemReader {
    fn next(&mut self, direction: Direction, come: &PieceQueue) -> Option<Found> {
        match direction {
            Direction::FromTerminal => self.command(come.bytes()),
            Direction::ToTerminal => self.answer(come.bytes()),
        }
    }

    fn restart(&mut self, direction: Direction) {
        if direction == Direction::FromTerminal {
            *self = Self::default();
        }
    }
}

impl ModemReader {
    fn command(&mut self, bytes: &[u8]) -> Option<Found> {
        if self.awaited > 0 {
            let whole = bytes.len() >= self.awaited;
            return whole
                .then(|| std::mem::take(&mut self.awaited))
                .and_then(|n| Found::new(n, Meaning::Data(n)));
        }
        if bytes.first() == Some(&ESCAPE) {
            return Found::new(1, Meaning::Command("ESC".to_owned()));
        }
        if bytes.starts_with(TO_COMMANDS) {
            self.online = false;
            return Found::new(TO_COMMANDS.len(), Meaning::Command("+++".to_owned()));
        }
        if self.online && matches!(bytes.first(), Some(&(STX | NAK))) {
            return frame(bytes);
        }
        let ends = bytes.iter().position(|byte| *byte == b'\r')? + 1;
        let line = bytes[..ends].trim_ascii();
        let length = line.strip_prefix(b"AT+CIPSEND=").or_else(|| line.strip_prefix(b"AT+QISEND=0,"));
        let length = length.and_then(|length| str::from_utf8(length).ok());
        self.announced = length.and_then(|length| length.parse::<u16>().ok()).map(usize::from);
        Found::new(ends, Meaning::Command(masked(&String::from_utf8_lossy(line))))
    }

    fn answer(&mut self, bytes: &[u8]) -> Option<Found> {
        let begins = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
        let rest = &bytes[begins..];
        if self.online && matches!(rest.first(), Some(&(STX | NAK))) {
            return frame(rest).map(|found| Found { bytes: begins + found.bytes, ..found });
        }
        if let Some((header, length)) = data_header(rest) {
            let whole = rest.len() >= header + length;
            return if whole { Found::new(begins + header + length, Meaning::Data(length)) } else { None };
        }
        if rest.starts_with(PROMPT)
            && let Some(announced) = self.announced.take()
        {
            self.awaited = announced;
            return Found::new(begins + PROMPT.len(), Meaning::Prompt(announced));
        }
        if rest.first() == Some(&ESCAPE) {
            return Found::new(begins + 1, Meaning::Echo);
        }
        let ends = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
        let line = &rest[..ends];
        // No answer begins like a command; an echo ends as the command does.
        if line.starts_with(b"AT") {
            return Found::new(begins + ends + 1, Meaning::Echo);
        }
        let line_end = match (rest[ends], rest.get(ends + 1)) {
            (b'\r', None) => return None,
            (b'\r', Some(b'\n')) => 2,
            _ => 1,
        };
        self.hear_of_call(line);
        Found::new(begins + ends + line_end, Meaning::Answer(printable(&String::from_utf8_lossy(line))))
    }
}

impl ModemReader {
    /// A line modem has a call, or has it no more.
    fn hear_of_call(&mut self, line: &[u8]) {
        match line {
            b"CONNECT" => self.online = true,
            b"NO CARRIER" | b"3" => self.online = false,
            line if line
                .strip_prefix(b"CONNECT ")
                .is_some_and(|rate| rate.iter().all(u8::is_ascii_digit)) =>
            {
                self.online = true;
            }
            _ => {}
        }
    }
}

/// A frame of a telephone line, as long as it says, or the byte that asks for one again.
fn frame(bytes: &[u8]) -> Option<Found> {
    if bytes.first() == Some(&NAK) {
        return Found::new(1, Meaning::Data(1));
    }
    let digits = bytes.get(1..3)?.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
    let message = digits.fold(0, |number, digit| number * 10 + usize::from(digit));
    let whole = 1 + 2 + message + 2;
    (bytes.len() >= whole).then(|| Found::new(whole, Meaning::Data(whole))).flatten()
}

/// The length of the header `+IPD,n:`, or `+QIURC: "recv",0,n` and its line end, and n, where the bytes begin with one.
fn data_header(bytes: &[u8]) -> Option<(usize, usize)> {
    let headers: [(&[u8], &[u8]); 2] = [(b"+IPD,", b":"), (b"+QIURC: \"recv\",0,", b"\r\n")];
    headers.into_iter().find_map(|(head, end)| {
        let rest = bytes.strip_prefix(head)?;
        let digits = rest.windows(end.len()).position(|window| window == end)?;
        let length: u16 = str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        Some((head.len() + digits + end.len(), length.into()))
    })
}

/// A command line without the digits of a SIM's PIN.
fn masked(line: &str) -> String {
    let names_pin = line.to_ascii_uppercase().contains("+CPIN=");
    printable(line).chars().map(|c| if names_pin && c.is_ascii_digit() { '*' } else { c }).collect()
}

/// Whether this line of the modem says that a connection begins or ends: what comes over the host's line is of another.
pub(super) fn begins_or_ends_connection(answer: &str) -> bool {
    const WORDS: [&str; 9] = [
        "CONNECT OK",
        "CLOSED",
        "CLOSE OK",
        "SHUT OK",
        "+PDP: DEACT",
        "+QIOPEN: 0,0",
        "+QIURC: \"closed\",0",
        "+QIURC: \"pdpdeact\",1",
        "NO CARRIER",
    ];
    WORDS.contains(&answer) || (answer.starts_with("CONNECT") && answer != "CONNECT FAIL")
}
