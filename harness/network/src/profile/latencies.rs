//! How long each step takes.

use serde::Deserialize;

use crate::latency::Latency;

/// How long each step takes; one that is left out takes no time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Latencies {
    /// From power-up until commands are heard.
    pub boot: Latency,
    /// A command that has no time of its own.
    pub command: Latency,
    /// `AT+CPIN`.
    #[serde(default)]
    pub sim: Latency,
    /// `AT+CGATT=`.
    #[serde(default)]
    pub attach: Latency,
    /// `AT+CIPSHUT`, `AT+QIDEACT`.
    #[serde(default)]
    pub shut: Latency,
    /// `AT+QIDEACT`, where an EC20 takes another time for it than a SIM800 for `AT+CIPSHUT`.
    pub ec20_shut: Option<Latency>,
    /// `AT+CIICR`, `AT+QIACT`.
    #[serde(default)]
    pub activate: Latency,
    /// From the last digit that is dialled to the exchange's or the called modem's answer.
    #[serde(default)]
    pub dial: Latency,
    /// Opening a connection, before the uplink is asked; of a line, by the access controller.
    pub open: Latency,
    /// When an opening is given up.
    pub give_up: Latency,
    /// From `AT+CIPSEND`, `AT+QISEND`, to its prompt.
    #[serde(default)]
    pub prompt: Latency,
    /// From the last byte of data to `SEND OK`.
    #[serde(default)]
    pub send: Latency,
    /// From the peer's bytes to the terminal, and from its closing to the word of it.
    pub downlink: Latency,
    /// `AT+CIPCLOSE`, `AT+QICLOSE`, `ATH`.
    pub close: Latency,
}
