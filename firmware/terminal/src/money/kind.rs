//! What a transaction is.

use crate::panel::text::Text;
use crate::panel::texts::money;

/// A transaction of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sale,
    Void,
    Balance,
}

impl Kind {
    /// Its name on every screen.
    pub(crate) fn name(self) -> Text {
        match self {
            Self::Sale => money::SALE,
            Self::Void => money::VOID,
            Self::Balance => money::BALANCE,
        }
    }

    /// Field 3.
    pub(crate) fn processing_code(self) -> &'static [u8; 6] {
        match self {
            Self::Sale => b"000000",
            Self::Void => b"200000",
            Self::Balance => b"310000",
        }
    }

    /// Field 60.1.
    pub(crate) fn message_type(self) -> &'static str {
        match self {
            Self::Sale => "22",
            Self::Void => "23",
            Self::Balance => "01",
        }
    }

    /// Whether money moves, so that a failure has to be reversed.
    pub(crate) fn moves_money(self) -> bool {
        self != Self::Balance
    }
}
