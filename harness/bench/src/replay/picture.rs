//! What was expected and what came, drawn for people: screens beside each other, commands as text, messages by their fields.

use std::{fmt::Write, iter::zip};

use payrig_iso8583::{Detail, Dialect, ExplainOptions, explain};
use payrig_operator::{PanelEvent, PanelStream, Screen};
use payrig_rig::LineName;
use payrig_tape::{PieceQueue, render};

use super::boot_line::MARKER;

/// Bytes that are shown before a difference, and from it on, on a line that has no better unit.
const BEFORE: usize = 12;
const AFTER: usize = 36;
/// The longest command that is shown whole.
const LONGEST: usize = 120;
/// Columns of a drawn screen.
const WIDTH: usize = 26;
const MARGIN: &str = "    ";

/// What a line was expected to carry in a boot.
pub(super) enum Side {
    /// These bytes.
    Bytes(PieceQueue),
    /// So many bytes, which were not recorded.
    Withheld(usize),
}

/// Both sides of a difference at byte `offset`. Their bytes hold no secrets.
pub(super) struct Both<'d> {
    pub expected: Side,
    pub found: PieceQueue,
    pub offset: usize,
    pub dialect: &'d Dialect,
}

impl Both<'_> {
    /// The picture.
    pub(super) fn picture(&self, line: LineName) -> String {
        let found = self.found.bytes();
        let Side::Bytes(expected) = &self.expected else {
            let Side::Withheld(bytes) = self.expected else { return String::new() };
            let came = found.len();
            return format!(
                "{MARGIN}expected  {bytes} bytes that were not recorded\n{MARGIN}found     {came} bytes"
            );
        };
        let special = match line {
            LineName::Panel => self.screens(expected.bytes(), found),
            LineName::Modem => self.message(expected.bytes(), found),
            LineName::Slot | LineName::Antenna | LineName::FrontEnd => None,
        };
        special.unwrap_or_else(|| {
            let [expected, found] = [expected, &self.found].map(|queue| excerpt(queue, self.offset));
            format!("{MARGIN}expected  {expected}\n{MARGIN}found     {found}")
        })
    }

    /// The screens in which the difference is, if there is one in whole screens.
    fn screens(&self, expected: &[u8], found: &[u8]) -> Option<String> {
        let line_begins =
            expected.get(..self.offset)?.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        if expected.get(line_begins..)?.starts_with(MARKER) {
            return None;
        }
        let nth = screens(expected.get(..self.offset)?).len();
        let side = |bytes| {
            let mut screens = screens(bytes);
            let whole = nth < screens.len();
            let shown = if whole { Some(screens.swap_remove(nth)) } else { screens.pop() };
            (whole, shown.unwrap_or_else(Screen::blank))
        };
        let ((drawn, expected), (redrawn, found)) = (side(expected), side(found));
        if expected == found || !(drawn || redrawn) {
            return None;
        }
        let left = if drawn { "expected" } else { "expected to stay" };
        let right = if redrawn { "found" } else { "found, still" };
        Some(beside((left, &expected), (right, &found)))
    }

    /// The fields that differ in a message to the host, if the difference is in one.
    fn message(&self, expected: &[u8], found: &[u8]) -> Option<String> {
        let within = |(start, length): &(usize, usize)| (*start..start + length).contains(&self.offset);
        let (start, length) = messages(expected).into_iter().find(within)?;
        let frame = expected.get(start..start + length)?;
        let came = found.get(start..found.len().min(start + length))?;
        let byte = self.offset - start;
        let mut text = format!("{MARGIN}in a message to the host, byte {byte} of {length}");
        let view = self.dialect.view(frame).ok();
        let field = view.as_ref().and_then(|view| view.fields().find(|f| (f.start..f.end).contains(&byte)));
        if let Some(field) = field {
            let _ = write!(text, ", in field {} ({})", field.field.number, field.field.name);
        }
        let explained = [frame, came].map(|frame| explain(self.dialect, frame, &ExplainOptions::default()));
        let [asked, sent] = &explained;
        let same = |a: &Detail, b: &Detail| (&a.label, &a.name) == (&b.label, &b.name);
        for detail in asked.details() {
            let other = sent.details().find(|other| same(detail, other));
            let value = other.map_or("-", |other| &other.value);
            if detail.value != value {
                let Detail { label, name, value: wanted, .. } = detail;
                let _ = write!(text, "\n{MARGIN}{label:<6} {name}: expected {wanted}, found {value}");
            }
        }
        if let Some(error) = sent.error() {
            let _ = write!(text, "\n{MARGIN}what came cannot be read whole: {error}");
        }
        Some(text)
    }
}

