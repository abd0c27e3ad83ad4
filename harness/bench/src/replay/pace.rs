//! The tape's time on the replay's clock.

use std::time::Duration;

use payrig_rig::LineName;
use tokio::time::Instant;

use super::expected::Place;

/// When what was recorded has happened in the replay. Each pause is as long as the recorded one; how long the terminal
/// itself takes is its own business, so that the two times shift against each other.
pub(super) struct Pace {
    last: (Duration, Instant),
    /// The last of each line.
    lines: [Option<(Duration, Instant)>; 5],
    /// Whether nothing has shifted yet: then the tape is of a terminal with the same time, and tells its time exactly.
    exact: bool,
    begun: Option<(Duration, Instant)>,
    /// What happened when, for who asks later.
    log: Vec<(Instant, Place)>,
}

impl Pace {
    /// The tape begins now.
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { last: (Duration::ZERO, now), lines: [None; 5], exact: true, begun: None, log: Vec::new() }
    }

    /// When something that was recorded at `at` is due: after the recorded pause since what happened last, or since
    /// what happened last on its line, whichever comes first. A slow line or a slow machine makes a pause no longer, so
    /// that no answer comes too late for the terminal.
    pub(super) fn due(&self, at: Duration, line: Option<LineName>) -> Instant {
        let after = |(recorded, happened): (Duration, Instant)| {
            happened.checked_add(at.saturating_sub(recorded)).unwrap_or(happened)
        };
        let on_line = line.and_then(|line| self.lines[line as usize]).map(after);
        on_line.map_or(after(self.last), |due| due.min(after(self.last)))
    }

    /// Something that was recorded at `place` happened at `happened`.
    pub(super) fn passed(&mut self, place: Place, happened: Instant, line: Option<LineName>) {
        let (recorded, began) = *self.begun.get_or_insert((place.at, happened));
        self.exact &= happened.checked_duration_since(began) == place.at.checked_sub(recorded);
        self.last = (place.at, happened);
        if let Some(line) = line {
            self.lines[line as usize] = Some(self.last);
        }
        self.log.push((happened, place));
    }

    /// The time from the first thing that happened to the last one.
    pub(super) fn took(&self) -> Duration {
        self.begun.map_or(Duration::ZERO, |(_, began)| self.last.1.saturating_duration_since(began))
    }

    /// Whether the replay has kept the tape's time to the nanosecond so far.
    pub(super) fn is_exact(&self) -> bool {
        self.exact
    }

    /// The last recorded thing that had happened at `when`.
    pub(super) fn place_at(&self, when: Instant) -> Option<Place> {
        self.log.iter().rev().find(|(happened, _)| *happened <= when).map(|(_, place)| *place)
    }
}
