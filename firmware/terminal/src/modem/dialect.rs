//! What the modems say differently.

use embassy_time::Duration;

use super::decoder::Announcement;
use super::{ec20, hayes, sim800};
use crate::access::Access;
use crate::diagnosis::Cause;

/// What lines mean, and what silence does.
pub(super) struct Dialect {
    /// How data are announced among the lines.
    pub(super) announcement: Announcement,
    /// What it means that nothing answers.
    pub(super) silent: Cause,
    /// Whether a line says that the connection is gone.
    pub(super) is_closed: fn(&[u8]) -> bool,
    /// Whether a line says that the context is gone, and the connection with it.
    pub(super) is_context_lost: fn(&[u8]) -> bool,
    /// Whether a line that answers nothing is one that such a modem sends.
    pub(super) is_known: fn(&[u8]) -> bool,
}

/// The words of a cellular module where the course is the same.
pub(super) struct Module {
    /// Asks for the registration.
    pub(super) registration: &'static str,
    /// What its answer begins with.
    pub(super) registration_answer: &'static str,
    /// Announces data, with their length behind it.
    pub(super) announce: &'static str,
    /// Closes the connection.
    pub(super) close: &'static str,
    pub(super) close_limit: Duration,
    /// What answers it.
    pub(super) closed: &'static [u8],
    /// Whether a connection that ended by itself must be closed all the same, before another can be opened.
    pub(super) keeps_lost_connections: bool,
    /// Whether a SIM that starts is none to it at first.
    pub(super) sees_sim_late: bool,
}

impl Dialect {
    pub(super) fn of(access: Access) -> &'static Self {
        match access {
            Access::Sim800 => &sim800::DIALECT,
            Access::Ec20 => &ec20::DIALECT,
            Access::Line => &hayes::DIALECT,
        }
    }
}
