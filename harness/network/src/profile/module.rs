//! The module itself: what it speaks, who it says it is, how it is found.

use std::fmt;

use serde::Deserialize;

use crate::fault::{CommandName, Voice};

/// The module: who it says it is and how it is found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Module {
    /// What it speaks; a world may put another in its place.
    #[serde(default)]
    pub dialect: Dialect,
    /// Who a SIM800 says it is.
    pub sim800: Option<Identity>,
    /// Who an EC20 says it is.
    pub ec20: Option<Identity>,
    /// Who a line modem says it is.
    pub hayes: Option<Identity>,
    /// Answer to `AT+CGSN`: 15 digits.
    #[serde(default)]
    pub imei: String,
    /// Whether the module has been on for long when the world begins.
    pub power: Power,
    /// Whether it says `RDY` and so on after power-up, as one with a fixed baud rate does.
    pub start_lines: bool,
    /// How it talks.
    #[serde(default)]
    pub voice: Voice,
    /// It hears and says nothing any more from this command on, while this network is in force.
    pub hangs_at: Option<CommandName>,
    /// The same of an EC20.
    pub ec20_hangs_at: Option<CommandName>,
    /// It restarts at this command, while this network is in force.
    pub restarts_at: Option<CommandName>,
    /// The same of an EC20.
    pub ec20_restarts_at: Option<CommandName>,
    /// So many times.
    #[serde(default = "once")]
    pub restarts: u8,
}

const fn once() -> u8 {
    1
}

impl Module {
    /// Who it says it is in its present dialect.
    pub(crate) const fn identity(&self) -> Option<&Identity> {
        match self.dialect {
            Dialect::Sim800 => self.sim800.as_ref(),
            Dialect::Ec20 => self.ec20.as_ref(),
            Dialect::Hayes => self.hayes.as_ref(),
        }
    }

    /// The command at which it hangs in its present dialect.
    pub(crate) const fn hangs_at(&self) -> Option<&CommandName> {
        match self.dialect {
            Dialect::Ec20 => self.ec20_hangs_at.as_ref(),
            Dialect::Sim800 | Dialect::Hayes => self.hangs_at.as_ref(),
        }
    }

    /// The command at which it restarts in its present dialect.
    pub(crate) const fn restarts_at(&self) -> Option<&CommandName> {
        match self.dialect {
            Dialect::Ec20 => self.ec20_restarts_at.as_ref(),
            Dialect::Sim800 | Dialect::Hayes => self.restarts_at.as_ref(),
        }
    }
}

/// What a modem speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// SIMCom SIM800: `AT+CIPSTART`.
    #[default]
    Sim800,
    /// Quectel EC20: `AT+QIOPEN`.
    Ec20,
    /// A line modem: `ATD`.
    Hayes,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sim800, Self::Ec20, Self::Hayes];

    /// The dialect of this name, as a profile or a world writes it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sim800 => "sim800",
            Self::Ec20 => "ec20",
            Self::Hayes => "hayes",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who a module says it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Identity {
    /// Answer to `AT+CGMI`.
    pub manufacturer: String,
    /// Answer to `AT+CGMM`.
    pub model: String,
    /// Answer to `AT+CGMR`.
    pub revision: String,
    /// Answer to `ATI`, line by line.
    pub identification: Vec<String>,
}

/// The module's power when the world begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// On for long: SIM read, registration settled.
    Running,
    /// Switched on at that moment.
    Cold,
}
