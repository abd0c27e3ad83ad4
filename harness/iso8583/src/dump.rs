//! An explanation laid out in columns.

use std::borrow::Cow;
use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::explain::{Block, Explanation};
use crate::meaning::Detail;

/// An [`Explanation`] with ANSI colours; nothing else differs from the plain one.
#[derive(Clone, Copy, Debug)]
pub struct Styled<'e>(&'e Explanation);

impl Explanation {
    /// The explanation for a terminal that shows colours.
    #[must_use]
    pub const fn styled(&self) -> Styled<'_> {
        Styled(self)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Dump::new(self, false).write(f)
    }
}

impl fmt::Display for Styled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Dump::new(self.0, true).write(f)
    }
}

const DIM: Style = Style::new().dimmed();
const LABEL: Style = AnsiColor::Cyan.on_default();
const NAME: Style = Style::new().bold();
const VALUE: Style = Style::new();
const MEANING: Style = AnsiColor::Green.on_default();
const NOTE: Style = AnsiColor::Yellow.on_default();
const ERROR: Style = AnsiColor::Red.on_default().bold();

const OFFSET_COLUMN: usize = 4;
const LABEL_COLUMN: usize = 5;

/// A run of characters of one style.
type Run<'t> = (Style, Cow<'t, str>);

struct Dump<'e> {
    explanation: &'e Explanation,
    styled: bool,
    per_line: usize,
    name_column: usize,
    text_column: usize,
}

impl<'e> Dump<'e> {
    fn new(explanation: &'e Explanation, styled: bool) -> Self {
        let name_column = explanation.details().map(|d| d.name.chars().count()).max().unwrap_or(0);
        let left =
            |per_line: usize| OFFSET_COLUMN + 2 + per_line * 3 + 1 + LABEL_COLUMN + 2 + name_column + 2;
        let per_line = if explanation.width >= left(8) + 28 { 8 } else { 4 };
        let text_column = explanation.width.saturating_sub(left(per_line)).max(16);
        Self { explanation, styled, per_line, name_column, text_column }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = Detail {
            label: "field".to_owned(),
            name: "name".to_owned(),
            value: "value".to_owned(),
            meaning: String::new(),
        };
        let mut line = vec![(DIM, format!("{:>OFFSET_COLUMN$}", "byte").into()), GAP];
        line.extend([(DIM, format!("{:<width$}", "bytes", width = self.bytes_column()).into()), GAP]);
        line.extend(self.lines_of(&heading).into_iter().flatten());
        self.line(f, &line)?;
        for block in &self.explanation.blocks {
            self.block(f, block)?;
        }
        for note in &self.explanation.notes {
            self.line(f, &[(NOTE, format!("note: {note}").into())])?;
        }
        match &self.explanation.error {
            Some(error) => self.line(f, &[(ERROR, format!("error: {error}").into())]),
            None => Ok(()),
        }
    }

    const fn bytes_column(&self) -> usize {
        self.per_line * 3 - 1
    }

    /// Bytes run down on the left while the text runs down on the right.
    fn block(&self, f: &mut fmt::Formatter<'_>, block: &Block) -> fmt::Result {
        let details = std::iter::once(&block.what).chain(&block.parts);
        let mut text = details.flat_map(|d| self.lines_of(d));
        let mut cells = block.cells.as_str();
        for line in 0.. {
            let (now, later) = cells.split_at_checked(self.per_line * 2).unwrap_or((cells, ""));
            let text = text.next();
            if now.is_empty() && text.is_none() && line > 0 {
                break;
            }
            let offset = match now.is_empty() && line > 0 {
                true => " ".repeat(OFFSET_COLUMN),
                false => format!("{:>OFFSET_COLUMN$}", block.offset + line * self.per_line),
            };
            let mut runs = vec![(DIM, offset.into()), GAP, (VALUE, self.spaced(now).into()), GAP];
            runs.extend(text.unwrap_or_default());
            self.line(f, &runs)?;
            cells = later;
        }
        Ok(())
    }

