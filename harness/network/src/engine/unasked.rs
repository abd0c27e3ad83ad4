//! Lines that answer nothing, where a variant has them, and in which order they come.

use std::time::Duration;

use super::{Activity, Engine};
use crate::agenda::Event;

impl Engine {
    /// Enters the lines that a variant says unasked.
    pub(super) fn plan_unasked(&mut self) {
        let Some(variant) = &mut self.mouth.variant else { return };
        for at in variant.unasked() {
            let which = variant.below(u32::MAX);
            self.agenda.enter(self.now, at, Event::Unasked(which));
        }
    }

    /// Says one of the dialect's lines that mean nothing for a terminal's work, or the registration as it is. A line modem that is at
    /// work on the line has none.
    pub(super) fn say_of_variant(&mut self, which: u32) {
        if matches!(self.activity, Activity::Off | Activity::Calling | Activity::Online) {
            return;
        }
        let lines = self.words.unasked();
        let at = which as usize % (lines.len() + 1);
        match lines.get(at) {
            Some(&"RING") if !self.words.is_cellular() => self.say_result("RING"),
            Some(line) => self.say_unasked(line),
            None if self.words.is_cellular() => {
                let name = if self.words.has_lte() { "+CEREG" } else { "+CREG" };
                let text = format!("{name}: {}", self.registration().stat());
                self.say_unasked(&text);
            }
            None => {}
        }
    }

    /// What the module says when registration is settled after power-up, each line a while after that; a variant shuffles them.
    pub(super) fn settled_lines(&mut self) -> Vec<(Duration, &'static str)> {
        let mut lines: Vec<_> =
            self.words.settled_lines().iter().map(|line| (Duration::ZERO, *line)).collect();
        if let Some(variant) = &mut self.mouth.variant {
            for at in (1..lines.len()).rev() {
                let other = variant.below(u32::try_from(at).unwrap_or(0) + 1) as usize;
                lines.swap(at, other);
            }
            for (after, _) in &mut lines {
                *after = Duration::from_millis(variant.below(3000).into());
            }
        }
        lines
    }
}
