//! The frames of a swipe (INTERFACE.md, section 8): which belong together, and when they are all there.

use embassy_time::{Duration, Instant};

use super::flux::{FRAME, FRAMES, Flux};
use super::reader::{StripeReader, Swiped, Turn};

/// A swipe is over when no frame has come for so long.
const SILENCE: Duration = Duration::from_millis(300);
/// Bytes of an interval.
const INTERVAL: usize = 2;

/// Puts the front end's frames together to swipes.
#[derive(Default)]
pub(crate) struct Swipes {
    /// The transitions of the present track.
    flux: Flux,
    swipe: Option<Swipe>,
}

/// A swipe that is not over yet.
#[derive(Clone, Copy)]
struct Swipe {
    /// The time of waiting in which it began, where it began in one.
    turn: Option<Turn>,
    /// Number of the present track.
    track: u8,
    /// Frames of it.
    frames: usize,
    /// Whether the last of them was full, so that another may go on with it.
    is_full: bool,
    last_frame: Instant,
}

impl Swipe {
    fn goes_on_with(&self, track: u8) -> bool {
        self.track == track && self.is_full && self.frames < FRAMES
    }

    /// Whether the last track is whole.
    fn is_whole(&self) -> bool {
        self.track == 3 && !self.goes_on_with(3)
    }

    /// The time of waiting for which it counts.
    fn counts(&self, reader: &StripeReader) -> Option<Turn> {
        self.turn.filter(|turn| reader.turn() == Some(*turn))
    }
}

impl Swipes {
    /// Erases the swipe that is on its way.
    pub(crate) fn forget(&mut self) {
        self.swipe = None;
        self.flux.wipe();
    }

    /// Takes a frame: a track's number and intervals, two bytes each.
    pub(crate) fn frame(&mut self, track: u8, intervals: &[u8], reader: &StripeReader) {
        let (turn, frames) = match self.swipe {
            Some(swipe) if swipe.goes_on_with(track) => (swipe.turn, swipe.frames + 1),
            Some(swipe) if swipe.track < track => {
                self.end_track(&swipe, reader);
                (swipe.turn, 1)
            }
            _ => {
                self.end(reader);
                (reader.turn(), 1)
            }
        };
        let is_full = intervals.len() >= FRAME * INTERVAL;
        let swipe = Swipe { turn, track, frames, is_full, last_frame: Instant::now() };
        self.swipe = Some(swipe);
        // What nobody waits for is not kept at all.
        if track != 1 && swipe.counts(reader).is_some() {
            self.flux.extend(intervals);
        }
        if swipe.is_whole() {
            self.end(reader);
        }
    }

    /// When the swipe is over unless another frame comes.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.swipe.map(|swipe| swipe.last_frame + SILENCE)
    }

    /// Ends the swipe, where there is one.
    pub(crate) fn end(&mut self, reader: &StripeReader) {
        let Some(swipe) = self.swipe.take() else { return };
        self.end_track(&swipe, reader);
        if swipe.counts(reader).is_some() {
            let is_read = !reader.tracks().two.characters().is_empty();
            reader.end(if is_read { Swiped::Read } else { Swiped::NotRead });
        }
    }

    /// Decodes the present track, and erases its transitions.
    fn end_track(&mut self, swipe: &Swipe, reader: &StripeReader) {
        if let Some(turn) = swipe.counts(reader) {
            let mut tracks = reader.tracks_mut();
            match swipe.track {
                2 => tracks.two.read(self.flux.intervals()),
                3 if turn.with_track_3 => tracks.read_three(self.flux.intervals()),
                _ => {}
            }
        }
        self.flux.wipe();
    }
}
