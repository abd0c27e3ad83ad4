//! How a card was presented.

/// How the card number came into the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryMode {
    /// Typed.
    Keyed,
    /// From the magnetic stripe.
    Stripe,
    /// From the chip.
    Chip,
    /// From the magnetic stripe of a card whose chip was not read.
    Fallback,
}

impl EntryMode {
    const ALL: [Self; 4] = [Self::Keyed, Self::Stripe, Self::Chip, Self::Fallback];

    /// Its number in the journal, 0 to 3.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The mode of a number.
    pub(crate) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Field 22.
    pub(crate) fn field_22(self, with_pin: bool) -> &'static [u8; 3] {
        match (self, with_pin) {
            (Self::Keyed, true) => b"011",
            (Self::Keyed, false) => b"012",
            (Self::Stripe | Self::Fallback, true) => b"021",
            (Self::Stripe | Self::Fallback, false) => b"022",
            (Self::Chip, true) => b"051",
            (Self::Chip, false) => b"052",
        }
    }

    /// Fields 60.4 and 60.5 of a sale or balance: what the terminal can read, and whether the chip was passed over.
    pub(crate) fn field_60_end(self) -> &'static str {
        match self {
            Self::Keyed | Self::Stripe => "",
            Self::Chip => "50",
            Self::Fallback => "52",
        }
    }

    /// Whether a stripe was read.
    pub(crate) fn is_swiped(self) -> bool {
        matches!(self, Self::Stripe | Self::Fallback)
    }

    /// What stands behind the card number on a receipt.
    pub(crate) fn mark(self) -> char {
        match self {
            Self::Keyed => 'M',
            Self::Stripe => 'S',
            Self::Chip => 'I',
            Self::Fallback => 'F',
        }
    }
}
