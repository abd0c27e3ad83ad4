//! What is known of the slots without reading them, so that a search reads one or two and not all.

use crc::{CRC_32_ISO_HDLC, Crc};

use super::item::Item;
use super::kind::{Kind, SLOTS};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// Slots of applications, whose order counts.
const APPLICATIONS: usize = 16;

/// The index. A slot that holds nothing, or what an erasure went over, is free.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// Of each slot's name; 0 where it is free.
    fingerprints: [u32; SLOTS],
    /// Of each application, in the order of arrival.
    arrivals: [u32; APPLICATIONS],
    /// Erasures so far.
    pub(super) era: u32,
    /// The last arrival.
    last: u32,
    pub(super) year: Option<u8>,
}

impl Default for Index {
    fn default() -> Self {
        Self { fingerprints: [0; SLOTS], arrivals: [0; APPLICATIONS], era: 0, last: 0, year: None }
    }
}

/// A number for a name: two names may have the same one, so that the slot itself has to be looked at.
pub(super) fn fingerprint(name: &[u8]) -> u32 {
    CRC.checksum(name).max(1)
}

impl Index {
    /// Takes what stands in a slot.
    pub(super) fn put(&mut self, slot: usize, item: &Item<'_>) {
        if item.era > self.era {
            // The note of an erasure that this came after is lost; it was one all the same.
            self.erase(item.era);
        }
        let is_current = item.era == self.era;
        if let Some(place) = self.fingerprints.get_mut(slot) {
            *place = if is_current { fingerprint(item.name) } else { 0 };
        }
        if let Some(place) = self.arrivals.get_mut(slot) {
            *place = item.arrival;
        }
        self.last = self.last.max(item.arrival);
    }

    /// Forgets every slot.
    pub(super) fn erase(&mut self, era: u32) {
        self.era = era;
        self.fingerprints = [0; SLOTS];
    }

    /// The place of the next arrival.
    pub(super) fn next_arrival(&self) -> u32 {
        self.last.saturating_add(1)
    }

    /// The slots of a kind that may hold this name.
    pub(super) fn candidates(&self, kind: Kind, name: &[u8]) -> impl Iterator<Item = usize> + use<'_> {
        let wanted = fingerprint(name);
        kind.slots().filter(move |slot| self.fingerprints.get(*slot) == Some(&wanted))
    }

    /// A slot of the kind that is free.
    pub(super) fn free(&self, kind: Kind) -> Option<usize> {
        kind.slots().find(|slot| self.fingerprints.get(*slot) == Some(&0))
    }

    /// The slot of the application at a position in the order of arrival.
    pub(super) fn application(&self, position: usize) -> Option<usize> {
        let taken = |slot: &usize| self.fingerprints.get(*slot).is_some_and(|mark| *mark != 0);
        let arrival = |slot: usize| self.arrivals.get(slot).copied().unwrap_or(u32::MAX);
        let slots = || Kind::Application.slots().filter(taken);
        slots().find(|slot| {
            slots().filter(|other| (arrival(*other), *other) < (arrival(*slot), *slot)).count() == position
        })
    }

    /// Slots of the kind that are taken.
    #[cfg(test)]
    pub(super) fn count(&self, kind: Kind) -> usize {
        kind.slots().filter(|slot| self.fingerprints.get(*slot).is_some_and(|mark| *mark != 0)).count()
    }
}
