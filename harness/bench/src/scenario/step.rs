//! What happens in a scenario.

use std::{fmt, time::Duration};

use payrig_acquirer::Behaviour;
use payrig_card::stripe::{Swipe, Way};
use payrig_keys::Key;
use payrig_operator::paper::PrinterState;
use payrig_rig::Capability;
use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{ChipRecord, expectation::KeysExpected};
use crate::{Insertion, LineTo};

/// The longest wait that a rig of real time is asked for.
const LONGEST_REAL_WAIT: Duration = Duration::from_secs(600);

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
        keys: Keys,
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
    /// Something else is wrong with the modem's line.
    Line(LineTo),
    /// The host behaves otherwise.
    Acquirer {
        /// The behaviour's name, or what it does.
        name: String,
        /// The behaviour.
        behaviour: Behaviour,
    },
    /// The host is told another TMK of the terminal.
    HostTmk {
        /// Its name in the key file.
        name: String,
        /// It.
        key: Key,
    },
    /// The host's clock.
    HostClock(HostClock),
    /// A card is swiped.
    Swipe {
        /// Its name.
        card: String,
        /// How.
        how: Swipe,
    },
    /// A chip card is put into the slot.
    Insert(Box<Insertion>),
    /// The card in the slot is taken out.
    Remove,
    /// A chip record is sent.
    ChipRecord(ChipRecord),
    /// The tamper switch.
    Tamper(Switch),
    /// The printer.
    Printer(PrinterState),
    /// A look at the keys.
    Keys(KeysExpected),
}

/// What the host's clock says from now on. It stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostClock {
    /// MMDD.
    pub date: String,
    /// hhmmss.
    pub time: String,
}

impl HostClock {
    /// Reads `MMDD hhmmss`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(' ')?;
        let number = |text: &str, digits| {
            let holds = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
            holds.then(|| text.parse::<u32>().ok())?
        };
        let (day, second) = (number(date, 4)?, number(time, 6)?);
        let holds = (1..=12).contains(&(day / 100))
            && (1..=31).contains(&(day % 100))
            && second / 10_000 < 24
            && second / 100 % 100 < 60
            && second % 100 < 60;
        holds.then(|| Self { date: date.into(), time: time.into() })
    }
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

/// Keys as they go over the panel line. They may be a card's number or PIN, so that `Debug` does not print them.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys(Zeroizing<String>);

impl Keys {
    pub(super) fn new(keys: Zeroizing<String>) -> Self {
        Self(keys)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
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
            Self::Wait(time) | Self::SeeNot { lasting: time, .. } if *time > LONGEST_REAL_WAIT => {
                Some(Capability::VirtualTime)
            }
            Self::Network(_) => Some(Capability::PlayedNetwork),
            Self::Insert(how) if how.physical => Some(Capability::PhysicalCard),
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
            Self::Line(to) => write!(f, "line = {to}"),
            Self::Acquirer { name, .. } => write!(f, "acquirer = {name}"),
            Self::HostTmk { name, .. } => write!(f, "host-tmk = \"{name}\""),
            Self::HostClock(clock) => write!(f, "host-clock = \"{} {}\"", clock.date, clock.time),
            Self::Swipe { card, how } => {
                write!(f, "swipe = {{ card = \"{card}\", speed = {}, jitter = {}", how.speed, how.jitter)?;
                f.write_str(if how.direction == Way::Backward {
                    ", direction = \"backward\" }"
                } else {
                    " }"
                })
            }
            Self::Insert(how) if how.is_plain() => write!(f, "insert = \"{}\"", how.card),
            Self::Insert(how) if how.physical => {
                write!(f, "insert = {{ card = \"{}\", physical = true, ... }}", how.card)
            }
            Self::Insert(how) => write!(f, "insert = {{ card = \"{}\", ... }}", how.card),
            Self::Remove => f.write_str("remove = true"),
            Self::ChipRecord(record) => write!(f, "chip-record = {{ {record} }}"),
            Self::Tamper(Switch::Open) => f.write_str("tamper = \"open\""),
            Self::Tamper(Switch::Closed) => f.write_str("tamper = \"closed\""),
            Self::Printer(state) => write!(f, "printer = {state}"),
            Self::Keys(expected) => write!(f, "keys = \"{expected}\""),
        }
    }
}
