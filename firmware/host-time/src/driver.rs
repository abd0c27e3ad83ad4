//! The time driver that embassy-time links to: it asks the application that is being polled on this thread.

use core::cell::RefCell;
use core::task::Waker;
use core::time::Duration;

use embassy_time_driver::{Driver, TICK_HZ};
use embassy_time_queue_utils::Queue;
use tokio::time::Instant;

/// One application's clock: when it was started, and the timers that it waits for.
#[derive(Debug)]
pub(crate) struct Clock {
    base: Instant,
    queue: Queue,
}

impl Clock {
    /// A clock that starts at zero now.
    pub(crate) fn start() -> Self {
        Self { base: Instant::now(), queue: Queue::new() }
    }

    fn now(&self) -> u64 {
        let nanos = Instant::now().saturating_duration_since(self.base).as_nanos();
        u64::try_from(nanos * u128::from(TICK_HZ) / 1_000_000_000).unwrap_or(u64::MAX)
    }

    /// Wakes whoever waits for a moment that has come, and says when the next one comes.
    pub(crate) fn wake_expired(&mut self) -> Option<Instant> {
        match self.queue.next_expiration(self.now()) {
            u64::MAX => None,
            ticks => self.base.checked_add(Self::span(ticks)),
        }
    }

    /// Ticks as a span, rounded up so that an alarm is never early.
    fn span(ticks: u64) -> Duration {
        let nanos = (u128::from(ticks) * 1_000_000_000).div_ceil(u128::from(TICK_HZ));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Clock>> = const { RefCell::new(None) };
}

/// Puts a clock in place on this thread until it is dropped, then gives it back to its slot.
pub(crate) struct InPlace<'a> {
    slot: &'a mut Option<Clock>,
    outer: Option<Clock>,
}

impl<'a> InPlace<'a> {
    pub(crate) fn new(slot: &'a mut Option<Clock>) -> Self {
        let outer = CURRENT.replace(slot.take());
        Self { slot, outer }
    }
}

impl Drop for InPlace<'_> {
    fn drop(&mut self) {
        *self.slot = CURRENT.replace(self.outer.take());
    }
}

struct TokioDriver;

impl Driver for TokioDriver {
    fn now(&self) -> u64 {
        CURRENT.with_borrow(|clock| clock.as_ref().map_or(0, Clock::now))
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        CURRENT.with_borrow_mut(|clock| {
            if let Some(clock) = clock {
                clock.queue.schedule_wake(at, waker);
            }
        });
    }
}

embassy_time_driver::time_driver_impl!(static DRIVER: TokioDriver = TokioDriver);