/// The messages among the bytes that a terminal sent to its modem: what follows `AT+CIPSEND=n` (INTERFACE.md, section 7), each with its
/// first byte and its length.
fn messages(bytes: &[u8]) -> Vec<(usize, usize)> {
    const SEND: &[u8] = b"AT+CIPSEND=";
    let mut messages = Vec::new();
    for at in 0..bytes.len() {
        let Some(rest) = bytes.get(at..).and_then(|rest| rest.strip_prefix(SEND)) else { continue };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = rest.get(..digits).and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        let (Some(length), Some(b'\r')) = (number, rest.get(digits)) else { continue };
        let start = at + SEND.len() + digits + 1;
        let announced = bytes.get(start..).and_then(<[u8]>::first_chunk).map(|two| u16::from_be_bytes(*two));
        // Without the modem's prompt no message follows.
        if announced.is_some_and(|announced| usize::from(announced) + 2 == length) {
            messages.push((start, length));
        }
    }
    messages
}

/// Every whole screen that these bytes draw.
fn screens(bytes: &[u8]) -> Vec<Screen> {
    let events = PanelStream::default().push(bytes).into_iter();
    events
        .filter_map(|event| match event {
            PanelEvent::Screen(screen) => Some(screen),
            PanelEvent::Boot(_) | PanelEvent::BadBoot(_) => None,
        })
        .collect()
}

/// Two screens beside each other; rows that differ are marked.
fn beside((left, expected): (&str, &Screen), (right, found): (&str, &Screen)) -> String {
    let mut text = format!("{MARGIN}{left:WIDTH$}     {right}");
    let (expected, found) = (expected.to_string(), found.to_string());
    for (expected, found) in zip(expected.lines(), found.lines()) {
        let mark = if expected == found { "     " } else { "  ≠  " };
        let _ = write!(text, "\n{MARGIN}{expected}{mark}{found}");
    }
    text
}

/// The bytes around `offset` as text, `»` before it: a command or a row where the line has such, else some bytes.
fn excerpt(queue: &PieceQueue, offset: usize) -> String {
    let bytes = queue.bytes();
    let offset = offset.min(bytes.len());
    let (before, after) = bytes.split_at(offset);
    let ends = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let readable =
        |bytes: &[u8]| bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let begins = before.iter().rposition(ends).map_or(0, |at| at + 1);
    let length = after.iter().position(ends).map_or(after.len(), |at| at + 1);
    let is_row =
        offset - begins + length <= LONGEST && bytes.get(begins..offset + length).is_some_and(readable);
    let (begins, length) = match is_row {
        true => (begins, length),
        false => (offset.saturating_sub(BEFORE), length.min(AFTER)),
    };
    let mut queue = queue.clone();
    queue.take(begins);
    let before = shown(&render(&queue.take(offset - begins)));
    let rest = queue.bytes().len();
    match rest {
        0 => format!("{before}» (nothing more)"),
        _ => format!(
            "{before}»{}{}",
            shown(&render(&queue.take(length))),
            if rest > length { " ..." } else { "" }
        ),
    }
}

/// Text with its control characters as escapes.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c.is_control() {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}
