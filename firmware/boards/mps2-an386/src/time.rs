//! embassy-time on two CMSDK timers (Arm DDI 0479, APB timer): one counts, one wakes.
#![allow(unsafe_code, reason = "names the two timers by their addresses and exports the driver's symbols")]

use core::cell::RefCell;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::Waker;

use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_time_driver::{Driver, TICK_HZ};
use embassy_time_queue_utils::Queue;

use crate::registers::{Offset, Registers};

/// The timers' clock in Hz: SYSCLK of the AN386 image.
const CLOCK_HZ: u64 = 25_000_000;
const CYCLES_PER_TICK: u64 = CLOCK_HZ / TICK_HZ;

const CTRL: Offset = Offset(0x0);
const VALUE: Offset = Offset(0x4);
const RELOAD: Offset = Offset(0x8);
/// Read: the interrupt's state. Write 1: clear it.
const INTERRUPT: Offset = Offset(0xC);

const ENABLE: u32 = 1;
const INTERRUPT_ENABLE: u32 = 1 << 3;

struct CmsdkTimers {
    /// Counts down through all 32 bits, once in 172 s.
    counter: Registers,
    /// Counts down once, to the next waker's time.
    alarm: Registers,
    running: AtomicBool,
    wraps: AtomicU32,
    queue: Mutex<CriticalSectionRawMutex, RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static TIMERS: CmsdkTimers = CmsdkTimers {
    // SAFETY: TIMER0 and TIMER1 of the AN386 memory map; the offsets above are a CMSDK timer's.
    counter: unsafe { Registers::at(0x4000_0000) },
    // SAFETY: as above.
    alarm: unsafe { Registers::at(0x4000_1000) },
    running: AtomicBool::new(false),
    wraps: AtomicU32::new(0),
    queue: Mutex::new(RefCell::new(Queue::new())),
});

defmt::timestamp!("{=u64:us}", TIMERS.now());

/// Starts the clock at zero.
pub fn start() {
    TIMERS.counter.write(RELOAD, u32::MAX);
    TIMERS.counter.write(VALUE, u32::MAX);
    TIMERS.counter.write(CTRL, ENABLE | INTERRUPT_ENABLE);
    TIMERS.running.store(true, Ordering::Release);
}

/// The counter has wrapped.
pub fn on_counter() {
    // `now` counts a wrap whose interrupt is pending: clearing and counting must not be torn apart.
    critical_section(|| {
        TIMERS.counter.write(INTERRUPT, 1);
        TIMERS.wraps.store(TIMERS.wraps.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    });
}

/// The alarm has come.
pub fn on_alarm() {
    TIMERS.alarm.write(INTERRUPT, 1);
    TIMERS.queue.lock(|queue| TIMERS.serve(&mut queue.borrow_mut()));
}

impl CmsdkTimers {
    /// Wakes whom the time has come for and sets the alarm for the next.
    fn serve(&self, queue: &mut Queue) {
        let mut now = self.now();
        loop {
            let next = queue.next_expiration(now);
            if next == u64::MAX {
                return;
            }
            now = self.now();
            if next > now {
                return self.set_alarm(next - now);
            }
        }
    }

    /// A time beyond the timer's 32 bits is reached in several alarms.
    fn set_alarm(&self, ticks: u64) {
        let cycles = u32::try_from(ticks.saturating_mul(CYCLES_PER_TICK)).unwrap_or(u32::MAX);
        self.alarm.write(CTRL, 0);
        // A reload value of zero makes the timer stop at zero.
        self.alarm.write(RELOAD, 0);
        self.alarm.write(VALUE, cycles);
        self.alarm.write(CTRL, ENABLE | INTERRUPT_ENABLE);
    }
}

impl Driver for CmsdkTimers {
    fn now(&self) -> u64 {
        if !self.running.load(Ordering::Acquire) {
            return 0;
        }
        let (wraps, value) = critical_section(|| {
            let value = self.counter.read(VALUE);
            let wraps = self.wraps.load(Ordering::Relaxed);
            if self.counter.read(INTERRUPT) == 0 {
                return (wraps, value);
            }
            (wraps.wrapping_add(1), self.counter.read(VALUE))
        });
        let cycles = (u64::from(wraps) << 32) | u64::from(u32::MAX - value);
        cycles / CYCLES_PER_TICK
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        self.queue.lock(|queue| {
            let mut queue = queue.borrow_mut();
            if queue.schedule_wake(at, waker) {
                self.serve(&mut queue);
            }
        });
    }
}

fn critical_section<R>(body: impl FnOnce() -> R) -> R {
    cortex_m::interrupt::free(|_| body())
}
