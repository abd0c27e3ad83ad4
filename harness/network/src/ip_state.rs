//! The states of the module's data context and of its one connection.

use std::fmt;

/// The states that `AT+CIPSTATUS` tells (SIM800 Series AT Command Manual, 8.2.9, single connection).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IpState {
    /// Nothing is set.
    #[default]
    Initial,
    /// The access point is set.
    Start,
    /// The context is being activated.
    Config,
    /// The context is active.
    GprsActive,
    /// The module knows its address.
    Status,
    /// A connection is being opened.
    Connecting,
    /// A connection stands.
    Connected,
    /// A connection is being closed.
    Closing,
    /// The connection is closed; the context is active.
    Closed,
    /// The context was refused or lost.
    Deactivated,
}

impl IpState {
    /// Whether the context is active.
    #[must_use]
    pub const fn has_context(self) -> bool {
        matches!(
            self,
            Self::GprsActive
                | Self::Status
                | Self::Connecting
                | Self::Connected
                | Self::Closing
                | Self::Closed
        )
    }
}

impl fmt::Display for IpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Initial => "IP INITIAL",
            Self::Start => "IP START",
            Self::Config => "IP CONFIG",
            Self::GprsActive => "IP GPRSACT",
            Self::Status => "IP STATUS",
            Self::Connecting => "TCP CONNECTING",
            Self::Connected => "CONNECT OK",
            Self::Closing => "TCP CLOSING",
            Self::Closed => "TCP CLOSED",
            Self::Deactivated => "PDP DEACT",
        })
    }
}
