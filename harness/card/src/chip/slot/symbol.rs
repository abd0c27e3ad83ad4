//! Characters and escaped signals from the terminal.

/// Opens a signal.
pub(in crate::chip) const ESCAPE: u8 = 0x10;

/// What comes from the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::chip) enum Symbol {
    Character(u8),
    /// The card's character before came with a parity error.
    ErrorSignal,
    Vcc(bool),
    Rst(bool),
}

impl Symbol {
    pub(super) const fn is_level(self) -> bool {
        matches!(self, Self::Vcc(_) | Self::Rst(_))
    }
}

/// Reads symbols byte by byte. An escape that means nothing is passed over.
#[derive(Default)]
pub(in crate::chip) enum SymbolReader {
    #[default]
    Plain,
    Escaped,
    Level(u8),
}

impl SymbolReader {
    pub(in crate::chip) fn push(&mut self, byte: u8) -> Option<Symbol> {
        match (std::mem::take(self), byte) {
            (Self::Plain, ESCAPE) => {
                *self = Self::Escaped;
                None
            }
            (Self::Plain, _) | (Self::Escaped, ESCAPE) => Some(Symbol::Character(byte)),
            (Self::Escaped, 0x45) => Some(Symbol::ErrorSignal),
            (Self::Escaped, 0x52 | 0x56) => {
                *self = Self::Level(byte);
                None
            }
            (Self::Escaped, _) => None,
            (Self::Level(contact), 0 | 1) => {
                Some(if contact == 0x56 { Symbol::Vcc(byte == 1) } else { Symbol::Rst(byte == 1) })
            }
            (Self::Level(_), _) => None,
        }
    }
}
