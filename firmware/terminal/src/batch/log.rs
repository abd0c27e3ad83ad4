//! Entries in flash, one behind the other.
//!
//! The journal's map is no place for them: where a bit of its newest item has flipped it brings back the one before, and a
//! captured sale would be due to be reversed again. Here each place is written once, and one that does not read back is
//! known.

use embedded_storage_async::nor_flash::NorFlash;

use super::entry::{ENTRY, Entry, HALF, Read};
use crate::journal::{JournalFailed, SECTORS};

/// Sectors of the log, behind the journal's map. The chip records are behind them.
pub(crate) const LOG_SECTORS: usize = 32;

/// Where the log is, and how far it is filled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Log {
    start: u32,
    places: u32,
    next: u32,
}

impl Log {
    /// The log of a flash; without a place where the flash is too small or its units are too large.
    pub(crate) fn of<F: NorFlash>(flash: &F) -> Self {
        let start = SECTORS * F::ERASE_SIZE;
        let bytes = flash.capacity().saturating_sub(start).min(LOG_SECTORS * F::ERASE_SIZE);
        let places = if HALF.is_multiple_of(F::WRITE_SIZE) { bytes / ENTRY } else { 0 };
        match (u32::try_from(start), u32::try_from(places)) {
            (Ok(start), Ok(places)) => Self { start, places, next: 0 },
            _ => Self::default(),
        }
    }

    /// Entries that may still be written.
    pub(crate) fn room(self) -> u32 {
        self.places.saturating_sub(self.next)
    }

    /// Reads the next place on the way to the first that is erased; `None` there.
    ///
    /// # Errors
    /// When the flash cannot be read.
    pub(crate) async fn advance<F: NorFlash>(
        &mut self,
        flash: &mut F,
    ) -> Result<Option<Found>, JournalFailed> {
        if self.next >= self.places {
            return Ok(None);
        }
        let place = self.next;
        match self.read(flash, place).await? {
            Read::Erased => Ok(None),
            read => {
                self.next += 1;
                Ok(Some(Found { place, read }))
            }
        }
    }

    /// What stands at a place.
    ///
    /// # Errors
    /// When the flash cannot be read.
    pub(crate) async fn read<F: NorFlash>(self, flash: &mut F, place: u32) -> Result<Read, JournalFailed> {
        Ok(Entry::decode(&self.bytes(flash, place).await?, place))
    }

    /// Whether there are entries, readable or not: anything else that a flash may hold is none.
    ///
    /// # Errors
    /// When the flash cannot be read.
    pub(crate) async fn is_in_use<F: NorFlash>(self, flash: &mut F) -> Result<bool, JournalFailed> {
        for place in 0..self.places {
            if Entry::begins(&self.bytes(flash, place).await?, place) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn bytes<F: NorFlash>(self, flash: &mut F, place: u32) -> Result<[u8; ENTRY], JournalFailed> {
        // Read whole: a unit with a check value of its own may be readable in one piece only.
        let mut bytes = [0; ENTRY];
        flash.read(self.offset(place), &mut bytes).await.map_err(|_| JournalFailed)?;
        Ok(bytes)
    }

    /// Writes an entry at the next place and returns that.
    ///
    /// # Errors
    /// When the log is full or the flash cannot be written. The place is used up then.
    pub(crate) async fn append<F: NorFlash>(
        &mut self,
        flash: &mut F,
        entry: &Entry,
    ) -> Result<u32, JournalFailed> {
        if self.room() == 0 {
            return Err(JournalFailed);
        }
        let place = self.next;
        self.next += 1;
        let bytes = entry.encode(place);
        // A half that the entry does not use stays erased.
        let used = bytes.get(..entry.written()).unwrap_or(&bytes);
        flash.write(self.offset(place), used).await.map_err(|_| JournalFailed)?;
        Ok(place)
    }

    /// Erases every place.
    ///
    /// # Errors
    /// When the flash cannot be erased.
    pub(crate) async fn format<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), JournalFailed> {
        self.next = 0;
        let sector = F::ERASE_SIZE.max(1);
        let end = self.offset(self.places) as usize / sector * sector;
        let Ok(end) = u32::try_from(end) else { return Err(JournalFailed) };
        if self.places == 0 {
            return Ok(());
        }
        flash.erase(self.start, end).await.map_err(|_| JournalFailed)
    }

    fn offset(self, place: u32) -> u32 {
        // The log ends within the flash, which a u32 addresses.
        self.start + place * ENTRY as u32
    }
}

/// A place that is not erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) place: u32,
    pub(crate) read: Read,
}
