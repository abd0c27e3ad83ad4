//! CMSDK UARTs (Arm DDI 0479, APB UART), driven by interrupts through ring buffers.
#![allow(unsafe_code, reason = "names the UARTs by their addresses")]

use core::convert::Infallible;
use core::future::poll_fn;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::Poll;

use embassy_sync::waitqueue::AtomicWaker;
use embedded_io_async::{ErrorType, Read, Write};

use crate::registers::{Offset, Registers};
use crate::ring;

const DATA: Offset = Offset(0x0);
const STATE: Offset = Offset(0x4);
const CTRL: Offset = Offset(0x8);
/// Read: the interrupts' states. Write 1: clear.
const INTERRUPT: Offset = Offset(0xC);
const BAUDDIV: Offset = Offset(0x10);

const STATE_TX_FULL: u32 = 1;
const STATE_RX_FULL: u32 = 1 << 1;
const STATE_RX_OVERRUN: u32 = 1 << 3;

const CTRL_TX: u32 = 1;
const CTRL_RX: u32 = 1 << 1;
const CTRL_TX_INTERRUPT: u32 = 1 << 2;
const CTRL_RX_INTERRUPT: u32 = 1 << 3;

const INTERRUPT_TX: u32 = 1;
const INTERRUPT_RX: u32 = 1 << 1;

/// 115 207 baud at 25 MHz.
const DIVISOR: u32 = 217;

/// Bytes of each ring buffer.
pub const RING: usize = 1024;

type Ring = ring::Ring<RING>;

/// The rings of one line; all zero at first, so that they take no room in flash.
struct Rings {
    received: Ring,
    to_send: Ring,
}

static RINGS: [Rings; 5] = [const { Rings { received: Ring::new(), to_send: Ring::new() } }; 5];

/// One line of the board.
pub struct Uart {
    name: &'static str,
    registers: Registers,
    received: &'static Ring,
    to_send: &'static Ring,
    /// A byte waits in the UART because the ring was full when it came.
    stalled: AtomicBool,
    /// Bytes lost because the UART's one byte had not been taken in time.
    overruns: AtomicU32,
    all_sent: AtomicWaker,
}

/// Panel: keypad in, screen out.
pub static PANEL: Uart = uart("panel", 0x4000_4000, &RINGS[0]);
/// Modem: AT commands and data.
pub static MODEM: Uart = uart("modem", 0x4000_5000, &RINGS[1]);
/// Slot: ISO 7816-3 characters with escapes.
pub static SLOT: Uart = uart("slot", 0x4000_6000, &RINGS[2]);
/// Antenna: PN532 frames.
pub static ANTENNA: Uart = uart("antenna", 0x4000_7000, &RINGS[3]);
/// Front end: events in, printer out.
pub static FRONT_END: Uart = uart("front end", 0x4000_9000, &RINGS[4]);

const fn uart(name: &'static str, base: usize, rings: &'static Rings) -> Uart {
    Uart {
        name,
        // SAFETY: the five callers give UART0 to UART4 of the AN386 memory map; the offsets are a CMSDK UART's.
        registers: unsafe { Registers::at(base) },
        received: &rings.received,
        to_send: &rings.to_send,
        stalled: AtomicBool::new(false),
        overruns: AtomicU32::new(0),
        all_sent: AtomicWaker::new(),
    }
}

impl Uart {
    /// Switches the UART on and gives its two directions; its interrupts are enabled by `interrupts::enable`.
    pub fn start(&'static self) -> (Receiver, Sender) {
        self.registers.write(BAUDDIV, DIVISOR);
        self.registers.write(CTRL, CTRL_TX | CTRL_RX | CTRL_TX_INTERRUPT | CTRL_RX_INTERRUPT);
        // The emulator looks for input when DATA is read, not when reception is enabled: without this read, what
        // came before would wait for ever.
        let _ = self.registers.read(DATA);
        (Receiver { uart: self }, Sender { uart: self })
    }

    /// Bytes lost since power-up.
    pub fn overruns(&self) -> u32 {
        self.overruns.load(Ordering::Relaxed)
    }

    /// A byte has come.
    pub fn on_received(&self) {
        self.registers.write(INTERRUPT, INTERRUPT_RX);
        let state = self.registers.read(STATE);
        if state & STATE_RX_OVERRUN != 0 {
            self.registers.write(STATE, STATE_RX_OVERRUN);
            let lost = self.overruns.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            defmt::warn!("{=str}: {=u32} bytes lost since power-up", self.name, lost);
        }
        if state & STATE_RX_FULL == 0 {
            return;
        }
        if self.received.is_full() {
            // Left in the UART, the byte holds back the emulator's sender; on the FPGA the next byte overruns it.
            self.stalled.store(true, Ordering::Relaxed);
            return;
        }
        let byte = self.registers.read(DATA) as u8;
        let _ = self.received.try_write(&[byte]);
    }

    /// A byte has gone.
    pub fn on_sent(&self) {
        self.registers.write(INTERRUPT, INTERRUPT_TX);
        if !self.send_one() {
            self.all_sent.wake();
        }
    }

    /// Gives the UART a byte to send, if there is one; called with interrupts held back.
    fn send_one(&self) -> bool {
        if self.registers.read(STATE) & STATE_TX_FULL != 0 {
            return true;
        }
        let mut byte = [0];
        let some = self.to_send.try_read(&mut byte) > 0;
        if some {
            self.registers.write(DATA, u32::from(byte[0]));
        }
        some
    }

    fn sent_all(&self) -> bool {
        self.to_send.is_empty() && self.registers.read(STATE) & STATE_TX_FULL == 0
    }
}

/// What a line brings. Cancel-safe: a read that is dropped has taken no byte.
pub struct Receiver {
    uart: &'static Uart,
}

impl ErrorType for Receiver {
    type Error = Infallible;
}

impl Read for Receiver {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let count = self.uart.received.read(bytes).await;
        if self.uart.stalled.swap(false, Ordering::Relaxed) {
            cortex_m::interrupt::free(|_| self.uart.on_received());
        }
        Ok(count)
    }
}

/// What a line is sent.
pub struct Sender {
    uart: &'static Uart,
}

impl ErrorType for Sender {
    type Error = Infallible;
}

impl Write for Sender {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let count = self.uart.to_send.write(bytes).await;
        // The first byte starts the chain: each byte that has gone sends the next from its interrupt.
        cortex_m::interrupt::free(|_| self.uart.send_one());
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        poll_fn(|context| {
            self.uart.all_sent.register(context.waker());
            if self.uart.sent_all() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        Ok(())
    }
}
