//! The modem's line: commands and data one way, answers and data the other (INTERFACE.md, section 7).

use payrig_tape::{Direction, PieceQueue};

use super::{Found, Meaning, Reader, meaning::printable};

const ESCAPE: u8 = 0x1B;
/// What the modem says before data.
const PROMPT: &[u8] = b"> ";

/// Finds command lines, answers and data.
#[derive(Default)]
pub(super) struct ModemReader {
    /// The length that the last command announced.
    announced: Option<usize>,
    /// Bytes that the modem waits for.
    awaited: usize,
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
        let ends = bytes.iter().position(|byte| *byte == b'\r')? + 1;
        let line = bytes[..ends].trim_ascii();
        let length = line.strip_prefix(b"AT+CIPSEND=").and_then(|length| str::from_utf8(length).ok());
        self.announced = length.and_then(|length| length.parse::<u16>().ok()).map(usize::from);
        Found::new(ends, Meaning::Command(masked(&String::from_utf8_lossy(line))))
    }

    fn answer(&mut self, bytes: &[u8]) -> Option<Found> {
        let begins = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
        let rest = &bytes[begins..];
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
        Found::new(begins + ends + line_end, Meaning::Answer(printable(&String::from_utf8_lossy(line))))
    }
}

/// The length of the header `+IPD,n:` and n, where the bytes begin with one.
fn data_header(bytes: &[u8]) -> Option<(usize, usize)> {
    let rest = bytes.strip_prefix(b"+IPD,")?;
    let digits = rest.iter().position(|byte| *byte == b':')?;
    let length: u16 = str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    Some((b"+IPD,".len() + digits + 1, length.into()))
}

/// A command line without the digits of a SIM's PIN.
fn masked(line: &str) -> String {
    let names_pin = line.to_ascii_uppercase().contains("+CPIN=");
    printable(line).chars().map(|c| if names_pin && c.is_ascii_digit() { '*' } else { c }).collect()
}

/// Whether this line of the modem says that a connection begins or ends: what comes over the host's line is of another.
pub(super) fn begins_or_ends_connection(answer: &str) -> bool {
    ["CONNECT OK", "CLOSED", "CLOSE OK", "SHUT OK", "+PDP: DEACT"].contains(&answer)
}
