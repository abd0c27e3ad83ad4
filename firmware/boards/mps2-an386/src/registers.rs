//! Device registers: 32 bits wide, at offsets from a peripheral's base address.
#![allow(unsafe_code, reason = "device registers are reached by address")]

/// The registers of one peripheral.
pub struct Registers {
    base: *mut u32,
}

// SAFETY: every access is a single volatile load or store of a whole register, which the bus makes indivisible.
unsafe impl Sync for Registers {}
// SAFETY: as for `Sync`.
unsafe impl Send for Registers {}

/// A register's offset from its peripheral's base, in bytes.
#[derive(Clone, Copy)]
pub struct Offset(pub usize);

impl Registers {
    /// Names the peripheral at `base`.
    ///
    /// # Safety
    /// `base` is a peripheral's base address, and every [`Offset`] used with it is that of one of its registers.
    pub const unsafe fn at(base: usize) -> Self {
        Self { base: core::ptr::with_exposed_provenance_mut(base) }
    }

    /// Loads a register.
    pub fn read(&self, register: Offset) -> u32 {
        // SAFETY: `at`'s caller has promised that this is a register.
        unsafe { self.base.byte_add(register.0).read_volatile() }
    }

    /// Stores a register.
    pub fn write(&self, register: Offset, value: u32) {
        // SAFETY: as in `read`.
        unsafe { self.base.byte_add(register.0).write_volatile(value) }
    }
}
