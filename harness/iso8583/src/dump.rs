//! An explanation laid out in columns.

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
type Run = (Style, String);

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
        let bytes = format!("{:<width$}", "bytes", width = self.per_line * 3 - 1);
        let text = self.lines_of(&heading).remove(0);
        self.line(f, (DIM, format!("{:>OFFSET_COLUMN$}", "byte")), (DIM, bytes), text)?;
        for block in &self.explanation.blocks {
            self.block(f, block)?;
        }
        for note in &self.explanation.notes {
            writeln!(f, "{}", self.paint(NOTE, &format!("note: {note}")))?;
        }
        match &self.explanation.error {
            Some(error) => writeln!(f, "{}", self.paint(ERROR, &format!("error: {error}"))),
            None => Ok(()),
        }
    }

    /// Bytes run down on the left while the text runs down on the right.
    fn block(&self, f: &mut fmt::Formatter<'_>, block: &Block) -> fmt::Result {
        let details = std::iter::once(&block.what).chain(&block.parts);
        let mut text = details.flat_map(|d| self.lines_of(d)).collect::<Vec<_>>().into_iter();
        let mut bytes = block.cells.chunks(self.per_line);
        for line in 0.. {
            let (cells, text) = (bytes.next(), text.next());
            if cells.is_none() && text.is_none() {
                break;
            }
            let offset = match cells {
                Some(_) => (block.offset + line * self.per_line).to_string(),
                None if line == 0 => block.offset.to_string(),
                None => String::new(),
            };
            let offset = format!("{offset:>OFFSET_COLUMN$}");
            let cells = cells.map(|c| c.join(" ")).unwrap_or_default();
            let cells = format!("{cells:<width$}", width = self.per_line * 3 - 1);
            self.line(f, (DIM, offset), (VALUE, cells), text.unwrap_or_default())?;
        }
        Ok(())
    }

    /// Label, name, value and meaning in their columns, wrapped.
    fn lines_of(&self, detail: &Detail) -> Vec<Vec<Run>> {
        let mut texts: Vec<Vec<Run>> =
            wrapped(&detail.value, self.text_column).into_iter().map(|l| vec![(VALUE, l)]).collect();
        if !detail.meaning.is_empty() {
            let used = texts.last().map_or(0, |l| l.iter().map(|r| r.1.chars().count()).sum::<usize>());
            let gap = if used == 0 { 0 } else { 2 };
            if used + gap + detail.meaning.chars().count() <= self.text_column
                && let Some(last) = texts.last_mut()
            {
                last.push((VALUE, " ".repeat(gap)));
                last.push((MEANING, detail.meaning.clone()));
            } else {
                texts.extend(
                    wrapped(&detail.meaning, self.text_column).into_iter().map(|l| vec![(MEANING, l)]),
                );
            }
        }
        let label = format!("{:<LABEL_COLUMN$}  ", detail.label);
        let name = format!("{:<width$}  ", detail.name, width = self.name_column);
        let blank = " ".repeat(LABEL_COLUMN + 2 + self.name_column + 2);
        let lead = |first: bool| match first {
            true => vec![(LABEL, label.clone()), (NAME, name.clone())],
            false => vec![(VALUE, blank.clone())],
        };
        texts.into_iter().enumerate().map(|(i, text)| [lead(i == 0), text].concat()).collect()
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, offset: Run, bytes: Run, text: Vec<Run>) -> fmt::Result {
        let gap = || (VALUE, "  ".to_owned());
        let mut runs = vec![offset, gap(), bytes, gap()];
        runs.extend(text);
        // No spaces at the end of a line.
        while let Some(last) = runs.last_mut() {
            let kept = last.1.trim_end().len();
            last.1.truncate(kept);
            if kept > 0 {
                break;
            }
            runs.pop();
        }
        for (style, text) in runs {
            f.write_str(&self.paint(style, &text))?;
        }
        writeln!(f)
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.styled && !text.trim().is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// `text` in lines of at most `width` characters, broken at spaces where there are any. At least one line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > width {
        let space = rest.iter().take(width + 1).rposition(|c| *c == ' ').filter(|at| *at > 0);
        let tail = rest.split_off(space.unwrap_or(width));
        lines.push(rest.into_iter().collect());
        rest = if space.is_some() { tail.into_iter().skip(1).collect() } else { tail };
    }
    lines.push(rest.into_iter().collect());
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn long_text_breaks_at_spaces_and_long_words_anywhere() {
        assert_eq!(
            wrapped("sign-on, double-length keys", 20),
            ["sign-on,", "double-length keys"].map(String::from)
        );
        assert_eq!(wrapped("AAAABBBBCC", 4), ["AAAA", "BBBB", "CC"].map(String::from));
        assert_eq!(wrapped("", 4), [String::new()]);
    }
}
