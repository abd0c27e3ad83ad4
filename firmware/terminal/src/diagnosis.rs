//! Why a sign-on failed, and what the operator is told (INTERFACE.md, section 4, errors).

use core::fmt::Write;

use crate::panel::screen::{Clipped, Row};

/// The detail under a cause: a modem's answer, a code, a field.
pub(crate) type Detail = Row;

/// A cause with its detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    pub(crate) cause: Cause,
    pub(crate) detail: Detail,
}

/// The causes of the interface's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    ModemSilent,
    NoSim,
    SimLocked,
    SimDamaged,
    NoSignal,
    SimRefused,
    NoDataService,
    HostNotReachable,
    ConnectionLost,
    HostSilent,
    ModemFault,
    MerchantUnknown,
    TerminalNotAllowed,
    TerminalNotProven,
    RefusedByHost,
    KeyCheckFailed,
    KeyFieldLength,
    NotOurs,
    Malformed,
    KeysNotFresh,
    NoMasterKey,
    KeystoreFailed,
    JournalFailed,
    Tampered,
}

/// What a cause's screen says.
pub(crate) struct Text {
    pub(crate) id: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) advice: [&'static str; 2],
}

impl Cause {
    /// With a detail; what does not fit on its row is cut.
    pub(crate) fn with(self, detail: core::fmt::Arguments<'_>) -> Diagnosis {
        let mut row = Detail::new();
        let _ = Clipped(&mut row).write_fmt(detail);
        Diagnosis { cause: self, detail: row }
    }

    /// Without a detail.
    pub(crate) fn bare(self) -> Diagnosis {
        Diagnosis { cause: self, detail: Detail::new() }
    }

    /// Whether the sign-on is tried again.
    pub(crate) fn is_tried_again(self) -> bool {
        matches!(self, Self::HostNotReachable | Self::ConnectionLost | Self::HostSilent)
    }

    /// Whether the next try needs a new context.
    pub(crate) fn spoils_context(self) -> bool {
        matches!(self, Self::HostNotReachable | Self::ConnectionLost)
    }

    /// Whether the screen belongs to a sign-on, and says so.
    pub(crate) fn is_of_sign_on(self) -> bool {
        !matches!(self, Self::KeystoreFailed | Self::JournalFailed | Self::Tampered)
    }

    /// The cause's texts.
    pub(crate) fn text(self) -> Text {
        const KEPT: [&str; 2] = ["Old keys kept,", "call the acquirer"];
        let (id, cause, advice) = match self {
            Self::ModemSilent => ("E201", "Modem does not answer", ["Call the agent", ""]),
            Self::NoSim => ("E202", "No SIM card", ["Insert the SIM card,", "try again"]),
            Self::SimLocked => ("E203", "SIM is locked", ["Call the agent", ""]),
            Self::SimDamaged => ("E204", "SIM or slot damaged", ["Reseat the SIM, then", "call the agent"]),
            Self::NoSignal => ("E205", "No network signal", ["Move to open ground,", "try again"]),
            Self::SimRefused => ("E206", "SIM refused by network", ["Call the operator", ""]),
            Self::NoDataService => ("E207", "No data service", ["Check the SIM's credit,", "then try again"]),
            Self::HostNotReachable => ("E208", "Host not reachable", ["Try again later", ""]),
            Self::ConnectionLost => ("E209", "Connection lost", ["Try again", ""]),
            Self::HostSilent => ("E210", "Host does not answer", ["Try again later", ""]),
            Self::ModemFault => ("E220", "Modem fault", ["Call the agent", ""]),
            Self::MerchantUnknown => ("E301", "Merchant unknown", ["Call the acquirer", ""]),
            Self::TerminalNotAllowed => ("E302", "Terminal not allowed", ["Call the acquirer", ""]),
            Self::TerminalNotProven => ("E303", "Terminal not proven", ["Call the acquirer", ""]),
            Self::RefusedByHost => ("E304", "Refused by host", ["Call the acquirer", ""]),
            Self::KeyCheckFailed => ("E310", "Key check failed", KEPT),
            Self::KeyFieldLength => ("E311", "Key field length wrong", KEPT),
            Self::NotOurs => ("E312", "Answer is not ours", KEPT),
            Self::Malformed => ("E313", "Answer malformed", KEPT),
            Self::KeysNotFresh => ("E314", "Keys not fresh", KEPT),
            Self::NoMasterKey => ("E320", "No master key", ["Load the master key", ""]),
            Self::KeystoreFailed => ("E401", "Key store failed", ["Call the agent", ""]),
            Self::JournalFailed => ("E402", "Journal failed", ["Call the agent", ""]),
            Self::Tampered => ("E900", "TAMPERED", ["Keys erased,", "call the agent"]),
        };
        Text { id, cause, advice }
    }
}

#[cfg(test)]
mod tests {
    use super::Cause;

    #[test]
    fn a_long_detail_is_cut_to_a_row() {
        let long = "+CME ERROR: ".repeat(20);
        assert_eq!(Cause::ModemFault.with(format_args!("{long}")).detail, long[..24]);
    }
}
