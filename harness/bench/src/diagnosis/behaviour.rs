//! The behaviours of conditions, and what each declares to be right.

use payrig_network::{Dialect, NetworkProfile};
use payrig_operator::TerminalFixture;

use crate::{Finding, Fixtures};

/// A behaviour: a file under `fixtures/networks`, with a module that it has something for.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// The file's name.
    pub name: String,
    /// What is wrong; several behaviours may be ways in which it shows.
    pub condition: String,
    /// What the modem speaks.
    pub dialect: Dialect,
    /// What the terminal may rightly say, by the names of its messages: at least one.
    pub causes: Vec<String>,
    /// What it may rightly say besides, but so seldom that it need not be seen.
    pub rare_causes: Vec<String>,
    /// The network.
    pub network: NetworkProfile,
}

/// The message that says that nothing was wrong.
pub(super) const SIGNED_ON: &str = "signed-on";

/// The terminal that is tried with a modem: it tries twice, so that a network in which something goes wrong once has no fault to tell.
#[must_use]
pub const fn terminal_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sim800 => "keyed-two-tries",
        Dialect::Ec20 => "keyed-two-tries-ec20",
        Dialect::Hayes => "keyed-two-tries-line",
    }
}

impl Behaviour {
    /// Whether a filter selects it: the whole name of its condition, or a part of its name.
    #[must_use]
    pub fn is_selected_by(&self, filter: &str) -> bool {
        self.name.contains(filter) || self.condition == filter
    }

    /// Whether it is the one of `all` that is called `name`; where none is, whether that is its condition.
    #[must_use]
    pub fn is_exactly(&self, name: &str, all: &[Self]) -> bool {
        self.name == name || (self.condition == name && all.iter().all(|other| other.name != name))
    }

    /// Ends with a sentence if it declares what `terminal` cannot say.
    pub(super) fn check(&self, terminal: &TerminalFixture) -> Result<(), Finding> {
        let unknown =
            self.causes.iter().chain(&self.rare_causes).find(|cause| terminal.message(cause).is_none());
        unknown.map_or(Ok(()), |cause| {
            Err(Finding::Rig(format!(
                "fixtures/networks/{}.toml: expected in `causes` the names of messages of the terminal's panel, found `{cause}`",
                self.name
            )))
        })
    }
}

/// All behaviours that the fixtures have, each with every module that it has something for, in the order of dialects, conditions and names.
///
/// # Errors
/// A fixture that cannot be used, or that does not say what is right.
pub fn behaviours(fixtures: &Fixtures) -> Result<Vec<Behaviour>, Finding> {
    let mut behaviours = Vec::new();
    for name in fixtures.names("networks").iter() {
        let network = fixtures.network(name)?;
        let with = Dialect::ALL.into_iter().filter_map(|dialect| network.clone().with_dialect(dialect).ok());
        for network in with {
            behaviours.push(behaviour(name, network)?);
        }
    }
    behaviours.sort_by(|a, b| (a.dialect, &a.condition, &a.name).cmp(&(b.dialect, &b.condition, &b.name)));
    Ok(behaviours)
}

fn behaviour(name: &str, network: NetworkProfile) -> Result<Behaviour, Finding> {
    let causes = network.causes().to_vec();
    if causes.is_empty() {
        return Err(Finding::Rig(format!(
            "fixtures/networks/{name}.toml: expected `causes`, what a terminal may rightly say of this network; \
             add it, as in `causes = [\"no-sim\"]` or `causes = [\"signed-on\"]`"
        )));
    }
    Ok(Behaviour {
        name: name.to_owned(),
        condition: network.condition().to_owned(),
        dialect: network.dialect(),
        causes,
        rare_causes: network.rare_causes().to_vec(),
        network,
    })
}
