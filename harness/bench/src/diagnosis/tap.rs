//! What went over a line, kept in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use payrig_rig::BoxLine;
use payrig_tape::{Direction, Tapped};

/// Bytes that went one way at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) direction: Direction,
    pub(super) bytes: Vec<u8>,
}

/// Remembers what goes over the lines that it is put on. Clones are the same memory.
#[derive(Clone, Default)]
pub(super) struct Tap(Arc<Mutex<Vec<Chunk>>>);

impl Tap {
    /// Puts it on a line, at the terminal's end: reading yields what the terminal sent.
    pub(super) fn wrap(&self, line: BoxLine) -> BoxLine {
        let tap = self.clone();
        Box::new(Tapped::new(line, move |direction: Direction, bytes: &[u8]| tap.push(direction, bytes)))
    }

    /// What went over the lines since this was asked the last time.
    pub(super) fn take(&self) -> Vec<Chunk> {
        std::mem::take(&mut *self.chunks())
    }

    fn push(&self, direction: Direction, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.chunks().push(Chunk { direction, bytes: bytes.to_vec() });
        }
    }

    /// A poisoned lock only says that another thread panicked: the list is whole after each push.
    fn chunks(&self) -> MutexGuard<'_, Vec<Chunk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
