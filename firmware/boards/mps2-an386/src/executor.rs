//! The executor: embassy's raw one, asleep in WFI while there is nothing to do.
//!
//! embassy's own Cortex-M executor sleeps in WFE, which the emulator takes for a busy loop.
#![allow(unsafe_code, reason = "a raw executor is polled and its pender exported by hand")]

use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

use cortex_m::{asm, interrupt};
use embassy_executor::Spawner;
use embassy_executor::raw::Executor;

use crate::scrub;

/// Set when a task was woken since the last poll.
static PENDED: AtomicBool = AtomicBool::new(false);

// SAFETY: embassy-executor declares this symbol and leaves its definition to the program.
#[unsafe(export_name = "__pender")]
fn pender(_context: *mut ()) {
    PENDED.store(true, Ordering::Release);
}

/// Spawns the program's tasks through `init` and runs them for ever.
pub fn run(init: impl FnOnce(Spawner)) -> ! {
    let executor = cortex_m::singleton!(: Executor = Executor::new(ptr::null_mut()));
    // A second executor would be a fault of main.rs.
    let executor: &'static Executor = match executor {
        Some(executor) => executor,
        None => loop {
            asm::wfi();
        },
    };
    init(executor.spawner());
    loop {
        // SAFETY: called here only, in thread mode, hence never from within itself; the pender only sets a flag.
        unsafe { executor.poll() };
        scrub::if_wanted();
        sleep_until_pended();
    }
}

/// An interrupt between the look at the flag and WFI is held back by PRIMASK, yet ends WFI: no wake-up is lost.
fn sleep_until_pended() {
    interrupt::disable();
    if !PENDED.swap(false, Ordering::Acquire) {
        asm::wfi();
    }
    // SAFETY: interrupts were enabled before, and no critical section is open.
    unsafe { interrupt::enable() };
}
