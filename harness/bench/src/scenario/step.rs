//! What happens in a scenario.

use std::{fmt, time::Duration};

use payrig_acquirer::Behaviour;
use payrig_rig::Capability;
use schemars::JsonSchema;
use serde::Deserialize;

use super::expectation::KeysExpected;

/// One step, and where it is written.
#[derive(Clone, Debug)]
pub struct Step {
    /// `file:line`.
    pub place: String,
    /// What happens.
    pub action: Action,
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum Action {
    /// An intent, from the menu.
    Do(String),
    /// Keys, by the names that the panel has for them.
    Press {
        /// As written.
        names: String,
        /// What goes over the line.
        keys: String,
    },
    /// Waits for a message.
    See {
        /// The panel's name of it.
        message: String,
        /// The longest that it may take.
        within: Duration,
        /// What one of its rows reads.
        text: Option<String>,
    },
    /// Makes sure that a message does not come.
    SeeNot {
        /// The panel's name of it; nothing stands for any new screen.
        message: Option<String>,
        /// For so long.
        lasting: Duration,
    },
    /// Lets time pass.
    Wait(Duration),
    /// Cuts the power, or gives it back.
    Power {
        /// Which.
        to: PowerTo,
        /// The life state that the boot line must tell.
        state: Option<String>,
    },
    /// Resets the terminal.
    Reset {
        /// The life state that the boot line must tell.
        state: Option<String>,
    },
    /// Another network comes into force.
    Network(String),
    /// The host behaves otherwise.
    Acquirer {
        /// The behaviour's name, or what it does.
        name: String,
        /// The behaviour.
        behaviour: Behaviour,
    },
    /// The tamper switch.
    Tamper(Switch),
    /// A look at the keys.
    Keys(KeysExpected),
}

/// What becomes of the terminal's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PowerTo {
    /// It is cut at once.
    Cut,
    /// It comes back.
    On,
}

/// A switch's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// Open.
    Open,
    /// Closed.
    Closed,
}

impl Action {
    /// The longest that the scenario lets it take, where it says so.
    pub(crate) fn longest(&self) -> Duration {
        match self {
            Self::See { within: time, .. } | Self::SeeNot { lasting: time, .. } | Self::Wait(time) => *time,
            _ => Duration::ZERO,
        }
    }

    /// What a rig must be able to do for it.
    pub(super) fn need(&self) -> Option<Capability> {
        match self {
            Self::Power { .. } => Some(Capability::Power),
            Self::Reset { .. } => Some(Capability::Reset),
            Self::Tamper(_) => Some(Capability::Tamper),
            _ => None,
        }
    }
}

/// As it is written in the file, near enough to find it there.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Do(intent) => write!(f, "do = \"{intent}\""),
            Self::Press { names, .. } => write!(f, "press = \"{names}\""),
            Self::See { message, .. } => write!(f, "see = \"{message}\""),
            Self::SeeNot { message, .. } => write!(f, "see-not = \"{}\"", message.as_deref().unwrap_or("*")),
            Self::Wait(time) => write!(f, "wait = \"{}\"", payrig_fixture::Time(*time)),
            Self::Power { to: PowerTo::Cut, .. } => f.write_str("power = \"cut\""),
            Self::Power { to: PowerTo::On, .. } => f.write_str("power = \"on\""),
            Self::Reset { .. } => f.write_str("reset = true"),
            Self::Network(name) => write!(f, "network = \"{name}\""),
            Self::Acquirer { name, .. } => write!(f, "acquirer = {name}"),
            Self::Tamper(Switch::Open) => f.write_str("tamper = \"open\""),
            Self::Tamper(Switch::Closed) => f.write_str("tamper = \"closed\""),
            Self::Keys(expected) => write!(f, "keys = \"{expected}\""),
        }
    }
}
