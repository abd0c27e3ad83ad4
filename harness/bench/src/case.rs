//! A case: what happens in the terminal's world, and what must be seen.

use std::{future::Future, pin::Pin};

use payrig_rig::Capability;
use serde::{Deserialize, Serialize};

use crate::{Finding, World};

/// What a case's body comes to.
pub type CaseFuture<'w> = Pin<Box<dyn Future<Output = Result<(), Finding>> + 'w>>;

type Body = Box<dyn for<'w> Fn(&'w mut World) -> CaseFuture<'w> + Send + Sync>;

/// The parts of a world, by the names of their fixtures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Parts {
    /// A file under `fixtures/terminals`: what the terminal has been given.
    pub terminal: String,
    /// A file under `fixtures/terminals`: the device as the host has it in its books.
    pub books: String,
    /// A file under `fixtures/networks`.
    pub network: String,
    /// A file under `fixtures/acquirers`.
    pub acquirer: String,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            terminal: "keyed".into(),
            books: "keyed".into(),
            network: "cellular-normal".into(),
            acquirer: "cup".into(),
        }
    }
}

/// One case of the suite.
pub struct Case {
    /// `group::case` or `group::case[parameter=value]`.
    pub name: String,
    /// One line for people.
    pub title: &'static str,
    /// What the rig must be able to do.
    pub needs: Vec<Capability>,
    /// The world that the case is played in.
    pub parts: Parts,
    body: Body,
}

impl Case {
    /// A case in the default world, on any rig.
    pub fn new(
        name: impl Into<String>,
        title: &'static str,
        body: impl for<'w> Fn(&'w mut World) -> CaseFuture<'w> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), title, needs: Vec::new(), parts: Parts::default(), body: Box::new(body) }
    }

    /// The same case, on rigs that have `capability` only.
    #[must_use]
    pub fn needing(mut self, capability: Capability) -> Self {
        self.needs.push(capability);
        self
    }

    /// The same case with another terminal fixture; the host's books stay as they are.
    #[must_use]
    pub fn with_terminal(mut self, terminal: &str) -> Self {
        self.parts.terminal = terminal.into();
        self
    }

    /// Plays the case.
    pub(crate) fn play<'w>(&self, world: &'w mut World) -> CaseFuture<'w> {
        (self.body)(world)
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}
