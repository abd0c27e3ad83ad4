//! Scenarios: cases as data, `fixtures/scenarios/<capability>/<case>.toml`.
//!
//! A file becomes one [`Scenario`], or one for each row of its matrix. Its values are checked when it is read, with file, line
//! and column: a fixture, a key or a message that does not exist is found before anything is powered.

mod check;
mod course;
mod expectation;
mod file;
mod host;
mod insert;
mod matrix;
mod networks;
mod part;
mod pattern;
mod play;
mod press;
mod real_host;
mod schema;
mod source;
mod step;
mod swipe;

pub(crate) use play::play;
pub(crate) use source::read_all;

pub use expectation::{Expectation, KeysExpected, MessagePattern, SnapshotKind, Took};
pub use insert::ChipRecord;
pub use pattern::Pattern;
pub use schema::schema;
pub use step::{Action, Keys, PowerTo, Step, Switch};

use payrig_rig::Capability;

use crate::Parts;

/// A case that was read from a file.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// `group::case` or `group::case[parameter=value]`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// The requirements that it covers, by their ids.
    pub requirements: Vec<String>,
    /// The world that it is played in.
    pub parts: Parts,
    /// The kind of modem that the terminal expects on its line, where it expects one.
    pub access: Option<Capability>,
    /// Whether one of its networks makes the terminal wait for minutes.
    pub takes_minutes: bool,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What must have come of it.
    pub expectation: Expectation,
    /// The file, as messages name it.
    pub file: String,
}

impl Scenario {
    /// What a rig must be able to do for it: this follows from its steps.
    pub fn needs(&self) -> Vec<Capability> {
        let mut needs: Vec<_> = self.steps.iter().filter_map(|step| step.action.need()).collect();
        // It begins with a new board.
        needs.push(Capability::Blank);
        needs.extend(self.access);
        // The dialogue of a device is as the device has it.
        let modem = self.expectation.snapshots.contains(&SnapshotKind::Modem);
        needs.extend(modem.then_some(Capability::PlayedNetwork));
        // Nobody waits for minutes where time cannot be skipped.
        needs.extend(self.takes_minutes.then_some(Capability::VirtualTime));
        // In real time nobody knows what the machine did meanwhile.
        needs.extend(self.expectation.took.map(|_| Capability::VirtualTime));
        needs.sort_unstable();
        needs.dedup();
        needs
    }
}
