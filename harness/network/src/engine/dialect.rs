//! What a module says and understands in its own way; what all modules have alike is the engine's.

use super::{Engine, ec20::Ec20, hayes::Hayes, sim800::Sim800};
use crate::{
    agenda::NotOpened,
    answer::Outcome,
    command::Command,
    latency::Latency,
    profile::{Dialect, Latencies, Radio, Registration, Sim},
};

/// The words of a dialect.
pub(super) trait Words: Sync {
    /// A command that this dialect has, or has in its own way; `None`: not one of those.
    fn command(&self, engine: &mut Engine, command: &Command) -> Option<Outcome>;

    /// A command comes into work.
    fn begins(&self, _: &mut Engine, _: &Command) {}

    /// How long a command takes that has a time of its own.
    fn time(&self, command: &Command, latency: &Latencies) -> Option<Latency>;

    /// Whether it has a SIM and a radio.
    fn is_cellular(&self) -> bool {
        true
    }

    /// Whether it is registered with LTE: `AT+CEREG`.
    fn has_lte(&self) -> bool {
        false
    }

    /// Answer to `AT+GCAP`.
    fn capabilities(&self) -> &'static str {
        "+GCAP: +CGSM"
    }

    /// What `+COPS` says behind the operator's name.
    fn access_technology(&self) -> &'static str {
        ""
    }

    /// What registration comes to in this network.
    fn registration(&self, radio: &Radio) -> Registration {
        radio.registration
    }

    /// From when a SIM begins to be read until the module sees that there is one; none where it knows at once.
    fn sim_seen(&self, _: &Sim) -> Option<Latency> {
        None
    }

    /// What it says when it hears commands after power-up.
    fn start_lines(&self) -> &'static [&'static str];

    /// What it says when registration is settled after power-up.
    fn settled_lines(&self) -> &'static [&'static str];

    /// What it may say at any time, of no weight for anything.
    fn unasked(&self) -> &'static [&'static str];

    /// Another network has come into force.
    fn network_changed(&self, _: &mut Engine) {}

    /// The terminal is no more ready: circuit 108/2 is off. What a module's connections are does not hang on it.
    fn not_ready(&self, _: &mut Engine) {}

    /// The connection stands.
    fn opened(&self, engine: &mut Engine);

    /// It does not come to stand.
    fn not_opened(&self, engine: &mut Engine, why: NotOpened);

    /// It has ended without the terminal's asking.
    fn lost(&self, _: &mut Engine) {}

    /// The peer has closed it, or it broke: what is said of it.
    fn closed_by_peer(&self, engine: &mut Engine);

    /// It was closed as the terminal asked.
    fn closed(&self, engine: &mut Engine);

    /// The network has taken the context away.
    fn context_lost(&self, engine: &mut Engine);

    /// Data of the peer.
    fn data(&self, engine: &mut Engine, data: &[u8]);
}

/// The words of a dialect.
pub(super) const fn words(dialect: Dialect) -> &'static dyn Words {
    match dialect {
        Dialect::Sim800 => &Sim800,
        Dialect::Ec20 => &Ec20,
        Dialect::Hayes => &Hayes,
    }
}
