//! What a swipe leaves until its transaction ends.

use super::track2::Track2;
use super::track3::Track3;

/// The tracks that were read; a track that was not is empty.
#[derive(Default)]
pub(crate) struct Tracks {
    pub(crate) two: Track2,
    pub(crate) three: Track3,
}

impl Tracks {
    /// Reads track 3, which must be of the card of track 2.
    pub(crate) fn read_three(&mut self, intervals: &[u16]) {
        let Some((card, _)) = self.two.card() else { return };
        self.three.read(intervals, card.number.digits().as_bytes());
    }

    /// Erases them.
    pub(crate) fn wipe(&mut self) {
        self.two.wipe();
        self.three.wipe();
    }
}
