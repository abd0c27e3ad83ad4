//! One screen's content: eight rows of 24 columns (INTERFACE.md, section 4).

use core::fmt::{self, Display, Write};

use heapless::String;

use super::text::Text;
use super::width;
use crate::language::Language;
use crate::life::Life;

/// Rows of the screen.
pub(crate) const ROWS: usize = 8;
/// Columns of the screen.
pub(crate) const COLUMNS: usize = 24;
/// Column, counted from 0, at which the message id begins.
const ID_COLUMN: usize = 20;
/// Bytes of a row at most: a character of two columns takes three.
pub(crate) const ROW_BYTES: usize = COLUMNS / 2 * 3;

/// A row's text, at most as wide as the screen.
pub(crate) type Row = String<ROW_BYTES>;

/// What every screen says in its first row, and the language that it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) life: Life,
    pub(crate) language: Language,
}

/// The content of a screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Screen {
    language: Language,
    rows: [Row; ROWS],
}

/// Keeps what fits into a row's columns and drops the rest, so that a long value shortens itself and nothing else.
pub(crate) struct Clipped<'a>(pub(crate) &'a mut Row);

impl Write for Clipped<'_> {
    /// # Errors
    /// When the row is full, so that nothing behind what was dropped is written either.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut taken = width::of_text(self.0);
        for character in text.chars() {
            taken += width::of_character(character);
            if taken > COLUMNS || self.0.push(character).is_err() {
                return Err(fmt::Error);
            }
        }
        Ok(())
    }
}

impl Screen {
    /// A screen with the first row, a hint and a message id; the rows between are empty.
    pub(crate) fn new(head: Head, id: &str, hint: Text) -> Self {
        let Head { life, language } = head;
        let mut screen = Self { language, ..Self::default() };
        let [first, .., last] = &mut screen.rows;
        let title = life.title().of(language);
        let _ = write_apart(first, "PAYRIG T1", title, COLUMNS - width::of_text(title));
        let _ = write_apart(last, hint.of(language), id, ID_COLUMN);
        screen
    }

    /// Sets a row, counted from 1 as in the interface, to what is the same in every language.
    pub(crate) fn row(mut self, number: usize, text: fmt::Arguments<'_>) -> Self {
        if let Some(row) = self.cleared(number) {
            let _ = Clipped(row).write_fmt(text);
        }
        self
    }

    /// Sets a row to a text.
    pub(crate) fn text(self, number: usize, text: Text) -> Self {
        self.filled(number, text, &[])
    }

    /// Sets a row to a text with values in its places.
    pub(crate) fn filled(mut self, number: usize, text: Text, values: &[&dyn Display]) -> Self {
        let language = self.language;
        if let Some(row) = self.cleared(number) {
            let _ = text.fill(language, values, &mut Clipped(row));
        }
        self
    }

    /// Sets rows of text from row 2 on.
    pub(crate) fn texts(self, texts: &[Text]) -> Self {
        texts.iter().zip(2..).fold(self, |screen, (text, number)| screen.text(number, *text))
    }

    fn cleared(&mut self, number: usize) -> Option<&mut Row> {
        let row = self.rows.get_mut(number.checked_sub(1)?)?;
        row.clear();
        Some(row)
    }

    /// The rows, from the top.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(String::as_str)
    }
}

/// Two texts in a row, the second one from a column on, counted from 0.
fn write_apart(row: &mut Row, first: &str, second: &str, column: usize) -> fmt::Result {
    Clipped(row).write_str(first)?;
    let gap = column.saturating_sub(width::of_text(row));
    write!(Clipped(row), "{:gap$}{second}", "")
}

#[cfg(test)]
mod tests {
    use super::{Clipped, Head, Row, Screen};
    use crate::language::Language;
    use crate::life::Life;
    use crate::panel::text::{NOTHING, Text};
    use crate::panel::texts::hints::{ANY_KEY, READY};
    use crate::panel::texts::sign_on::SIGNED_ON;
    use std::fmt::Write;
    use std::vec::Vec;

    const ENGLISH: Head = Head { life: Life::SignedOn, language: Language::English };
    const CHINESE: Head = Head { life: Life::SignedOn, language: Language::Chinese };

    #[test]
    fn first_and_last_row_fill_the_width() {
        let screen = Screen::new(ENGLISH, "M100", READY).texts(&[NOTHING, SIGNED_ON]);
        let rows: Vec<_> = screen.rows().collect();
        assert_eq!(rows[0], "PAYRIG T1      SIGNED ON");
        assert_eq!(rows[2], "Signed on");
        assert_eq!(rows[7], "Ready               M100");
    }

    /// A Chinese character takes two columns, so that fewer blanks stand before what is right-aligned.
    #[test]
    fn a_chinese_screen_keeps_the_columns() {
        let screen = Screen::new(CHINESE, "M111", ANY_KEY).texts(&[NOTHING, SIGNED_ON]);
        let rows: Vec<_> = screen.rows().collect();
        assert_eq!(rows[0], "PAYRIG T1         已签到");
        assert_eq!(rows[2], "签到成功");
        assert_eq!(rows[7], "按任意键            M111");
    }

    #[test]
    fn a_long_value_is_clipped_and_a_row_that_does_not_exist_is_ignored() {
        let screen = Screen::new(ENGLISH, "M010", NOTHING)
            .row(3, format_args!("{}", "x".repeat(60).as_str()))
            .row(0, format_args!("no"))
            .row(9, format_args!("no"));
        assert_eq!(screen.rows().nth(2), Some("x".repeat(24).as_str()));
        assert!(screen.rows().all(|text| text != "no"));
    }

    /// Twelve characters fill a row; a thirteenth, or half of it, has no room, and nothing takes the place behind it.
    #[test]
    fn a_row_is_clipped_by_columns_and_not_by_bytes() {
        let mut row = Row::new();
        assert!(Clipped(&mut row).write_str(&"签".repeat(13)).is_err());
        assert_eq!(row, "签".repeat(12).as_str());
        let odd = Text { en: "", zh: "x«n»y" };
        let screen = Screen::new(CHINESE, "M010", NOTHING).filled(3, odd, &[&"签".repeat(12)]);
        assert_eq!(screen.rows().nth(2), Some(std::format!("x{}", "签".repeat(11)).as_str()));
    }
}
