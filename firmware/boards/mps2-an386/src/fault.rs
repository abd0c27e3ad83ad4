//! How a fault of the program ends: told by defmt, noted for the next boot, then a reset.
//!
//! A terminal that hangs holds up a queue of customers, and its stores stand any reset. The reset cannot be
//! overlooked: a new boot line appears, the boot counter rises, and the next run logs the account of this one.
#![allow(unsafe_code, reason = "cortex-m-rt's fault handlers are unsafe functions")]

use core::fmt::Write;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};

use crate::last_fault::Account;
use crate::regions;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    begin();
    defmt::error!("{}", defmt::Display2Format(info));
    let mut account = Account::default();
    // The place alone: a message may quote values, and the account outlives the run.
    let _ = match info.location() {
        Some(place) => write!(account, "panic at {}:{}", place.file(), place.line()),
        None => account.write_str("panic"),
    };
    end(&account)
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    begin();
    defmt::error!("hard fault at {=u32:#010x}, called from {=u32:#010x}", frame.pc(), frame.lr());
    let mut account = Account::default();
    let _ = write!(account, "hard fault at {:#010x}, called from {:#010x}", frame.pc(), frame.lr());
    end(&account)
}

#[exception]
unsafe fn DefaultHandler(interrupt: i16) {
    begin();
    defmt::error!("interrupt {=i16} has no handler", interrupt);
    let mut account = Account::default();
    let _ = write!(account, "interrupt {interrupt} has no handler");
    end(&account)
}

/// Holds back interrupts; a fault while a fault is being told (the log itself may be at fault) resets at once.
fn begin() {
    static ENDING: AtomicBool = AtomicBool::new(false);
    cortex_m::interrupt::disable();
    if ENDING.swap(true, Ordering::Relaxed) {
        SCB::sys_reset();
    }
}

fn end(account: &Account) -> ! {
    // SAFETY: the program has ended: the handlers above run with interrupts off or above them, and then reset.
    account.store(&mut unsafe { regions::last_words() });
    SCB::sys_reset()
}
