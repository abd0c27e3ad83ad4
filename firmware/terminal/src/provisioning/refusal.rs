//! Why a record was refused.

use crate::panel::text::Text;
use crate::panel::texts::provisioning;

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
    pub(crate) fn text(self) -> Text {
        match self {
            Self::Crc => provisioning::CRC,
            Self::UnknownKey => provisioning::UNKNOWN_KEY,
            Self::BadValue => provisioning::BAD_VALUE,
            Self::KeyMissing => provisioning::KEY_MISSING,
            Self::ProvisionedAlready => provisioning::PROVISIONED_ALREADY,
            Self::Kcv => provisioning::KCV,
            Self::TooLong => provisioning::TOO_LONG,
            Self::Timeout => provisioning::OVERDUE,
            Self::NotProvisioned => provisioning::NO_FACTORY_RECORD,
            Self::Twice => provisioning::TWICE,
            Self::Store => provisioning::STORE,
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
