//! The interrupt vectors of the AN386 image (Arm DAI 0386, interrupt map) that the drivers use.
#![allow(unsafe_code, reason = "the vector table is placed by the linker script and enabled by number")]

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;

use crate::{time, uart};

unsafe extern "C" {
    fn DefaultHandler();
}

type Handler = unsafe extern "C" fn();

/// Number of vectors: those behind the last one used are left out.
const VECTORS: usize = 32;

/// Every interrupt in use, with its handler.
const HANDLERS: [(u16, Handler); 12] = [
    (0, panel_received),
    (1, panel_sent),
    (2, modem_received),
    (3, modem_sent),
    (4, slot_received),
    (5, slot_sent),
    (8, counter),
    (9, alarm),
    (18, antenna_received),
    (19, antenna_sent),
    (20, front_end_received),
    (21, front_end_sent),
];

// SAFETY: cortex-m-rt's feature `device` asks for this symbol in this section: the vectors, by interrupt number.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".vector_table.interrupts")]
static __INTERRUPTS: [Handler; VECTORS] = vectors();

const fn vectors() -> [Handler; VECTORS] {
    let mut vectors: [Handler; VECTORS] = [DefaultHandler; VECTORS];
    let mut index = 0;
    while index < HANDLERS.len() {
        let (number, handler) = HANDLERS[index];
        vectors[number as usize] = handler;
        index += 1;
    }
    vectors
}

#[derive(Clone, Copy)]
struct Number(u16);

// SAFETY: only numbers of `HANDLERS` are made into a `Number`, and each is one of the board's.
unsafe impl InterruptNumber for Number {
    fn number(self) -> u16 {
        self.0
    }
}

/// Enables every interrupt in use; the UARTs and the clock have been started.
pub fn enable() {
    for (number, _) in HANDLERS {
        // SAFETY: no critical section relies on the interrupt being masked.
        unsafe { NVIC::unmask(Number(number)) };
    }
}

extern "C" fn panel_received() {
    uart::PANEL.on_received();
}

extern "C" fn panel_sent() {
    uart::PANEL.on_sent();
}

extern "C" fn modem_received() {
    uart::MODEM.on_received();
}

extern "C" fn modem_sent() {
    uart::MODEM.on_sent();
}

extern "C" fn slot_received() {
    uart::SLOT.on_received();
}

extern "C" fn slot_sent() {
    uart::SLOT.on_sent();
}

extern "C" fn antenna_received() {
    uart::ANTENNA.on_received();
}

extern "C" fn antenna_sent() {
    uart::ANTENNA.on_sent();
}

extern "C" fn front_end_received() {
    uart::FRONT_END.on_received();
}

extern "C" fn front_end_sent() {
    uart::FRONT_END.on_sent();
}

extern "C" fn counter() {
    time::on_counter();
}

extern "C" fn alarm() {
    time::on_alarm();
}
