//! Rows of a transcript on the person's window.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use payrig_bench::{Meaning, Message, Row};
use payrig_tape::{About, Direction, Note};

use crate::out::{plain, say};

/// Where the lines below a row begin, behind time and line.
const INDENT: &str = "                          ";

/// How rows are shown.
pub(super) struct Show {
    verbose: bool,
}

impl Show {
    /// With `verbose`, host messages and records are shown with all their fields.
    pub(super) const fn new(verbose: bool) -> Self {
        Self { verbose }
    }

    /// A tape begins.
    pub(super) fn begins(&self, about: &About, tape: &Path) {
        let style = Style::new().bold();
        let folder = tape.parent().unwrap_or(tape).display();
        say!("{style}{} on {}{style:#}  {folder}", plain(&about.case), plain(&about.rig));
    }

    /// A row; `case` stands before it where several tapes are shown at once.
    pub(super) fn row(&self, case: Option<&str>, row: &Row) {
        let case = case.map(|case| format!("{} ", plain(case))).unwrap_or_default();
        match row {
            Row::Note(note) => Self::note(&case, note),
            Row::Message(message) => self.message(&case, message),
        }
    }

    fn note(case: &str, note: &Note) {
        let style = Style::new().dimmed();
        let mut lines = note.text.lines();
        let (kind, first) = (plain(&note.kind), plain(lines.next().unwrap_or_default()));
        let at = note.at.as_secs_f64();
        say!("{case}{at:>9.3}  {:<9} {style}-- {kind}: {first}{style:#}", "");
        for line in lines {
            say!("{INDENT}{style}{}{style:#}", plain(line));
        }
    }

    fn message(&self, case: &str, message: &Message) {
        let style = style_of(message);
        let arrow = match message.direction {
            Direction::FromTerminal => "->",
            Direction::ToTerminal => "<-",
        };
        let (at, line) = (message.at.as_secs_f64(), plain(&message.line));
        let (text, details) = match &message.meaning {
            Meaning::Screen(screen) => (format!("screen {}", screen.message_id), message.details()),
            _ if self.verbose => (message.text(), message.details()),
            _ => (message.text(), Vec::new()),
        };
        say!("{case}{at:>9.3}  {style}{line:<9}{style:#} {arrow} {style}{text}{style:#}");
        for detail in details {
            say!("{INDENT}{style}{detail}{style:#}");
        }
    }
}

/// A colour for each line; red for what is not as it should be.
fn style_of(message: &Message) -> Style {
    let colour = match (&message.meaning, message.line.as_str()) {
        (Meaning::Broken | Meaning::BadBoot(_), _) => AnsiColor::Red,
        (_, "panel") => AnsiColor::Green,
        (_, "modem") => AnsiColor::Cyan,
        (_, "host") => AnsiColor::Yellow,
        _ => AnsiColor::Magenta,
    };
    Style::new().fg_color(Some(colour.into()))
}
