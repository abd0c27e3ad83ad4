//! The bench between the terminal's modem line and whoever is at its other end: it records both ends, and drops, delays and damages bytes
//! when it is told to.
//!
//! The tape's `modem` line is the terminal's end, as always. [`DEVICE`] is the other end: what the device sent, and what it got.

mod carry;
mod external;
mod fault;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use payrig_rig::BoxLine;
use payrig_tape::{Direction, LineTap};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use tokio::{
    io::{duplex, split},
    time::{Duration, Instant},
};

pub(crate) use external::{External, serve};
pub use fault::{LineFault, LineTo, Rate, Way};

use carry::{Ended, carry};

/// The device's end of the modem line on the tape.
pub(crate) const DEVICE: &str = "modem-device";
/// A line's worth of buffering between the terminal's end and an actor.
const PIPE: usize = 4096;

/// What is wrong with a line, both ways. Clones are of the same line.
#[derive(Clone)]
pub(crate) struct LineFaults(Arc<Mutex<[Faulty; 2]>>);

/// One way of a line.
struct Faulty {
    fault: LineFault,
    chance: ChaCha8Rng,
}

impl LineFaults {
    /// None yet. Which bytes they hit is drawn from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        let way = |stream| {
            let mut chance = ChaCha8Rng::seed_from_u64(seed);
            chance.set_stream(stream);
            Faulty { fault: LineFault::default(), chance }
        };
        // Streams of their own: what goes one way does not change what happens to the other.
        Self(Arc::new(Mutex::new([way(1), way(2)])))
    }

    /// Puts faults in force, in the place of those that were.
    pub(crate) fn set(&self, to: &LineTo) {
        let mut ways = self.lock();
        for (direction, way) in
            [Direction::ToTerminal, Direction::FromTerminal].into_iter().zip(ways.iter_mut())
        {
            if to.concerns(direction) {
                way.fault = to.fault();
            }
        }
    }

    /// What comes out of the line of `bytes`, and when.
    fn pass(&self, direction: Direction, bytes: &[u8]) -> (Instant, Vec<u8>) {
        let [to_terminal, from_terminal] = &mut *self.lock();
        let Faulty { fault, chance } = match direction {
            Direction::ToTerminal => to_terminal,
            Direction::FromTerminal => from_terminal,
        };
        let hit = |rate: Option<Rate>, chance: &mut ChaCha8Rng| {
            rate.is_some_and(|rate| rate.hits(chance.next_u32()))
        };
        let mut out = Vec::with_capacity(bytes.len());
        for byte in bytes {
            if hit(fault.drop, chance) {
                continue;
            }
            let flipped = if hit(fault.damage, chance) { 1 << (chance.next_u32() % 8) } else { 0 };
            out.push(byte ^ flipped);
        }
        (Instant::now() + fault.delay.map_or(Duration::ZERO, |delay| delay.0), out)
    }

    /// Whoever panicked meanwhile has left whole values.
    fn lock(&self) -> MutexGuard<'_, [Faulty; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An actor's end of the line `terminal`. The line is carried by the future, which ends with it.
pub(crate) fn before_an_actor(
    terminal: BoxLine,
    faults: LineFaults,
    tap: LineTap,
) -> (BoxLine, impl Future<Output = ()>) {
    let (near, far) = duplex(PIPE);
    let carrying = async move {
        let (mut from_terminal, mut to_terminal) = split(terminal);
        let (mut from_actor, mut to_actor) = split(near);
        let up = carry(&mut from_terminal, &mut to_actor, &faults, &tap, Direction::FromTerminal);
        let down = carry(&mut from_actor, &mut to_terminal, &faults, &tap, Direction::ToTerminal);
        // With either end the line is over, and both sides see it.
        let _: Ended = tokio::select! { biased; ended = up => ended, ended = down => ended };
    };
    (Box::new(far), carrying)
}
