//! Where the application waits for a swipe, and the only place where its tracks are kept.

use core::cell::{Cell, Ref, RefCell, RefMut};

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;

use super::tracks::Tracks;

/// How a swipe that counts ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Swiped {
    /// Track 2 was read.
    Read,
    /// It was not.
    NotRead,
}

/// One time of waiting for a swipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    number: u32,
    /// Whether track 3 is wanted.
    pub(super) with_track_3: bool,
}

/// Between the front end, which hears swipes at any time, and the screen that waits for one.
#[derive(Default)]
pub(crate) struct StripeReader {
    /// The tracks stay here from the decoder to the request: what is not moved leaves no copy behind.
    tracks: RefCell<Tracks>,
    turn: Cell<Option<Turn>>,
    turns: Cell<u32>,
    ended: Signal<NoopRawMutex, Swiped>,
}

impl StripeReader {
    /// Waits for a swipe from now on, until what it returns is dropped.
    pub(crate) fn listen(&self, with_track_3: bool) -> Listening<'_> {
        self.wipe();
        self.ended.reset();
        self.turns.set(self.turns.get().wrapping_add(1));
        self.turn.set(Some(Turn { number: self.turns.get(), with_track_3 }));
        Listening { reader: self, is_read: Cell::new(false) }
    }

    /// What was read.
    pub(crate) fn tracks(&self) -> Ref<'_, Tracks> {
        self.tracks.borrow()
    }

    /// Erases what was read.
    pub(crate) fn wipe(&self) {
        self.tracks.borrow_mut().wipe();
    }

    /// The time of waiting that is now.
    pub(super) fn turn(&self) -> Option<Turn> {
        self.turn.get()
    }

    pub(super) fn tracks_mut(&self) -> RefMut<'_, Tracks> {
        self.tracks.borrow_mut()
    }

    /// Ends the time of waiting.
    pub(super) fn end(&self, swiped: Swiped) {
        self.turn.set(None);
        self.ended.signal(swiped);
    }
}

/// A time of waiting for a swipe. Unless one was taken, nothing that was read is left behind it.
pub(crate) struct Listening<'r> {
    reader: &'r StripeReader,
    is_read: Cell<bool>,
}

impl Listening<'_> {
    /// How the swipe ended. Dropping the future loses no swipe.
    pub(crate) async fn swiped(&self) -> Swiped {
        let swiped = self.reader.ended.wait().await;
        self.is_read.set(swiped == Swiped::Read);
        swiped
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.reader.turn.set(None);
        if !self.is_read.get() {
            self.reader.wipe();
        }
    }
}
