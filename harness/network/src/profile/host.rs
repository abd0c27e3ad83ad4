//! The far end of connections.

use serde::Deserialize;

use crate::fault::{Break, BreakOf, Names};

/// The far end of connections.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Host {
    /// What comes of a connection.
    pub verdict: HostVerdict,
    /// The `<err>` of an EC20's `+QIOPEN` where the host is not reached; without one 566, or 569 where it is silent.
    pub ec20_error: Option<u16>,
    /// What comes of its name, where the terminal names it; an address needs no name server.
    #[serde(default)]
    pub names: Names,
    /// Where each connection breaks, if it does.
    pub breaks: Option<Break>,
    /// What breaks with it.
    #[serde(default)]
    pub break_of: BreakOf,
}

/// What comes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostVerdict {
    /// The uplink is asked to open it.
    Reach,
    /// Refused after the time that opening takes; the uplink is not asked.
    Refuse,
    /// No answer until `give-up`; the uplink is not asked.
    Silent,
}
