//! A case: what happens in the terminal's world, and what must be seen.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use payrig_rig::{Capability, RigFile, TimeKind};
use serde::{Deserialize, Serialize};

use crate::{
    Finding, World,
    scenario::{self, Action, Scenario, SnapshotKind},
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
    /// A file under `fixtures/acquirers`, or a real host as `tcp:HOST:PORT`.
    pub acquirer: String,
    /// The module in the terminal, `sim800`, `ec20` or `hayes`, where it is another than the network's file says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Which of the modem's variants (`payrig_network::Modem::with_variant`), if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<u64>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            terminal: "keyed".into(),
            books: "keyed".into(),
            network: "cellular-normal".into(),
            acquirer: "cup".into(),
            module: None,
            variant: None,
        }
    }
}

impl Parts {
    /// What a rig must be able to do for these parts: only our own network can have something wrong with it when it is told to, and only
    /// our own modem can be another. The network of a device is taken to be a normal one.
    pub fn need(&self) -> Option<Capability> {
        let played = !self.network.ends_with("-normal") || self.module.is_some() || self.variant.is_some();
        played.then_some(Capability::PlayedNetwork)
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
    /// Whether something is wrong with the modem's line in it, now and then.
    pub faulty_line: bool,
    /// Whether a card is swiped in it. The frames of a swipe must follow each other (INTERFACE.md, section 8), which a machine that is busy
    /// with other emulated boards does not see to.
    pub swipes: bool,
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
            faulty_line: false,
            swipes: false,
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
            faulty_line: scenario.steps.iter().any(|step| matches!(step.action, Action::Line(_))),
            swipes: scenario.steps.iter().any(|step| matches!(step.action, Action::Swipe { .. })),
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

    /// What `rig` lacks for it.
    pub fn missing_on(&self, rig: &RigFile) -> Vec<Capability> {
        let needs: Vec<_> = self.needs.iter().copied().chain(self.parts.need()).collect();
        RigFile { time: self.time_on(rig), ..rig.clone() }.capabilities().missing(&needs)
    }

    /// Whose time it follows on `rig`: the wall clock's where anybody in its world is real, be it a card in a reader.
    pub fn time_on(&self, rig: &RigFile) -> TimeKind {
        if self.uses_reader() { TimeKind::Real } else { self.parts.time_on(rig) }
    }

    /// Whether it puts in the card of the rig's PC/SC reader.
    pub(crate) fn uses_reader(&self) -> bool {
        self.needs.contains(&Capability::PhysicalCard)
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
