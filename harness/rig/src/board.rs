//! The one interface to every kind of board.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use crate::{Capabilities, Image, LineName, Lines, RigError};

/// A board's answer. Local to the bench's thread, which owns board and clock.
pub type BoardFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, RigError>> + 'a>>;

/// How far flashing has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done: `erase`, `program` or `verify`.
    pub phase: &'static str,
    /// Bytes done in this phase.
    pub done: u64,
    /// Bytes of the phase in all, where they are known.
    pub total: Option<u64>,
}

/// What has gone wrong with a board by itself, and whose fault that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The terminal's application crashed.
    Terminal(String),
    /// The board itself failed.
    Rig(String),
}

/// What flashing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashReport {
    /// Bytes of the image in flash.
    pub bytes: u64,
    /// Wall time of attaching, erasing, programming and verifying.
    pub took: Duration,
}

/// The journal's flash of a board without power: what age does to it, and what a thief would read.
pub trait JournalAccess {
    /// Flips bit `bit` (0 is the lowest) of the byte at `at`.
    fn flip(&mut self, at: usize, bit: u8);

    /// All of it.
    fn bytes(&self) -> Vec<u8>;
}

/// A terminal's board. Every method but [`name`](Board::name) and [`capabilities`](Board::capabilities) may be missing
/// on a kind of board; the default answers [`RigError::NoSuchInterface`].
pub trait Board {
    /// The board's kind, for messages.
    fn name(&self) -> &'static str;

    /// What this board can do.
    fn capabilities(&self) -> Capabilities;

    /// Powers the board and lets it boot. The lines are open before its first instruction, so no byte is lost.
    ///
    /// # Errors
    /// A part of the bench that fails, or a board that is on already.
    fn power_on(&mut self) -> BoardFuture<'_, Lines>;

    /// Cuts the power at once, whatever the board is doing. No effect when it is off.
    ///
    /// # Errors
    /// A part of the bench that fails.
    fn power_off(&mut self) -> BoardFuture<'_, ()>;

    /// What has gone wrong with the board by itself, if anything has: it crashed, it ended, or one of its lines went although nobody
    /// had cut the power. The first such thing stays known, whatever the board's power does.
    fn mishap(&mut self) -> Option<Mishap> {
        None
    }

    /// A flag that is true exactly while the terminal's application occupies the bench's thread. By it a watchdog on another thread
    /// tells a terminal that spins from a harness that does. `None` where the application runs elsewhere.
    fn application(&self) -> Option<Arc<AtomicBool>> {
        None
    }

    /// Resets the board, which stays powered; its lines stay open.
    ///
    /// # Errors
    /// A part of the bench that fails, or a board that is off.
    fn reset(&mut self) -> BoardFuture<'_, ()> {
        missing(self.name(), "reset")
    }

    /// Pulls the cable of `line` at the board's end, while the board has power. No case does this: whoever tests the harness shows by it
    /// that a line that goes is noticed.
    ///
    /// # Errors
    /// A board that is off.
    fn unplug(&mut self, _line: LineName) -> BoardFuture<'_, ()> {
        missing(self.name(), "unplugging a line")
    }

    /// Cuts the power and removes the battery: key store and journal are those of a new board.
    ///
    /// # Errors
    /// A part of the bench that fails.
    fn blank(&mut self) -> BoardFuture<'_, ()> {
        missing(self.name(), "blank")
    }

    /// Puts `image` into flash through the debug probe and verifies it. The board is off before and after.
    ///
    /// # Errors
    /// A probe or flash that fails, with the address where verify found a difference.
    fn flash<'a>(
        &'a mut self,
        _image: &'a Image,
        _progress: &'a dyn Fn(Progress),
    ) -> BoardFuture<'a, FlashReport> {
        missing(self.name(), "flash")
    }

    /// Reads the flash back through the debug probe and compares it with `image`. The board is off before and after.
    ///
    /// # Errors
    /// [`RigError::FlashDiffers`] with the first address that differs.
    fn verify<'a>(&'a mut self, _image: &'a Image) -> BoardFuture<'a, ()> {
        missing(self.name(), "flash")
    }

    /// The selector (`VID:PID:unix:PATH`) by which any probe-rs tool reaches the board's probe while it is on.
    fn probe_selector(&self) -> Option<String> {
        None
    }

    /// Makes the power fail at one of the application's awaits: after so many more polls it is not polled again in this boot, as if its
    /// supply had gone at that moment, while the lines stay. The future ends then; whoever awaits it cuts the power. `None` where the
    /// application runs elsewhere.
    fn fail_after(&mut self, _polls: usize) -> Option<BoardFuture<'static, ()>> {
        None
    }

    /// The same within the key store: behind so many more bytes of it that the application stores, no byte is stored any more.
    fn fail_after_stores(&mut self, _bytes: usize) -> Option<BoardFuture<'static, ()>> {
        None
    }

    /// The same within the journal: behind so many more units of 16 bytes that are written to its flash, and erasures of it, nothing
    /// of it changes any more.
    fn fail_after_journal_changes(&mut self, _changes: usize) -> Option<BoardFuture<'static, ()>> {
        None
    }

    /// Opens or closes the tamper switch of a board that is off. What comes of it is its declared hardware's doing (INTERFACE.md,
    /// section 8); with power the front end's line tells of the switch.
    ///
    /// # Errors
    /// A board that is on, or whose battery cannot be reached.
    fn tamper_without_power(&mut self, _open: bool) -> BoardFuture<'_, ()> {
        missing(self.name(), "tamper switch without power")
    }

    /// The journal's flash, where the board's own memory is at hand.
    fn journal(&mut self) -> Option<&mut dyn JournalAccess> {
        None
    }

    /// The bytes of the key store's region, where the board's own memory is at hand; [`read_memory`](Board::read_memory) reads it elsewhere.
    fn key_store(&self) -> Option<Vec<u8>> {
        None
    }

    /// Reads `bytes.len()` bytes of memory from `address` on through the debug probe, while the board runs.
    ///
    /// # Errors
    /// A probe that fails, or a board that is off.
    fn read_memory<'a>(&'a mut self, _address: u64, _bytes: &'a mut [u8]) -> BoardFuture<'a, ()> {
        missing(self.name(), "memory")
    }
}

fn missing<'a, T>(board: &'static str, interface: &'static str) -> BoardFuture<'a, T> {
    Box::pin(async move { Err(RigError::NoSuchInterface { board, interface }) })
}
