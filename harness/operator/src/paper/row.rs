//! A line that is not printed yet.

use super::{
    command::{Align, Size},
    receipt::{COLUMNS, PrintedLine, Run, cells},
};

/// The printer's line buffer.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    line: PrintedLine,
    /// Columns of the paper that it takes so far.
    width: usize,
}

impl Row {
    pub(super) fn is_empty(&self) -> bool {
        self.line.runs.is_empty()
    }

    /// Whether there is no room for another character.
    pub(super) fn is_full_for(&self, c: char, size: Size) -> bool {
        self.width + cells(c) * usize::from(size.width) > COLUMNS
    }

    /// Adds a character. Where a line stands is decided by its first one.
    pub(super) fn push(&mut self, c: char, size: Size, align: Align) {
        if self.is_empty() {
            self.line.align = align;
        }
        self.width += cells(c) * usize::from(size.width);
        match self.line.runs.last_mut() {
            Some(run) if run.size == size => run.text.push(c),
            _ => self.line.runs.push(Run { text: c.into(), size }),
        }
    }

    /// Takes the line; the buffer is empty behind it.
    pub(super) fn take(&mut self) -> PrintedLine {
        std::mem::take(self).line
    }
}
