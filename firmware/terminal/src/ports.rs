//! What a board gives the application: its lines, its stores, its identity.
//!
//! The application names no chip. A board (emulated, real, or a native process behind byte pipes) implements
//! [`Hardware`] by naming its types, fills a [`Ports`] and runs the future that [`crate::run`] returns.

use embedded_io_async::{Read, Write};
use embedded_storage_async::nor_flash::NorFlash;

/// The types of one board's peripherals.
///
/// Every `Read` is cancel-safe: a read future that is dropped has taken no byte.
pub trait Hardware {
    /// Keys and provisioning records from the panel line.
    type Keypad: Read;
    /// The panel line's VT100 screen.
    type Display: Write;
    /// What the modem sends.
    type ModemRx: Read;
    /// What the modem is sent.
    type ModemTx: Write;
    /// Characters of the card in the slot, with escaped signals (INTERFACE.md, section 9).
    type SlotRx: Read;
    /// Characters to the card slot, with escaped control.
    type SlotTx: Write;
    /// The front end's bytes: framed events (INTERFACE.md, section 8).
    type FrontEnd: Read;
    /// The receipt printer, ESC/POS; what it answers comes as events of the front end.
    type Printer: Write;
    /// Random numbers.
    type Entropy: Entropy;
    /// Battery-backed RAM, erased by nothing but the application and the battery.
    type BatteryRam: BatteryRam;
    /// NOR flash of the journal.
    type Flash: NorFlash;

    /// Is told that a transaction has ended: whatever the board has used for it besides the application's future (the stack,
    /// buffers of drivers) may still hold its card number, its PIN or keys, and is to be overwritten.
    ///
    /// The application waits for one turn of its executor then, in which nothing of it is on the stack but what this very
    /// transaction did not use. A board whose memory is nobody else's, such as a process, has nothing to do.
    fn scrub() {}
}

/// The peripherals of one board, handed over at boot.
pub struct Ports<H: Hardware> {
    /// Keys and provisioning records from the panel line.
    pub keypad: H::Keypad,
    /// The panel line's VT100 screen.
    pub display: H::Display,
    /// What the modem sends.
    pub modem_rx: H::ModemRx,
    /// What the modem is sent.
    pub modem_tx: H::ModemTx,
    /// Characters of the card in the slot.
    pub slot_rx: H::SlotRx,
    /// Characters to the card slot.
    pub slot_tx: H::SlotTx,
    /// The front end's bytes.
    pub front_end: H::FrontEnd,
    /// The receipt printer.
    pub printer: H::Printer,
    /// Random numbers.
    pub entropy: H::Entropy,
    /// The key store's memory.
    pub battery_ram: H::BatteryRam,
    /// The journal's memory.
    pub flash: H::Flash,
    /// What the board knows of itself.
    pub identity: Identity,
}

/// What a board tells of itself; shown in the boot line.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// GNU build id of the running image, `None` on a build that has no image.
    pub build_id: Option<[u8; 20]>,
    /// Where the board's random numbers come from.
    pub entropy: EntropySource,
}

/// Where a board's random numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntropySource {
    /// A true random number generator.
    Hardware,
    /// A seeded generator: for emulated boards, never for keys in the field.
    Emulated,
}

/// A source of random bytes.
pub trait Entropy {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// Battery-backed RAM: readable and writable at any byte, kept without power.
///
/// Writes reach the memory in program order; a power cut may fall between any two of the stores they are made of.
pub trait BatteryRam {
    /// Size in bytes; at least 8192.
    fn capacity(&self) -> usize;
    /// Copies from `offset` on. `offset + bytes.len()` is at most the capacity.
    fn read(&self, offset: usize, bytes: &mut [u8]);
    /// Stores from `offset` on, in ascending order of addresses.
    fn write(&mut self, offset: usize, bytes: &[u8]);
}
