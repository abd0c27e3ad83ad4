//! What the cuts of one transaction came to.

use std::fmt;

use crate::chip::Chip;
use crate::cut::{Ended, Kind, Outcome};

/// How many cuts ended how.
#[derive(Default)]
pub struct Figures {
    pub cuts: usize,
    /// Behind the terminal's last await: no cut.
    pub uncut: usize,
    captured: usize,
    reversed: usize,
    neither: usize,
}

/// Behaviours with which a transaction that is not cut off is not captured.
const NEVER_CAPTURED: [&str; 10] = [
    "silent-after-booking",
    "silent-before-booking",
    "wrong-mac",
    "no-mac",
    "wrong-amount",
    "wrong-stan",
    "declined-funds",
    "close-before-answer",
    "close-in-answer",
    "answer-after-4s",
];
/// Behaviours with which there is nothing to reverse at the host.
const NEVER_BOOKED: [&str; 2] = ["silent-before-booking", "declined-funds"];

impl Figures {
    pub fn add(&mut self, ended: &[Ended]) {
        for Ended { outcome, was_cut } in ended {
            let counter = if *was_cut { &mut self.cuts } else { &mut self.uncut };
            *counter += 1;
            match outcome {
                Outcome::Captured => self.captured += 1,
                Outcome::Reversed => self.reversed += 1,
                Outcome::Neither => self.neither += 1,
            }
        }
    }

    /// Every outcome that can come of it is among them: a sweep that misses one has cut in the wrong place.
    pub fn hold(&self, kind: Kind, behaviour: &str) {
        assert!(self.neither > 0, "{kind:?}, {behaviour}: {self}");
        assert_eq!(self.captured > 0, !NEVER_CAPTURED.contains(&behaviour), "{kind:?}, {behaviour}: {self}");
        assert_eq!(self.reversed > 0, !NEVER_BOOKED.contains(&behaviour), "{kind:?}, {behaviour}: {self}");
    }

    /// The same for a sale with a chip.
    pub fn hold_chip(&self, chip: Chip) {
        assert!(self.neither > 0 && self.reversed > 0, "{chip:?}: {self}");
        assert_eq!(self.captured > 0, chip == Chip::WithScript, "{chip:?}: {self}");
    }

    pub fn hold_all_three(&self) {
        assert!(self.captured > 0 && self.reversed > 0 && self.neither > 0, "{self}");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cuts, uncut, captured, reversed, neither } = self;
        write!(
            f,
            "{cuts} cuts and {uncut} behind the end: {captured} captured, {reversed} reversed, {neither} neither"
        )
    }
}
