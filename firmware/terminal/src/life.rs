//! The states of a terminal's life.

use crate::panel::text::Text;
use crate::panel::texts::life;

/// A state of the terminal's life, from the bare board to a terminal with working keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Nothing provisioned.
    Blank,
    /// Device id and factory key.
    Factory,
    /// A TMK, no working keys.
    Keyed,
    /// Working keys.
    SignedOn,
    /// The tamper switch was opened.
    Tampered,
}

impl Life {
    /// The state's name in the boot line.
    pub(crate) fn boot_name(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Factory => "factory",
            Self::Keyed => "keyed",
            Self::SignedOn => "signed-on",
            Self::Tampered => "tampered",
        }
    }

    /// The state's name in the first row of every screen.
    pub(crate) fn title(self) -> Text {
        match self {
            Self::Blank => life::BLANK,
            Self::Factory => life::FACTORY,
            Self::Keyed => life::KEYED,
            Self::SignedOn => life::SIGNED_ON,
            Self::Tampered => life::TAMPERED,
        }
    }
}
