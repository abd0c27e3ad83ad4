//! What a message says.

use std::fmt::Write;

use payrig_card::chip::SlotMeaning;
use payrig_operator::{BootLine, Screen};
use payrig_tape::{Piece, render};

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The terminal booted.
    Boot(BootLine),
    /// A line that begins like a boot line and is none: what is wrong with it.
    BadBoot(String),
    /// A whole screen.
    Screen(Box<Screen>),
    /// A key was pressed: its name, or the token of what was typed.
    Key(String),
    /// A provisioning record.
    Record,
    /// A command to the modem.
    Command(String),
    /// The modem repeats what it heard.
    Echo,
    /// A line of the modem.
    Answer(String),
    /// The modem waits for so many bytes.
    Prompt(usize),
    /// So many bytes for the host or from it.
    Data(usize),
    /// A message to the host or from it.
    Host {
        /// What it is.
        title: String,
        /// Its fields, a line each.
        fields: Vec<String>,
    },
    /// What terminal and chip card say to each other: an answer to reset, a command, a status, a block.
    Slot(SlotMeaning),
    /// A signal of the slot, or an event at the front end.
    Signal(String),
    /// What went to the printer: a line on paper, or what moves or asks for it.
    Printed(String),
    /// Bytes that are no message.
    Bytes,
    /// The beginning of a message whose end never came.
    Broken,
}

impl Meaning {
    /// In a line; `pieces` is what went over the line.
    pub(super) fn text(&self, pieces: &[Piece]) -> String {
        match self {
            Self::Boot(boot) => format!(
                "booted: version {}, boot {}, {}, {} entropy",
                boot.version, boot.boot, boot.state, boot.entropy
            ),
            Self::BadBoot(why) => why.clone(),
            Self::Screen(screen) => screen_text(screen),
            Self::Key(key) => format!("key {key}"),
            Self::Record => format!("provisioning record, {} lines", self.details(pieces).len()),
            Self::Command(line) | Self::Answer(line) | Self::Signal(line) => line.clone(),
            Self::Slot(said) => said.to_string(),
            // Where a secret was printed, its token is told, and nothing that stands in for it.
            Self::Printed(_) if pieces.iter().any(|piece| matches!(piece, Piece::Token(_))) => {
                format!("prints: {}", escaped(pieces))
            }
            Self::Printed(text) => printable(text),
            Self::Echo => format!("echo {}", escaped(pieces).trim_end_matches("\\r")),
            Self::Prompt(bytes) => format!("> waits for {bytes} bytes"),
            Self::Data(bytes) => format!("({bytes} bytes)"),
            Self::Host { title, .. } => title.clone(),
            Self::Bytes => in_hex(pieces),
            Self::Broken => format!("broken off: {}", escaped(pieces)),
        }
    }

    pub(super) fn details(&self, pieces: &[Piece]) -> Vec<String> {
        match self {
            Self::Screen(screen) => screen.to_string().lines().map(str::to_owned).collect(),
            Self::Record => render(pieces).lines().map(|line| line.escape_debug().to_string()).collect(),
            Self::Host { fields, .. } => {
                let tokens = pieces.iter().filter(|piece| matches!(piece, Piece::Token(_)));
                fields.iter().cloned().chain(tokens.map(|token| format!("   holds {token}"))).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A screen in a line: its message id and the rows below the first that are not blank.
fn screen_text(screen: &Screen) -> String {
    let rows = screen.rows[1..].iter().map(|row| row.trim_end_matches(&*screen.message_id).trim());
    let rows: Vec<_> = rows.filter(|row| !row.is_empty()).collect();
    format!("screen {}: {}", screen.message_id, rows.join(" / "))
}

/// Text with every character that is not for the eye escaped: what stands on a line must not steer a person's window.
pub(super) fn escaped(pieces: &[Piece]) -> String {
    let escaped = |piece: &Piece| match piece {
        Piece::Text(text) => printable(text),
        other => other.to_string(),
    };
    pieces.iter().map(escaped).collect()
}

/// As [`escaped`], of a text.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::new();
    for c in text.chars() {
        if c.is_control() {
            printable.extend(c.escape_default());
        } else {
            printable.push(c);
        }
    }
    printable
}

/// Bytes in hex, tokens as they are.
fn in_hex(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(readable) => readable.bytes().for_each(|byte| {
                let _ = write!(text, "{byte:02x}");
            }),
            Piece::Hex(digits) => text.push_str(digits),
            other => text.push_str(&other.to_string()),
        }
    }
    text
}
