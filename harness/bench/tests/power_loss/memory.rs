//! The memory that outlives a power cut, as the battery file has it.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    ops::Range,
    path::Path,
};

/// First address of the battery-backed RAM, the file's first byte (board's README, INTERFACE.md, section 11).
const BASE: u32 = 0x2100_0000;
/// The key store: two copies of at most 4 KiB.
const KEY_STORE: Range<usize> = 0..0x2000;
/// The journal's flash.
const JOURNAL: Range<usize> = 0x10_0000..0x14_0000;
/// Bytes of the file that the board uses, and of the file.
const USED: usize = 0x14_1000;
const FILE: u64 = 16 << 20;

/// Bytes of the journal's sectors and of its unit of writing.
const SECTOR: usize = 4096;
const UNIT: usize = 16;
const ERASED: u8 = 0xFF;

/// One byte on its way into persistent memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store {
    pub address: u32,
    pub byte: u8,
}

/// What a store goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    KeyStore,
    Journal,
    Board,
}

impl Store {
    fn offset(self) -> usize {
        self.address.wrapping_sub(BASE) as usize
    }

    pub fn part(self) -> Part {
        match self.offset() {
            at if KEY_STORE.contains(&at) => Part::KeyStore,
            at if JOURNAL.contains(&at) => Part::Journal,
            _ => Part::Board,
        }
    }

    /// Whether it sets a byte of the journal to its erased state.
    pub fn erases(self) -> bool {
        self.part() == Part::Journal && self.byte == ERASED
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, start) = match self.part() {
            Part::KeyStore => ("key store", KEY_STORE.start),
            Part::Journal => ("journal", JOURNAL.start),
            Part::Board => ("board's record", 0),
        };
        write!(f, "{name} + {:#x}", self.offset() - start)
    }
}

/// The persistent memory's bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Memory(Vec<u8>);

impl Memory {
    /// Reads a battery file; one that is not there yet is all zero.
    pub fn read(battery: &Path) -> io::Result<Self> {
        let mut bytes = vec![0; USED];
        match File::open(battery) {
            Ok(mut file) => file.read_exact(&mut bytes)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        Ok(Self(bytes))
    }

    /// Makes a battery file of it.
    pub fn write(&self, battery: &Path) -> io::Result<()> {
        fs::write(battery, &self.0)?;
        File::options().write(true).open(battery)?.set_len(FILE)
    }

    /// The memory after some more stores.
    pub fn after(mut self, stores: &[Store]) -> Self {
        for store in stores {
            if let Some(byte) = self.0.get_mut(store.offset()) {
                *byte = store.byte;
            }
        }
        self
    }

    /// The first byte that differs, as an address.
    pub fn differs_at(&self, other: &Self) -> Option<u32> {
        let at = self.0.iter().zip(&other.0).position(|(one, two)| one != two)?;
        Some(BASE + u32::try_from(at).ok()?)
    }

    /// Units behind the last written one, for each of the journal's sectors.
    pub fn free_units(&self) -> impl Iterator<Item = usize> {
        let sectors = self.0[JOURNAL].chunks(SECTOR);
        sectors.map(|sector| {
            let written = sector.iter().rposition(|byte| *byte != ERASED).map_or(0, |last| last / UNIT + 1);
            SECTOR / UNIT - written
        })
    }
}
