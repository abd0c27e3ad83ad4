//! A track's flux transitions as they came: the times between them.

use heapless::Vec;
use zeroize::Zeroize;

/// Intervals of a frame, at most.
pub(crate) const FRAME: usize = 1023;
/// Frames of a track, at most.
pub(crate) const FRAMES: usize = 2;
/// Intervals of a track, at most.
const TRACK: usize = FRAMES * FRAME;

/// The intervals of one track, in microseconds; they are erased when dropped.
#[derive(Default)]
pub(crate) struct Flux {
    intervals: Vec<u16, TRACK>,
}

impl Flux {
    /// Takes the intervals of a frame, two bytes each. A track's frames find room.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        for interval in bytes.as_chunks().0 {
            let _ = self.intervals.push(u16::from_be_bytes(*interval));
        }
    }

    /// What is to be decoded.
    pub(crate) fn intervals(&self) -> &[u16] {
        &self.intervals
    }

    /// Erases all of it.
    pub(crate) fn wipe(&mut self) {
        self.intervals.as_mut_slice().zeroize();
        self.intervals.clear();
    }
}

impl Drop for Flux {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Intervals in the order in which the card is read: as they came, or from the last to the first.
#[derive(Clone, Copy)]
pub(crate) struct View<'f> {
    intervals: &'f [u16],
    backwards: bool,
}

impl<'f> View<'f> {
    /// Both orders. The standards' coding is the same either way in time, so that a card that is drawn the other way is
    /// read by beginning at its end.
    pub(crate) fn both(intervals: &'f [u16]) -> [Self; 2] {
        [false, true].map(|backwards| Self { intervals, backwards })
    }

    /// The interval at a place, counted in this order.
    pub(crate) fn get(self, at: usize) -> Option<u32> {
        let at = if self.backwards { self.intervals.len().checked_sub(at + 1)? } else { at };
        self.intervals.get(at).map(|interval| u32::from(*interval))
    }

    /// How many there are.
    pub(crate) fn len(self) -> usize {
        self.intervals.len()
    }
}