    /// Hex as bytes with spaces between them, as wide as its column.
    fn spaced(&self, hex: &str) -> String {
        let mut text = String::with_capacity(self.bytes_column());
        for (i, digit) in hex.chars().enumerate() {
            if i > 0 && i.is_multiple_of(2) {
                text.push(' ');
            }
            text.push(digit);
        }
        text.extend(std::iter::repeat_n(' ', self.bytes_column().saturating_sub(text.len())));
        text
    }

    /// Label, name, value and meaning in their columns, wrapped.
    fn lines_of<'d>(&self, detail: &'d Detail) -> Vec<Vec<Run<'d>>> {
        let label = format!("{:<LABEL_COLUMN$}  ", detail.label);
        let name = format!("{:<width$}  ", detail.name, width = self.name_column);
        let mut lines = vec![vec![(LABEL, label.into()), (NAME, name.into())]];
        let indented = |lines: &mut Vec<Vec<Run<'d>>>, style: Style, text: Cow<'d, str>| {
            let blank = " ".repeat(LABEL_COLUMN + 2 + self.name_column + 2);
            lines.push(vec![(VALUE, blank.into()), (style, text)]);
        };
        let mut used = 0;
        for (i, piece) in wrapped(&detail.value, self.text_column).into_iter().enumerate() {
            used = piece.chars().count();
            match lines.first_mut() {
                Some(first) if i == 0 => first.push((VALUE, piece)),
                _ => indented(&mut lines, VALUE, piece),
            }
        }
        let gap = if used == 0 { 0 } else { 2 };
        let fits = used + gap + detail.meaning.chars().count() <= self.text_column;
        if let Some(last) = lines.last_mut().filter(|_| fits) {
            last.extend([(VALUE, " ".repeat(gap).into()), (MEANING, detail.meaning.as_str().into())]);
            return lines;
        }
        for piece in wrapped(&detail.meaning, self.text_column) {
            indented(&mut lines, MEANING, piece);
        }
        lines
    }

    /// Writes a line without spaces at its end.
    fn line(&self, f: &mut fmt::Formatter<'_>, runs: &[Run<'_>]) -> fmt::Result {
        let last = runs.iter().rposition(|(_, text)| !text.trim_end().is_empty());
        for (i, (style, text)) in runs.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
            let text = if Some(i) == last { text.trim_end() } else { text };
            if self.styled && !text.trim().is_empty() {
                write!(f, "{style}{text}{style:#}")?;
            } else {
                f.write_str(text)?;
            }
        }
        writeln!(f)
    }
}

const GAP: Run<'static> = (VALUE, Cow::Borrowed("  "));

/// `text` in lines of at most `width` characters, broken at spaces where there are any. At least one line.
fn wrapped(text: &str, width: usize) -> Vec<Cow<'_, str>> {
    let mut lines = Vec::new();
    let mut rest = text;
    // The byte where the character begins that is one too many.
    while let Some((cut, _)) = rest.char_indices().nth(width) {
        let (line, beyond) = rest.split_at(cut);
        let space = if beyond.starts_with(' ') { Some(cut) } else { line.rfind(' ') }.filter(|at| *at > 0);
        let (line, tail) = rest.split_at(space.unwrap_or(cut));
        lines.push(line.into());
        rest = if space.is_some() { tail.strip_prefix(' ').unwrap_or(tail) } else { tail };
    }
    lines.push(rest.into());
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn long_text_breaks_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrapped("sign-on, double-length keys", 20), ["sign-on,", "double-length keys"]);
        assert_eq!(wrapped("sign on again", 4), ["sign", "on", "agai", "n"]);
        assert_eq!(wrapped("AAAABBBBCC", 4), ["AAAA", "BBBB", "CC"]);
        assert_eq!(wrapped("äöüß ä", 4), ["äöüß", "ä"]);
        assert_eq!(wrapped("", 4), [""]);
    }
}
