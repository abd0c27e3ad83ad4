//! What a printer has printed and cut.

use std::fmt;

use unicode_width::UnicodeWidthChar;

use super::{
    command::{Align, Size},
    picture, text,
};

/// Columns of the paper; a Chinese character takes two.
pub const COLUMNS: usize = 32;
/// What stands for bytes that cannot be read.
pub(super) const UNREADABLE: char = '\u{FFFD}';

/// A copy on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its lines, fed ones too.
    pub lines: Vec<PrintedLine>,
    /// What the printer did not understand.
    pub notes: Vec<NotUnderstood>,
    /// Why it is not whole; nothing where it was cut behind its last line.
    pub cut_short: Option<CutShort>,
}

/// A line on paper; one without text was fed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrintedLine {
    /// Where it stands.
    pub align: Align,
    /// Its text. Together no wider than the paper.
    pub runs: Vec<Run>,
}

/// Text of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The text, without any control character.
    pub text: String,
    /// How large it is.
    pub size: Size,
}

/// Why a copy is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutShort {
    /// The paper ran out before its end.
    PaperOut,
    /// The printer died before its end.
    PrinterDead,
    /// Nothing has cut it off so far, or another copy began behind it.
    NotCut,
}

/// Bytes that the printer did not understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// The first of them, counted from 0 at the copy's first byte.
    pub at: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Receipt {
    /// The copy as text of 32 columns. Larger characters are as wide as others, and a centred or right-aligned line stands where it
    /// would with those. Below it what is to be known besides: where it was cut, or why it was not, and what was not understood.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::of(self)
    }

    /// The copy as a picture: an SVG file that needs no other.
    #[must_use]
    pub fn to_svg(&self) -> String {
        picture::of(self)
    }

    /// The lines up to the last one with text, without those that were only fed behind it.
    pub(super) fn written(&self) -> &[PrintedLine] {
        let written = self.lines.iter().rposition(|line| !line.runs.is_empty());
        written.map_or(&[], |last| &self.lines[..=last])
    }
}

impl PrintedLine {
    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// How many usual lines of paper it takes.
    pub(super) fn height(&self) -> u8 {
        self.runs.iter().map(|run| run.size.height).max().unwrap_or(1)
    }

    /// Columns of the paper that it takes.
    pub(super) fn width(&self) -> usize {
        self.runs.iter().map(|run| columns(&run.text) * usize::from(run.size.width)).sum()
    }
}

/// Columns on the left of something that takes `width` of them.
pub(super) fn indent(align: Align, width: usize) -> usize {
    let free = COLUMNS.saturating_sub(width);
    match align {
        Align::Left => 0,
        Align::Centre => free / 2,
        Align::Right => free,
    }
}

/// Columns that a text takes in the usual size.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// One column or two. What is wide on Chinese paper only is wide.
pub(super) fn cells(c: char) -> usize {
    if c == UNREADABLE { 1 } else { c.width_cjk().unwrap_or(1) }
}

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PaperOut => "the paper ran out",
            Self::PrinterDead => "the printer died",
            Self::NotCut => "it was not cut off",
        })
    }
}

impl fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: not understood:", self.at)?;
        self.bytes.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
    }
}
