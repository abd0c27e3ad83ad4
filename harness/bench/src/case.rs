//! A case: what happens in the terminal's world, and what must be seen.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use payrig_rig::Capability;
use serde::{Deserialize, Serialize};

use crate::{
    Finding, World,
    scenario::{self, Scenario, SnapshotKind},
};

/// What a case's body comes to.
pub type CaseFuture<'w> = Pin<Box<dyn Future<Output = Result<(), Finding>> + 'w>>;

/// The longest that a case may take on the bench's clock beyond the times that it names itself.
const LIMIT: Duration = Duration::from_secs(600);

type Body = Arc<dyn for<'w> Fn(&'w mut World) -> CaseFuture<'w> + Send + Sync>;

/// The parts of a world, by the names of their fixtures.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Clone)]
pub struct Case {
    /// `group::case` or `group::case[parameter=value]`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// What the rig must be able to do.
    pub needs: Vec<Capability>,
    /// The world that the case is played in.
    pub parts: Parts,
    /// The requirements that it covers.
    pub requirements: Vec<String>,
    /// What of it is held against reviewed snapshots.
    pub snapshots: Vec<SnapshotKind>,
    /// The longest that it may take on the bench's clock. Every wait in it has a shorter limit of its own.
    pub limit: Duration,
    /// Which time it is that the case is played in a run, from 0: each draws from the next seed.
    pub repetition: u32,
    body: Body,
}

impl Case {
    /// A case in the default world, on any rig.
    pub fn new(
        name: impl Into<String>,
        title: impl Into<String>,
        body: impl for<'w> Fn(&'w mut World) -> CaseFuture<'w> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            needs: Vec::new(),
            parts: Parts::default(),
            requirements: Vec::new(),
            snapshots: Vec::new(),
            limit: LIMIT,
            repetition: 0,
            body: Arc::new(body),
        }
    }

    /// The case that a scenario describes.
    pub fn of(scenario: Scenario) -> Self {
        let scenario = Arc::new(scenario);
        Self {
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            needs: scenario.needs(),
            parts: scenario.parts.clone(),
            requirements: scenario.requirements.clone(),
            snapshots: scenario.expectation.snapshots.clone(),
            limit: LIMIT + scenario.steps.iter().map(|step| step.action.longest()).sum::<Duration>(),
            repetition: 0,
            body: Arc::new(move |world| {
                let scenario = scenario.clone();
                Box::pin(async move { scenario::play(&scenario, world).await })
            }),
        }
    }

    /// The same case, on rigs that have `capability` only.
    #[must_use]
    pub fn needing(mut self, capability: Capability) -> Self {
        self.needs.push(capability);
        self
    }

    /// The same case for the `nth` time, from 0.
    #[must_use]
    pub fn repeated(&self, nth: u32) -> Self {
        Self { repetition: nth, ..self.clone() }
    }

    /// The name in reports and of the records: that of the case, from the second time on with a number.
    pub fn label(&self) -> String {
        match self.repetition {
            0 => self.name.clone(),
            nth => format!("{}#{}", self.name, u64::from(nth) + 1),
        }
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
