//! The patterns of a registry's secrets, which grow with it: secrets are added, never taken away, and each is made once.

use std::sync::Arc;

use crate::lens::Lens;
use crate::pattern::PatternSet;
use crate::secret::Secret;
use crate::secrets::Secrets;

/// Where is searched.
enum Place {
    /// Through a lens, on a line or on none in particular.
    Lens(Lens, Option<String>),
    /// On the line of a slot.
    Slot(String),
}

/// The patterns of all secrets that have been met so far.
pub(crate) struct GrowingPatterns {
    place: Place,
    met: usize,
    set: PatternSet,
}

impl GrowingPatterns {
    /// For what is looked for through `lens` on `line`; on no line in particular, for secrets that are on all.
    pub(crate) fn through(lens: Lens, line: Option<&str>) -> Self {
        Self { place: Place::Lens(lens, line.map(str::to_owned)), met: 0, set: PatternSet::default() }
    }

    /// For what is looked for on a slot's line.
    pub(crate) fn on_slot(line: &str) -> Self {
        Self { place: Place::Slot(line.to_owned()), met: 0, set: PatternSet::default() }
    }

    /// The patterns of all secrets that are registered now.
    pub(crate) fn of(&mut self, secrets: &Secrets) -> &PatternSet {
        if self.met < secrets.len() {
            self.meet(&secrets.since(self.met));
        }
        &self.set
    }

    /// The patterns of all of `list`, which has grown since the last time.
    pub(crate) fn of_list(&mut self, list: &[Arc<Secret>]) -> &PatternSet {
        self.meet(list.get(self.met..).unwrap_or_default());
        &self.set
    }

    fn meet(&mut self, newer: &[Arc<Secret>]) {
        self.met += newer.len();
        match &self.place {
            Place::Lens(lens, line) => self.set.add(newer, *lens, line.as_deref()),
            Place::Slot(line) => self.set.add_on_slot(newer, line),
        }
    }
}
