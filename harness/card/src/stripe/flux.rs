//! What a head sees of a swipe.

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use super::Track;

/// The flux of a swipe. From the intervals the track data can be read, so that it does not print them.
#[derive(Clone, PartialEq, Eq)]
pub struct Flux {
    tracks: Vec<(Track, Zeroizing<Vec<u16>>)>,
    lasting: Duration,
}

impl Flux {
    pub(super) fn new(tracks: Vec<(Track, Vec<u16>)>, lasting: Duration) -> Self {
        let tracks = tracks.into_iter().map(|(track, intervals)| (track, Zeroizing::new(intervals)));
        Self { tracks: tracks.collect(), lasting }
    }

    /// The tracks that had flux, in order.
    #[must_use]
    pub fn tracks(&self) -> Vec<Track> {
        self.tracks.iter().map(|(track, _)| *track).collect()
    }

    /// A track's intervals between transitions, in microseconds, as they come; none where it had no flux.
    #[must_use]
    pub fn intervals(&self, track: Track) -> &[u16] {
        let found = self.tracks.iter().find(|(known, _)| *known == track);
        found.map_or(&[], |(_, intervals)| intervals.as_slice())
    }

    /// How long the card was at the head.
    #[must_use]
    pub const fn lasting(&self) -> Duration {
        self.lasting
    }
}

impl fmt::Debug for Flux {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = self.tracks.iter().map(|(track, intervals)| (track.number(), intervals.len()));
        f.debug_map().entries(sizes).finish()
    }
}
