//! The applications that card and terminal both have (EMV Book 1, 12.3).

use heapless::Vec;

use super::cardholder::{ApplicationName, OFFERED};
use super::parameters::{AID, Application};
use super::tlv::Objects;

/// Candidates that are kept, at most: those of the highest priority.
const MOST: usize = 8;

/// An application that both have.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The card's name of it.
    pub(crate) name: Vec<u8, AID>,
    /// As it is offered.
    pub(crate) label: ApplicationName,
    /// 87: bit 8 wants a confirmation, bits 4 to 1 are the priority; 0 is none.
    pub(crate) priority: u8,
    /// The place of the terminal's application.
    pub(crate) place: usize,
}

impl Candidate {
    /// The lower, the earlier; without a priority last.
    fn rank(&self) -> u8 {
        (self.priority & 0x0F).wrapping_sub(1)
    }

    /// 87 among the objects of a directory entry or an FCI.
    pub(crate) fn priority(objects: &Objects<'_>) -> u8 {
        let value = objects.find(super::tag::Tag::PRIORITY).ok().flatten();
        value.and_then(|value| value.first()).copied().unwrap_or_default()
    }
}

/// Candidates in the order in which they are offered.
#[derive(Default)]
pub(crate) struct Candidates {
    list: Vec<Candidate, MOST>,
    /// One that both have was blocked.
    pub(crate) is_one_blocked: bool,
}

impl Candidates {
    /// Puts one where its priority wants it, ties in the card's order. The name of one that is there already is
    /// passed over; of more than there is room for the last is forgotten. Whether it was new.
    pub(crate) fn add(&mut self, candidate: Candidate) -> bool {
        if self.list.iter().any(|other| other.name == candidate.name) {
            return false;
        }
        let rank = candidate.rank();
        let place = self.list.iter().position(|other| other.rank() > rank).unwrap_or(self.list.len());
        if self.list.is_full() && place < MOST {
            self.list.pop();
        }
        // Behind the last place of a full list there is none.
        let _ = self.list.insert(place, candidate);
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The only one, where it needs no confirmation.
    pub(crate) fn alone(&self) -> bool {
        matches!(self.list.as_slice(), [only] if only.priority & 0x80 == 0)
    }

    /// The first ones' names.
    pub(crate) fn names(&self) -> Vec<ApplicationName, OFFERED> {
        self.list.iter().take(OFFERED).map(|candidate| candidate.label.clone()).collect()
    }

    /// Takes one out.
    pub(crate) fn take(&mut self, index: usize) -> Option<Candidate> {
        (index < self.list.len()).then(|| self.list.remove(index))
    }
}

/// Whether a card's name is a terminal's application.
pub(crate) fn matches(application: &Application, name: &[u8]) -> bool {
    if application.is_partial {
        name.starts_with(&application.aid)
    } else {
        name == application.aid.as_slice()
    }
}
