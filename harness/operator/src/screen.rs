//! A whole screen of the panel.

use std::{array, fmt};

/// Rows of the panel (INTERFACE.md, section 4).
pub const ROWS: u16 = 8;
/// Columns of the panel.
pub const COLUMNS: u16 = 24;
/// The first column of the message id, from 0.
const ID_COLUMN: u16 = 20;

/// What the panel shows: 8 rows of 24 columns, a wide character in two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The rows' text, without blanks at the end.
    pub rows: [String; ROWS as usize],
    /// The message id in columns 21 to 24 of row 8; empty on a screen without one.
    pub message_id: String,
    /// Columns of each row that its text leaves blank at the end.
    blank: [usize; ROWS as usize],
}

impl Screen {
    /// The bytes that draw it on a VT100 as the terminal would (INTERFACE.md, section 4).
    #[must_use]
    pub fn drawn(&self) -> String {
        let rows = self.rows.iter().enumerate();
        let rows: String =
            rows.map(|(at, row)| format!("\x1b[{};1H\x1b[K{}", at + 1, row.trim_end())).collect();
        format!("\x1b[2J\x1b[?25l{rows}\x1b[?25h")
    }

    /// A blank screen, as the panel has it before the terminal draws.
    #[must_use]
    pub fn blank() -> Self {
        Self {
            rows: array::from_fn(|_| String::new()),
            message_id: String::new(),
            blank: [COLUMNS.into(); ROWS as usize],
        }
    }

    pub(crate) fn capture(screen: &vt100::Screen) -> Self {
        let rows: [String; ROWS as usize] = array::from_fn(|row| text(screen, row, 0));
        let blank = array::from_fn(|row| {
            let padded = rows.get(row).map_or("", String::as_str);
            padded.len() - padded.trim_end_matches(' ').len()
        });
        Self {
            rows: rows.map(|row| row.trim_end_matches(' ').to_owned()),
            message_id: text(screen, usize::from(ROWS) - 1, ID_COLUMN).trim().to_owned(),
            blank,
        }
    }
}

/// Draws the screen in a frame.
impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edge = "-".repeat(COLUMNS.into());
        writeln!(f, "+{edge}+")?;
        for (row, blank) in self.rows.iter().zip(self.blank) {
            writeln!(f, "|{row}{}|", " ".repeat(blank))?;
        }
        write!(f, "+{edge}+")
    }
}

/// A row's text from a column on, with a blank for each empty cell, so that columns line up.
fn text(screen: &vt100::Screen, row: usize, from: u16) -> String {
    let row = u16::try_from(row).unwrap_or(u16::MAX);
    let cells = (from..COLUMNS).filter_map(|column| screen.cell(row, column));
    cells
        .filter(|cell| !cell.is_wide_continuation())
        .map(|cell| if cell.has_contents() { cell.contents() } else { " " })
        .collect()
}
