//! A receipt printer, and what can be the matter with it.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    command::{Align, Command, Size, Spoken},
    escpos::EscPos,
    receipt::{CutShort, PrintedLine, Receipt, UNREADABLE},
    row::Row,
    sheet::Sheet,
};

/// How a printer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrinterState {
    /// It has paper.
    #[default]
    Ready,
    /// It has none: it prints nothing more.
    PaperOut,
    /// Its paper runs out after so many more lines, fed ones too; one in double height takes two.
    PaperOutAfter(u32),
    /// It prints nothing and answers nothing.
    Dead,
}

/// As a scenario has it.
impl fmt::Display for PrinterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("\"ready\""),
            Self::PaperOut => f.write_str("\"paper-out\""),
            Self::PaperOutAfter(lines) => write!(f, "{{ paper-out-after = {lines} }}"),
            Self::Dead => f.write_str("\"dead\""),
        }
    }
}

/// A receipt printer with a knife (INTERFACE.md, section 13). It takes no time.
///
/// A line for which there is no paper stays in the printer, and with it whatever comes behind it, `GS r 1` as well, which is
/// answered only when everything before it is on paper. Loading paper opens the printer, and what had stayed in it is lost.
#[derive(Clone, Debug, Default)]
pub struct Printer {
    state: PrinterState,
    stream: EscPos,
    align: Align,
    size: Size,
    row: Row,
    sheet: Sheet,
    /// A line waits for paper.
    waits: bool,
    receipts: Vec<Receipt>,
}

impl Printer {
    /// How it is now: of paper that runs out, what is left of it.
    #[must_use]
    pub fn state(&self) -> PrinterState {
        self.state
    }

    /// Loads paper, takes it away, switches the printer off for good or on.
    pub fn set_state(&mut self, state: PrinterState) {
        match (self.state, state) {
            (_, PrinterState::Dead) => self.die(),
            (PrinterState::Dead, _) => {}
            (before, after) if has_paper(after) && !has_paper(before) => {
                self.part_with_sheet(CutShort::PaperOut);
                self.row.take();
            }
            // More paper, or less, behind what is printed: the copy goes on.
            _ => {}
        }
        self.waits &= !has_paper(state);
        self.state = if state == PrinterState::PaperOutAfter(0) { PrinterState::PaperOut } else { state };
    }

    /// Takes what the terminal sent, in any chunks, and gives the bytes that answer it.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.state == PrinterState::Dead {
            return Vec::new();
        }
        let spoken = self.stream.push(bytes);
        spoken.into_iter().filter_map(|spoken| self.hear(spoken)).collect()
    }

    /// Everything that it has printed, in order. What it has begun and not cut off is the last one.
    #[must_use]
    pub fn receipts(&self) -> Vec<Receipt> {
        let begun = self.sheet.clone().receipt(Some(CutShort::NotCut));
        self.receipts.iter().cloned().chain(begun).collect()
    }

    fn hear(&mut self, Spoken { at, command, .. }: Spoken) -> Option<u8> {
        let paper = has_paper(self.state);
        match command {
            Command::PaperStatus => return Some(if paper { 0x12 } else { 0x72 }),
            _ if self.waits => {}
            Command::PrintedStatus => return Some(if paper { 0x00 } else { 0x0C }),
            other => self.obey(at, other),
        }
        None
    }

    fn obey(&mut self, at: u64, command: Command) {
        if command == Command::Initialise && self.sheet.has_lines() {
            self.part_with_sheet(CutShort::NotCut);
        }
        self.sheet.goes_on_at(at);
        match command {
            Command::Initialise => {
                self.row.take();
                (self.align, self.size) = Default::default();
            }
            Command::Align(align) => self.align = align,
            Command::Size(size) => self.size = size,
            Command::Print(c) => self.write(c),
            Command::Unreadable(bytes) => {
                self.sheet.note(at, bytes);
                self.write(UNREADABLE);
            }
            Command::Line => self.print_row(),
            Command::Feed(lines) => self.feed(lines),
            Command::Cut => self.cut(),
            Command::Unknown(bytes) => self.sheet.note(at, bytes),
            Command::Chinese(_) | Command::PaperStatus | Command::PrintedStatus => {}
        }
    }

    /// Puts a character into the line buffer; a full one is printed first.
    fn write(&mut self, c: char) {
        if self.row.is_full_for(c, self.size) {
            self.print_row();
        }
        if !self.waits {
            self.row.push(c, self.size, self.align);
        }
    }

    /// Feeding ends a line that is begun, which is the first of the lines fed.
    fn feed(&mut self, lines: u8) {
        let begun = u8::from(!self.row.is_empty());
        for _ in 0..lines.max(begun) {
            self.print_row();
        }
    }

    fn cut(&mut self) {
        self.feed(0);
        if !self.waits {
            self.receipts.extend(std::mem::take(&mut self.sheet).receipt(None));
        }
    }

    /// Prints the line buffer, where there is paper for it.
    fn print_row(&mut self) {
        let line = self.row.take();
        if self.waits {
            return;
        }
        if self.use_paper(&line) {
            self.sheet.print(line);
        } else {
            self.waits = true;
            self.part_with_sheet(CutShort::PaperOut);
        }
    }

    /// Moves the paper on by a line's height; no, where there is less left than that.
    fn use_paper(&mut self, line: &PrintedLine) -> bool {
        let left = match self.state {
            PrinterState::Ready => return true,
            PrinterState::PaperOut | PrinterState::Dead => return false,
            PrinterState::PaperOutAfter(left) => left.checked_sub(line.height().into()),
        };
        self.state = match left {
            None | Some(0) => PrinterState::PaperOut,
            Some(left) => PrinterState::PaperOutAfter(left),
        };
        left.is_some()
    }

    /// What is on paper of the copy is all that there will be.
    fn part_with_sheet(&mut self, why: CutShort) {
        let sheet = std::mem::take(&mut self.sheet);
        if sheet.has_lines() {
            self.receipts.extend(sheet.receipt(Some(why)));
        } else {
            self.sheet = sheet;
        }
    }

    /// What it has printed stays; everything else is as at power-on.
    fn die(&mut self) {
        let mut receipts = std::mem::take(&mut self.receipts);
        receipts.extend(std::mem::take(&mut self.sheet).receipt(Some(CutShort::PrinterDead)));
        *self = Self { receipts, ..Self::default() };
    }
}

fn has_paper(state: PrinterState) -> bool {
    matches!(state, PrinterState::Ready | PrinterState::PaperOutAfter(1..))
}
