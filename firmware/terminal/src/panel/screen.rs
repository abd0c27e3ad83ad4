//! One screen's content: eight rows of 24 columns (INTERFACE.md, section 4).

use core::fmt::{self, Write};

use heapless::String;

use crate::life::Life;

/// Rows of the screen.
pub(crate) const ROWS: usize = 8;
/// Columns of the screen.
pub(crate) const COLUMNS: usize = 24;
/// Column, counted from 0, at which the message id begins.
const ID_COLUMN: usize = 20;

/// A row's text, at most as wide as the screen.
pub(crate) type Row = String<COLUMNS>;

/// The content of a screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Screen {
    rows: [Row; ROWS],
}

/// Keeps what fits into a row and drops the rest, so that a long value shortens itself and nothing else.
pub(crate) struct Clipped<'a>(pub(crate) &'a mut Row);

impl Write for Clipped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.0.push(character).is_err() {
                break;
            }
        }
        Ok(())
    }
}

impl Screen {
    /// A screen with the first row, a hint and a message id; the rows between are empty.
    pub(crate) fn new(life: Life, id: &str, hint: &str) -> Self {
        let mut screen = Self::default();
        let [first, .., last] = &mut screen.rows;
        let _ = write!(Clipped(first), "{:<12}{:>12}", "PAYRIG T1", life.title());
        let _ = write!(Clipped(last), "{hint:<ID_COLUMN$}{id}");
        screen
    }

    /// Sets a row, counted from 1 as in the interface.
    pub(crate) fn row(mut self, number: usize, text: fmt::Arguments<'_>) -> Self {
        if let Some(row) = number.checked_sub(1).and_then(|index| self.rows.get_mut(index)) {
            row.clear();
            let _ = Clipped(row).write_fmt(text);
        }
        self
    }

    /// Sets rows of fixed text from row 2 on.
    pub(crate) fn rows(self, texts: &[&str]) -> Self {
        texts.iter().zip(2..).fold(self, |screen, (text, number)| screen.row(number, format_args!("{text}")))
    }

    /// The rows' texts, from the top.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Screen;
    use crate::life::Life;
    use std::vec::Vec;

    #[test]
    fn first_and_last_row_fill_the_width() {
        let screen = Screen::new(Life::SignedOn, "M100", "Ready").rows(&["", "1 Sign on"]);
        let rows: Vec<_> = screen.texts().collect();
        assert_eq!(rows[0], "PAYRIG T1      SIGNED ON");
        assert_eq!(rows[2], "1 Sign on");
        assert_eq!(rows[7], "Ready               M100");
    }

    #[test]
    fn a_long_value_is_clipped_and_a_row_that_does_not_exist_is_ignored() {
        let screen = Screen::new(Life::Blank, "M010", "")
            .row(3, format_args!("{}", "x".repeat(60).as_str()))
            .row(0, format_args!("no"))
            .row(9, format_args!("no"));
        assert_eq!(screen.texts().nth(2), Some("x".repeat(24).as_str()));
        assert!(screen.texts().all(|text| text != "no"));
    }
}
