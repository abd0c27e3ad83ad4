//! The panel line: boot lines and screens one way, keys and provisioning records the other (INTERFACE.md, sections 2 to 5).

use payrig_operator::{PanelEvent, PanelStream};
use payrig_tape::{Direction, PieceQueue};

use super::{Found, Meaning, Reader};

/// What a boot line begins with.
const MARKER: &[u8] = b"PAYRIG-TERMINAL ";
/// What opens a provisioning record, and what its last line begins with.
const RECORD: u8 = b'%';
const RECORD_END: &[u8] = b"%END";
/// More than a record may have: what goes on longer is none.
const LONGEST_RECORD: usize = 4096;

/// Finds boot lines, screens, keys and records.
#[derive(Default)]
pub(super) struct PanelReader {
    stream: PanelStream,
    /// How much of what has come the stream has seen.
    seen: usize,
    after_return: bool,
}

impl Reader for PanelReader {
    fn next(&mut self, direction: Direction, come: &PieceQueue) -> Option<Found> {
        match direction {
            Direction::FromTerminal => self.shown(come.bytes()),
            Direction::ToTerminal => self.pressed(come),
        }
    }

    fn restart(&mut self, direction: Direction) {
        match direction {
            Direction::FromTerminal => (self.stream, self.seen) = (PanelStream::default(), 0),
            Direction::ToTerminal => self.after_return = false,
        }
    }
}

impl PanelReader {
    fn shown(&mut self, bytes: &[u8]) -> Option<Found> {
        while let Some(byte) = bytes.get(self.seen) {
            self.seen += 1;
            if let Some(event) = self.stream.push(&[*byte]).pop() {
                let bytes = &bytes[..std::mem::take(&mut self.seen)];
                return Some(self.found(event, bytes));
            }
        }
        None
    }

    /// The event that the last of `bytes` completed.
    fn found(&mut self, event: PanelEvent, bytes: &[u8]) -> Found {
        let all = bytes.len();
        let begins = bytes.windows(MARKER.len()).position(|window| window == MARKER).unwrap_or(0);
        match event {
            PanelEvent::Screen(screen) => {
                Found { broken: 0, bytes: all, meaning: Meaning::Screen(Box::new(screen)) }
            }
            PanelEvent::Boot(boot) => {
                Found { broken: begins, bytes: all - begins, meaning: Meaning::Boot(boot) }
            }
            PanelEvent::BadBoot(error) => {
                // A boot line that another one cut off ends where that one begins.
                let next = if bytes[begins + 1..].ends_with(MARKER) { MARKER.len() } else { 0 };
                self.seen = next;
                let meaning = Meaning::BadBoot(error.to_string());
                Found { broken: begins, bytes: all - begins - next, meaning }
            }
        }
    }

    fn pressed(&mut self, come: &PieceQueue) -> Option<Found> {
        let bytes = come.bytes();
        if let Some(token) = come.first_token() {
            let ends = token.nibbles.div_ceil(2);
            let open = token.of.is_some_and(|of| token.from + token.nibbles < of) && ends >= bytes.len();
            let key = || Found::new(ends.max(1), Meaning::Key(token.to_string()));
            return if open { None } else { key() };
        }
        let first = *bytes.first()?;
        if first == RECORD {
            return record_length(bytes).and_then(|bytes| Found::new(bytes, Meaning::Record));
        }
        let line_feed_of_return = std::mem::replace(&mut self.after_return, first == b'\r') && first == b'\n';
        let name = if line_feed_of_return { "(line feed)".to_owned() } else { key_name(first) };
        Found::new(1, Meaning::Key(name))
    }
}

/// The length of the record with which the bytes begin, once its last line is whole.
fn record_length(bytes: &[u8]) -> Option<usize> {
    let mut begins = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        begins += line.len();
        if line.starts_with(RECORD_END) && line.ends_with(b"\n") {
            return Some(begins);
        }
    }
    (bytes.len() > LONGEST_RECORD).then_some(LONGEST_RECORD)
}

/// INTERFACE.md, section 3.
fn key_name(byte: u8) -> String {
    match byte {
        b'0'..=b'9' => char::from(byte).to_string(),
        b'A'..=b'F' | b'a'..=b'f' => char::from(byte).to_ascii_uppercase().to_string(),
        b'*' => "up".to_owned(),
        b'#' => "down".to_owned(),
        b'\r' | b'\n' => "confirm".to_owned(),
        0x08 | 0x7F => "clear".to_owned(),
        0x1B => "cancel".to_owned(),
        other => format!("(none: {other:02x})"),
    }
}
