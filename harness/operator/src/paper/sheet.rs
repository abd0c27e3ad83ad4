//! The copy that the printer is at.

use super::receipt::{CutShort, NotUnderstood, PrintedLine, Receipt};

/// Paper that was not cut off yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    /// The byte of the stream at which the copy begins.
    begins: Option<u64>,
    lines: Vec<PrintedLine>,
    notes: Vec<NotUnderstood>,
}

impl Sheet {
    /// Something of the copy came at this byte.
    pub(super) fn goes_on_at(&mut self, at: u64) {
        self.begins.get_or_insert(at);
    }

    pub(super) fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    pub(super) fn print(&mut self, line: PrintedLine) {
        self.lines.push(line);
    }

    /// Bytes that were not understood, at this byte of the stream.
    pub(super) fn note(&mut self, at: u64, bytes: Vec<u8>) {
        let at = at - self.begins.unwrap_or(at).min(at);
        match self.notes.last_mut() {
            Some(last) if last.at + last.bytes.len() as u64 == at => last.bytes.extend(bytes),
            _ => self.notes.push(NotUnderstood { at, bytes }),
        }
    }

    /// The copy, if there is anything of it.
    pub(super) fn receipt(self, cut_short: Option<CutShort>) -> Option<Receipt> {
        let Self { lines, notes, .. } = self;
        (!lines.is_empty() || !notes.is_empty()).then_some(Receipt { lines, notes, cut_short })
    }
}
