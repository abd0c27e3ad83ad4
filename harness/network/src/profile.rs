//! Network profiles: the modem, its SIM, radio or line, and what lies behind, as data.

mod context;
mod host;
mod latencies;
mod line;
mod module;
mod radio;
mod sim;

use std::path::Path;

use payrig_fixture::FixtureError;
use serde::Deserialize;

pub use context::{Context, ContextVerdict};
pub use host::{Host, HostVerdict};
pub use latencies::Latencies;
pub use line::{HostPort, Line, LineVerdict};
pub use module::{Dialect, Identity, Module, Power};
pub use radio::{Radio, Registration};
pub use sim::{Contact, Sim, SimAnswer, SimState};

/// What a profile says for itself only: never taken from the one that it is like.
const OWN: [&str; 6] = ["title", "condition", "causes", "ec20-causes", "rare-causes", "minutes"];
/// The condition of a network that has no fault that a terminal must tell.
const NO_FAULT: &str = "no-fault";

/// A network as one modem meets it: `fixtures/networks/*.toml`. A file may say `like = "other"` and then only what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkProfile {
    /// What this network is like, in a sentence.
    pub title: String,
    /// The module itself.
    pub module: Module,
    /// The SIM in its slot.
    pub sim: Sim,
    /// Signal and registration.
    pub radio: Radio,
    /// The data context (GPRS, LTE).
    pub context: Context,
    /// The telephone line.
    pub line: Line,
    /// The far end of connections.
    pub host: Host,
    /// How long each step takes.
    pub latency: Latencies,
    condition: String,
    causes: Vec<String>,
    ec20_causes: Option<Vec<String>>,
    rare_causes: Vec<String>,
    minutes: bool,
    has: Has,
}

/// Which ways to the host a profile describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Has {
    cellular: bool,
    line: bool,
}

/// A profile as it is written, with what it is like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    title: String,
    condition: Option<String>,
    #[serde(default)]
    causes: Vec<String>,
    ec20_causes: Option<Vec<String>>,
    #[serde(default)]
    rare_causes: Vec<String>,
    #[serde(default)]
    minutes: bool,
    module: Module,
    sim: Option<Sim>,
    radio: Option<Radio>,
    context: Option<Context>,
    line: Option<Line>,
    host: Host,
    latency: Latencies,
}

impl NetworkProfile {
    /// Reads a profile; `name` is the file's name, for error messages and for what it is like.
    ///
    /// # Errors
    /// A sentence with file, line and column.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, FixtureError> {
        let path = Path::new(name);
        let written = payrig_fixture::parse_like(path, text, &OWN)?;
        Self::made(path, text, written)
    }

    /// Reads a profile from a file.
    ///
    /// # Errors
    /// [`FixtureError`]: the file cannot be read, or is not a profile.
    pub fn load(path: &Path) -> Result<Self, FixtureError> {
        Self::from_toml(&path.display().to_string(), &FixtureError::read(path)?)
    }

    fn made(path: &Path, text: &str, written: Written) -> Result<Self, FixtureError> {
        let has = Has {
            cellular: written.sim.is_some() && written.radio.is_some() && written.context.is_some(),
            line: written.line.is_some(),
        };
        let profile = Self {
            title: written.title,
            condition: written
                .condition
                .unwrap_or_else(|| path.file_stem().unwrap_or_default().to_string_lossy().into_owned()),
            causes: written.causes,
            ec20_causes: written.ec20_causes,
            rare_causes: written.rare_causes,
            minutes: written.minutes,
            module: written.module,
            sim: written.sim.unwrap_or_else(Sim::none),
            radio: written.radio.unwrap_or_else(Radio::none),
            context: written.context.unwrap_or_else(Context::none),
            line: written.line.unwrap_or_else(Line::none),
            host: written.host,
            latency: written.latency,
            has,
        };
        match profile.obstacle(profile.dialect()) {
            None => Ok(profile),
            Some(why) => Err(FixtureError::at(&path.display().to_string(), text, 0..0, why)),
        }
    }

    /// The condition of which this network is one behaviour, by default the file's own name; `no-fault` where a terminal is to
    /// come through.
    #[must_use]
    pub fn condition(&self) -> &str {
        &self.condition
    }

    /// What a terminal with a module of the present dialect may rightly say of it, by the names of its messages: one of some causes, or
    /// that it has signed on. Nothing where nobody has said.
    #[must_use]
    pub fn causes(&self) -> &[String] {
        let of_ec20 = self.ec20_causes.as_ref().filter(|_| self.dialect() == Dialect::Ec20);
        of_ec20.unwrap_or(&self.causes)
    }

    /// What a terminal may rightly say of it besides, but so seldom that it need not be seen.
    #[must_use]
    pub fn rare_causes(&self) -> &[String] {
        &self.rare_causes
    }

    /// Whether a sign-on takes minutes in it, for whoever plays it where time cannot be skipped.
    #[must_use]
    pub const fn takes_minutes(&self) -> bool {
        self.minutes
    }

    /// Whether there is something that a terminal must tell.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        self.condition != NO_FAULT
    }

    /// What the module speaks.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.module.dialect
    }

    /// The same network with another module in it.
    ///
    /// # Errors
    /// What the profile lacks for that.
    pub fn with_dialect(mut self, dialect: Dialect) -> Result<Self, String> {
        match self.obstacle(dialect) {
            Some(why) => Err(why),
            None => {
                self.module.dialect = dialect;
                Ok(self)
            }
        }
    }

    /// What this network lacks for a module of a dialect.
    fn obstacle(&self, dialect: Dialect) -> Option<String> {
        let (there, tables) = match dialect {
            Dialect::Hayes => (self.has.line, "[line]"),
            Dialect::Sim800 | Dialect::Ec20 => (self.has.cellular, "[sim], [radio] and [context]"),
        };
        let mut module = self.module.clone();
        module.dialect = dialect;
        match (there, module.identity()) {
            (false, _) => Some(format!("a module `{dialect}` needs {tables}")),
            (true, None) => Some(format!("a module `{dialect}` needs [module.{dialect}]: who it says it is")),
            (true, Some(_)) => None,
        }
    }
}
