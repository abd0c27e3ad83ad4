//! What a receipt printer is told.

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Centre,
    /// At the right edge.
    Right,
}

/// How many times as wide and as high as usual a character is, each 1 to 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Times the usual width.
    pub width: u8,
    /// Times the usual height.
    pub height: u8,
}

impl Default for Size {
    fn default() -> Self {
        Self { width: 1, height: 1 }
    }
}

/// A command of ESC/POS, as far as receipts need it (INTERFACE.md, section 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `ESC @`: style and character set as at power-on; what stands in the line buffer is forgotten.
    Initialise,
    /// `FS &`, `FS .`: GB18030 from here on, or no longer.
    Chinese(bool),
    /// `ESC a n`.
    Align(Align),
    /// `GS ! n`.
    Size(Size),
    /// A character for the line buffer.
    Print(char),
    /// Bytes that are no character, or one that no cell of the paper can show.
    Unreadable(Vec<u8>),
    /// LF: prints the line buffer.
    Line,
    /// `ESC d n`: prints the line buffer and feeds so many lines.
    Feed(u8),
    /// `GS V`.
    Cut,
    /// `DLE EOT 4`: asks for paper, and is answered at once, whatever the printer is doing.
    PaperStatus,
    /// `GS r 1`: asks for paper, and is answered when everything before it is printed.
    PrintedStatus,
    /// A command that is none of these.
    Unknown(Vec<u8>),
}

/// A command, and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Its first byte, counted from 0 at the first byte that the reader took.
    pub at: u64,
    /// Its bytes.
    pub length: usize,
    /// What it says.
    pub command: Command,
}
