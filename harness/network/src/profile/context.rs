//! The data context.

use std::net::Ipv4Addr;

use serde::Deserialize;

/// The data context.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Context {
    /// Whether the network grants it.
    pub verdict: ContextVerdict,
    /// The `+CME ERROR` with which it is refused; a bare `ERROR` where there is none.
    pub error: Option<u16>,
    /// The same of an EC20. A code of its own (550 to 599) is told by `AT+QIGETERROR` behind a bare `ERROR`, another as `+CME ERROR`;
    /// without one it is 561, "open PDP context failed".
    pub ec20_error: Option<u16>,
    /// The only access point that the network knows, where it knows one only: with another the context is refused when it is activated.
    pub access_point: Option<String>,
    /// The address that the module gets.
    pub address: Ipv4Addr,
}

impl Context {
    /// No context: a line modem's.
    pub(crate) fn none() -> Self {
        Self {
            verdict: ContextVerdict::RefuseAtCstt,
            error: None,
            ec20_error: None,
            access_point: None,
            address: Ipv4Addr::UNSPECIFIED,
        }
    }
}

/// Whether the network grants a data context, or at which command it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContextVerdict {
    /// It is granted.
    Grant,
    /// `AT+CSTT`, or `AT+QICSGP`, is refused.
    RefuseAtCstt,
    /// `AT+CIICR`, or `AT+QIACT`, is refused: the usual place.
    RefuseAtCiicr,
    /// `AT+CIFSR` is refused; an EC20 learns its address with the context, which is refused.
    RefuseAtCifsr,
}
