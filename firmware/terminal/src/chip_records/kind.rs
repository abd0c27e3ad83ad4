//! The kinds of record that there are several of, and the slots that each has.

use core::ops::Range;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Application,
    CaKey,
    Revocation,
    Issuer,
    Exception,
}

/// Slots in all.
pub(super) const SLOTS: usize = 120;

impl Kind {
    /// Its slots: as many as there is room for records of the kind (INTERFACE.md, section 5).
    pub(super) fn slots(self) -> Range<usize> {
        match self {
            Self::Application => 0..16,
            Self::CaKey => 16..40,
            Self::Revocation => 40..56,
            Self::Issuer => 56..88,
            Self::Exception => 88..SLOTS,
        }
    }
}
