//! The byte streams between a terminal and its world.

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

/// A byte stream in both directions. Reading yields what the terminal sent.
pub trait LineStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> LineStream for T {}

/// A line, whatever carries it.
pub type BoxLine = Box<dyn LineStream>;

/// The five lines of the terminal (INTERFACE.md, section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineName {
    /// Keypad in, VT100 screen out.
    Panel,
    /// AT commands and data.
    Modem,
    /// ISO 7816-3 characters with escaped control.
    Slot,
    /// PN532 frames.
    Antenna,
    /// Framed events in, receipt printer out.
    FrontEnd,
}

impl LineName {
    /// All lines in the order of the board's UARTs.
    pub const ALL: [Self; 5] = [Self::Panel, Self::Modem, Self::Slot, Self::Antenna, Self::FrontEnd];

    /// The line's name on the tape and in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Modem => "modem",
            Self::Slot => "slot",
            Self::Antenna => "antenna",
            Self::FrontEnd => "front-end",
        }
    }
}

impl fmt::Display for LineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// All lines of a powered board. They end when its power is cut.
pub struct Lines {
    /// Keypad in, VT100 screen out.
    pub panel: BoxLine,
    /// AT commands and data.
    pub modem: BoxLine,
    /// ISO 7816-3 characters with escaped control.
    pub slot: BoxLine,
    /// PN532 frames.
    pub antenna: BoxLine,
    /// Framed events in, receipt printer out.
    pub front_end: BoxLine,
}

impl Lines {
    /// The lines in the order of [`LineName::ALL`].
    pub(crate) fn in_order([panel, modem, slot, antenna, front_end]: [BoxLine; 5]) -> Self {
        Self { panel, modem, slot, antenna, front_end }
    }
}
