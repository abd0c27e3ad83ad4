//! What the terminal sends to its printer: a line on paper is a message, and so is whatever moves or asks for paper (INTERFACE.md, section
//! 13). How a line looks is part of it.

use payrig_operator::paper::{Command, EscPos};

use super::{Found, Meaning};

/// A line that goes on for longer is told in parts.
const LONGEST: usize = 4096;
/// What stands for a character that cannot be read.
const UNREADABLE: char = '\u{FFFD}';

/// Finds printed lines.
#[derive(Default)]
pub(super) struct Printing {
    stream: EscPos,
    /// How much of what has come the stream has seen.
    seen: usize,
    line: String,
}

impl Printing {
    pub(super) fn next(&mut self, bytes: &[u8]) -> Option<Found> {
        while let Some(byte) = bytes.get(self.seen) {
            self.seen += 1;
            let mut told = None;
            for spoken in self.stream.push(&[*byte]) {
                // The first byte of a character or a command may be read with the one behind it.
                told = self.hear(spoken.command).or(told);
            }
            let told = told.or_else(|| (self.seen >= LONGEST).then(|| self.with_line("goes on")));
            if let Some(text) = told {
                return Found::new(std::mem::take(&mut self.seen), Meaning::Printed(text));
            }
        }
        None
    }

    /// What is to be told now.
    fn hear(&mut self, command: Command) -> Option<String> {
        match command {
            Command::Print(c) => self.line.push(c),
            Command::Unreadable(_) => self.line.push(UNREADABLE),
            Command::Line if self.line.is_empty() => return Some("prints a blank line".into()),
            Command::Line => return Some(format!("prints: {}", std::mem::take(&mut self.line).trim_end())),
            Command::Feed(lines) => return Some(self.with_line(&format!("feeds {lines} lines"))),
            Command::Cut => return Some(self.with_line("cuts")),
            Command::PaperStatus => return Some(self.with_line("is there paper?")),
            Command::PrintedStatus => return Some(self.with_line("is it printed?")),
            Command::Unknown(bytes) => self.line.push_str(&unknown(&bytes)),
            Command::Initialise | Command::Chinese(_) | Command::Align(_) | Command::Size(_) => {}
        }
        None
    }

    /// What is told, behind what stands in the line buffer.
    fn with_line(&mut self, what: &str) -> String {
        match std::mem::take(&mut self.line) {
            line if line.is_empty() => what.to_owned(),
            line => format!("{line}; {what}"),
        }
    }
}

/// A command that nobody knows, as its bytes.
fn unknown(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("<{digits}>")
}
