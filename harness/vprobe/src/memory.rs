//! The emulated memory, with the flash that outlives it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::error::VprobeError;
use crate::flash_image::FlashImage;
use crate::memory_map::MemoryMap;
use crate::qemu::qtest::Qtest;
use crate::thumb::scan::Scan;

/// From here on are peripherals, which must not be read to see whether they hold an instruction
/// (ARM DDI 0403E.e, B3.1).
const DEVICES: u32 = 0x4000_0000;
/// Code outside the flash is read, and known, in pieces of this size.
const PIECE: u32 = 256;
/// At most this many pieces: RAM that holds no code reads as code all the same, for megabytes.
const PIECES: usize = 64;

/// Memory and devices as the probe reaches them.
pub(crate) struct Memory {
    qtest: Qtest,
    flash: FlashImage,
    map: MemoryMap,
    loose: LooseCode,
}

/// Code outside the flash, as far as it was followed: flash algorithms, and programs that are loaded into RAM.
#[derive(Default)]
struct LooseCode {
    scan: Scan,
    pieces: BTreeMap<u32, Vec<u8>>,
}

impl Memory {
    /// Puts the flash's contents into place.
    pub(crate) fn power_on(
        mut qtest: Qtest,
        mut flash: FlashImage,
        map: MemoryMap,
    ) -> Result<Self, VprobeError> {
        flash.restore(&mut qtest)?;
        Ok(Self { qtest, flash, map, loose: LooseCode::default() })
    }

    /// Goes on with an emulator that was started anew: flash as the file has it, everything else as at power-on.
    pub(crate) fn restart(&mut self, mut qtest: Qtest) -> Result<(), VprobeError> {
        self.flash.restore(&mut qtest)?;
        self.qtest = qtest;
        self.loose = LooseCode::default();
        Ok(())
    }

    /// Whether something answers at each of `length` bytes from `address` on.
    pub(crate) fn is_mapped(&self, address: u32, length: usize) -> bool {
        self.map.covers(address, length)
    }

    pub(crate) fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), VprobeError> {
        self.qtest.read(address, bytes)
    }

    pub(crate) fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), VprobeError> {
        if self.flash.overlaps(address, bytes.len()) {
            self.flash.touch();
        }
        self.loose.forget(address, bytes.len());
        self.qtest.write(address, bytes)
    }

    /// Takes note that the core is about to execute at `pc`, because of the probe.
    ///
    /// What runs outside the flash may be a flash algorithm: from then on the flash counts as changed. When
    /// the program in flash runs, flashing has ended, and the file is brought up to date.
    pub(crate) fn executes_at(&mut self, pc: u32) -> Result<(), VprobeError> {
        if self.flash.contains(pc) {
            return self.flash.save(&mut self.qtest);
        }
        self.flash.touch();
        Ok(())
    }

    /// Whether `address` lies in the flash.
    pub(crate) fn in_flash(&self, address: u32) -> bool {
        self.flash.contains(address)
    }

    /// Brings the flash file up to date, if anything may have changed.
    pub(crate) fn save_flash(&mut self) -> Result<(), VprobeError> {
        self.flash.save(&mut self.qtest)
    }

    /// Follows the code that the core can reach from `root` on, to find its BKPT instructions.
    pub(crate) fn follow_code(&mut self, root: u32) -> Result<(), VprobeError> {
        if self.flash.contains(root) {
            self.flash.breakpoints(Some(root));
            return Ok(());
        }
        let Self { qtest, map, flash, loose } = self;
        loose.scan.follow(root, |address| {
            let piece = address - address % PIECE;
            if address >= DEVICES || flash.contains(address) || !map.covers(piece, PIECE as usize) {
                return Ok(None);
            }
            let pieces = loose.pieces.len();
            let bytes = match loose.pieces.entry(piece) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(_) if pieces >= PIECES => return Ok(None),
                Entry::Vacant(unknown) => {
                    let mut bytes = vec![0; PIECE as usize];
                    qtest.read(piece, &mut bytes)?;
                    unknown.insert(bytes)
                }
            };
            let at = (address % PIECE) as usize;
            let half_word = bytes.get(at..at + 2).and_then(|b| b.try_into().ok());
            Ok(half_word.map(u16::from_le_bytes))
        })
    }

    /// Forgets the code outside the flash.
    pub(crate) fn forget_loose_code(&mut self) {
        self.loose = LooseCode::default();
    }

    /// The BKPT instructions of the program in flash and of the code that was followed.
    pub(crate) fn breakpoints(&mut self) -> BTreeSet<u32> {
        self.flash.breakpoints(None).union(self.loose.scan.found()).copied().collect()
    }

    /// Whether the half-word at `address` is a BKPT instruction (ARM DDI 0403E.e, A7.7.17).
    pub(crate) fn is_bkpt(&mut self, address: u32) -> Result<bool, VprobeError> {
        Ok(self.half_word(address)? >> 8 == 0xBE)
    }

    /// Whether the half-word at `address` is a WFI instruction (ARM DDI 0403E.e, A7.7.262, encoding T1).
    pub(crate) fn is_wfi(&mut self, address: u32) -> Result<bool, VprobeError> {
        Ok(self.half_word(address)? == 0xBF30)
    }

    /// The half-word at `address`; zero where it cannot be an instruction.
    fn half_word(&mut self, address: u32) -> Result<u16, VprobeError> {
        if address >= DEVICES {
            return Ok(0);
        }
        let mut half_word = [0; 2];
        self.read(address & !1, &mut half_word)?;
        Ok(u16::from_le_bytes(half_word))
    }
}

impl LooseCode {
    /// What is written over may be other code from now on.
    fn forget(&mut self, address: u32, length: usize) {
        let end = u64::from(address) + length as u64;
        let hit = |piece: &u32| u64::from(*piece) < end && address < piece.saturating_add(PIECE);
        if self.pieces.keys().any(hit) {
            *self = Self::default();
        }
    }
}
