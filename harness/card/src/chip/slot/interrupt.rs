//! What breaks into a session with a card.

use std::io;

use crate::chip::CardFault;

/// Nothing: a session ends by an [`Interrupt`] only.
pub(in crate::chip) enum Never {}

/// Why a session, or a wait, ends.
pub(in crate::chip) enum Interrupt {
    VccOn,
    VccOff,
    RstLow,
    /// The bench put a card in.
    Inserted,
    /// The bench takes the card out.
    Removed,
    /// A fault pulls the card out.
    Pulled,
    /// The card does not go on.
    Card(CardFault),
    /// The terminal's side closed the line, or it broke.
    Ended(io::Result<()>),
}

impl From<CardFault> for Interrupt {
    fn from(fault: CardFault) -> Self {
        Self::Card(fault)
    }
}
