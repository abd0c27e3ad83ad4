//! Why a record was refused.

/// A reason of the interface's table, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Crc,
    UnknownKey,
    BadValue,
    KeyMissing,
    ProvisionedAlready,
    Kcv,
    TooLong,
    Timeout,
    NotProvisioned,
    Twice,
    Store,
}

impl Reason {
    /// The reason as M012 shows it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Crc => "R01 CRC",
            Self::UnknownKey => "R02 unknown key",
            Self::BadValue => "R03 bad value",
            Self::KeyMissing => "R04 key missing",
            Self::ProvisionedAlready => "R05 provisioned already",
            Self::Kcv => "R06 KCV",
            Self::TooLong => "R07 too long",
            Self::Timeout => "R08 timeout",
            Self::NotProvisioned => "R09 not provisioned",
            Self::Twice => "R10 twice",
            Self::Store => "R11 store",
        }
    }
}

/// A reason and the line that is to blame, counted from 1; 0 where none is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) line: u16,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, line: u16) -> Self {
        Self { reason, line }
    }
}
