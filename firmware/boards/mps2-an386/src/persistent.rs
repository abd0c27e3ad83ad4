//! Memory that outlives the program: a file behind the emulator's PSRAM, read and written byte by byte.
#![allow(unsafe_code, reason = "memory changed and read outside the program needs volatile access")]

use core::marker::PhantomData;

/// A range of memory that keeps its bytes over a reset and a power cut.
///
/// Bytes are stored one at a time in ascending order, so that a power cut leaves a prefix of a write, never another
/// mixture. Offsets beyond the range are a fault of the caller and end the program.
pub struct Persistent<'m> {
    start: *mut u8,
    length: usize,
    memory: PhantomData<&'m mut [u8]>,
}

// SAFETY: the value is the only owner of its memory, as a `&mut [u8]` would be.
unsafe impl Send for Persistent<'_> {}

impl<'m> Persistent<'m> {
    /// Takes the memory of a slice: what a test uses in place of the board's memory.
    pub fn over(memory: &'m mut [u8]) -> Self {
        Self { start: memory.as_mut_ptr(), length: memory.len(), memory: PhantomData }
    }

    /// Takes `length` bytes from `start` on.
    ///
    /// # Safety
    /// The range is valid for reads and writes for `'m`, and nothing else in the program uses it.
    pub const unsafe fn from_raw(start: *mut u8, length: usize) -> Self {
        Self { start, length, memory: PhantomData }
    }

    /// Size in bytes.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether there is no memory at all.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Copies from `offset` on.
    pub fn read(&self, offset: usize, bytes: &mut [u8]) {
        self.check(offset, bytes.len());
        for (index, byte) in bytes.iter_mut().enumerate() {
            // SAFETY: `check` has shown that `offset + index` lies within the range that this value owns.
            *byte = unsafe { self.start.add(offset + index).read_volatile() };
        }
    }

    /// Stores from `offset` on.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.check(offset, bytes.len());
        for (index, byte) in bytes.iter().enumerate() {
            // SAFETY: as in `read`.
            unsafe { store(self.start.add(offset + index), *byte) };
        }
    }

    /// Stores `byte` into `count` bytes from `offset` on.
    pub fn fill(&mut self, offset: usize, count: usize, byte: u8) {
        self.check(offset, count);
        for index in 0..count {
            // SAFETY: as in `read`.
            unsafe { store(self.start.add(offset + index), byte) };
        }
    }

    fn check(&self, offset: usize, count: usize) {
        let within = offset.checked_add(count).is_some_and(|end| end <= self.length);
        assert!(within, "an access beyond the end of persistent memory");
    }
}

/// Stores one byte. Every store into persistent memory is made here, so that a debug probe can halt the board before
/// each of them: by this symbol, with the address in R0 and the byte in R1 (AAPCS).
///
/// # Safety
/// `at` is valid for a write of one byte.
// SAFETY (the attribute): the symbol is used nowhere else.
#[cfg_attr(target_os = "none", unsafe(export_name = "PAYRIG_STORE"))]
#[inline(never)]
unsafe extern "C" fn store(at: *mut u8, byte: u8) {
    // SAFETY: the caller promises it.
    unsafe { at.write_volatile(byte) };
}
