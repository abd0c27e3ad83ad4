//! How a transaction ends without an approval.

use super::screens::Stopped;
use crate::diagnosis::{Cause, Diagnosis};
use crate::modem::link::Trouble;
use crate::sign_on::flow::Stop;
use crate::stores::StoreFault;

/// Why a transaction ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The operator stopped it, or did nothing for too long.
    Stopped(Stopped),
    /// It failed, and whether it is due to be reversed.
    Failed(Diagnosis, ToBeReversed),
    /// The sign-on before it.
    SignOn(Stop),
    /// A store failed.
    Store(StoreFault),
}

/// Whether a transaction is due to be reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToBeReversed {
    Yes,
    No,
}

impl Failure {
    /// The host declines.
    pub(crate) fn declined(code: [u8; 2]) -> Self {
        Self::Failed(Cause::declined(code), ToBeReversed::No)
    }

    /// Whether the way to the host failed before anything went out.
    pub(super) fn is_of_the_way(&self) -> bool {
        matches!(self, Self::Failed(diagnosis, ToBeReversed::No) if diagnosis.cause.is_of_the_way())
    }

    /// A failure before anything went out.
    pub(crate) fn harmless(cause: Cause) -> Self {
        Self::Failed(cause.bare(), ToBeReversed::No)
    }
}

impl From<StoreFault> for Failure {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::SignOn(stop)
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

/// Trouble on the way to the host, before the request.
impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Cancelled => Self::Stopped(Stopped::Cancelled),
            Trouble::Failed(diagnosis) => Self::Failed(diagnosis, ToBeReversed::No),
        }
    }
}
