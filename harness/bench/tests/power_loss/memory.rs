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

/// Bytes of the journal's sectors.
const SECTOR: usize = 4096;
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
}

/// The first erasure of a sector among stores: where it begins and ends.
pub fn erasure(stores: &[Store]) -> Option<Range<usize>> {
    let erases = |store: &Store| store.part() == Part::Journal && store.byte == ERASED;
    let begins = |store: &Store| (store.offset() - JOURNAL.start).is_multiple_of(SECTOR);
    let mut starts = stores.windows(SECTOR);
    let start = starts.position(|all| erases(&all[0]) && begins(&all[0]) && all.iter().all(erases))?;
    Some(start..start + SECTOR)
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
    pub fn after<'s>(mut self, stores: impl IntoIterator<Item = &'s Store>) -> Self {
        stores.into_iter().for_each(|store| self.take(store));
        self
    }

    /// Takes a store.
    pub fn take(&mut self, store: &Store) {
        if let Some(byte) = self.0.get_mut(store.offset()) {
            *byte = store.byte;
        }
    }

    /// The first byte that differs, as an address.
    pub fn differs_at(&self, other: &Self) -> Option<u32> {
        // Asked at each of thousands of stores: most times by one comparison of the whole.
        if self == other {
            return None;
        }
        let at = self.0.iter().zip(&other.0).position(|(one, two)| one != two)?;
        Some(BASE + u32::try_from(at).ok()?)
    }

    /// Whether a sector of the journal that held something is erased now.
    pub fn erases_since(&self, earlier: &Self) -> bool {
        let erased = |sector: &[u8]| sector.iter().all(|byte| *byte == ERASED);
        let mut sectors = self.0[JOURNAL].chunks(SECTOR).zip(earlier.0[JOURNAL].chunks(SECTOR));
        sectors.any(|(now, earlier)| now != earlier && erased(now) && !erased(earlier))
    }
}
