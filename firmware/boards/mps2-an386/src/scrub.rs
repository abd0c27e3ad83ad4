//! Overwrites what a transaction has left on the stack.
//!
//! The application asks for it; it is done by the executor between two polls, when no frame of the application is on the stack
//! any more: whatever its functions had there lies below the stack pointer then.
#![allow(unsafe_code, reason = "overwrites the memory below the stack pointer")]

use core::arch::asm;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use embassy_time::Instant;

/// Whether it was asked for since it was done last.
static WANTED: AtomicBool = AtomicBool::new(false);
/// How long it took the last time, in microseconds: for whoever measures it by the debug probe.
#[unsafe(export_name = "PAYRIG_SCRUB_US")]
static TOOK_US: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    /// Where what the linker has placed in RAM ends, and the stack can reach down to (link.x of cortex-m-rt).
    static __sheap: u32;
}

/// Asks for it.
pub fn want() {
    WANTED.store(true, Ordering::Relaxed);
}

/// Does it, where it was asked for. Called by the executor, not by a task.
pub fn if_wanted() {
    if WANTED.swap(false, Ordering::Relaxed) {
        let begin = Instant::now();
        unused_stack();
        let took = Instant::now().saturating_duration_since(begin).as_micros();
        TOOK_US.store(u32::try_from(took).unwrap_or(u32::MAX), Ordering::Relaxed);
    }
}

/// Overwrites all between the end of the statics and the stack pointer with zeros.
///
/// An interrupt puts its frame below the stack pointer and is through with it before the next store is made here.
#[inline(never)]
fn unused_stack() {
    // Its address, which is a multiple of four.
    let end = &raw const __sheap;
    // SAFETY: there is nothing in this memory: the image has no heap, and Arm's procedure call standard (AAPCS32, 6.2.1) has
    // nothing below the stack pointer, which this does not move. It calls nothing and has no store of its own in between.
    unsafe {
        asm!(
            "2: cmp {at}, sp",
            "bhs 3f",
            "str {zero}, [{at}], #4",
            "b 2b",
            "3:",
            at = inout(reg) end => _,
            zero = in(reg) 0,
            options(nostack),
        );
    }
}
