//! The chip records in flash: a map of slots in the journal's region, behind the entries of the batch.
//!
//! A record is one item of the map, written whole or not at all; so is the note that what came before is forgotten.
//! What an erasure went over stays in its slot until another record takes it.

use core::ops::Range;

use embedded_storage_async::nor_flash::NorFlash;
use heapless::String;
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::map::{MapConfig, MapStorage};

use super::application::Application;
use super::ca_key::CaKey;
use super::exception::Mark;
use super::index::Index;
use super::item::{ITEM, Item};
use super::kind::{Kind, SLOTS};
use super::record::{ChipRecord, ISSUER, Revocation};
use crate::batch::log::LOG_SECTORS;
use crate::journal::{JournalFailed, SECTORS};
use crate::whole_units::WholeUnits;

/// Sectors of the map.
const RECORD_SECTORS: usize = 8;
/// The fewest sectors that a map works in.
const LEAST_SECTORS: usize = 2;
/// Bytes of the largest item with its key, rounded up to any flash's word.
const BUFFER: usize = ITEM + 32;

/// Keys of the map behind those of the slots.
const ERA: u8 = SLOTS as u8;
const YEAR: u8 = ERA + 1;

/// Why a record is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotKept {
    /// There are as many of its kind as there is room for.
    Full,
    /// The flash failed.
    Failed,
}

impl From<JournalFailed> for NotKept {
    fn from(_: JournalFailed) -> Self {
        Self::Failed
    }
}

/// The chip records.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChipRecords {
    index: Index,
}

type Map<'a, F> = MapStorage<u8, WholeUnits<&'a mut F>, Cache<Uncached, Uncached, Uncached, u8>>;

impl ChipRecords {
    /// Reads what the flash holds; nothing where it is too small for these records.
    ///
    /// # Errors
    /// When the flash cannot be read or its contents are beyond repair.
    pub(crate) async fn load<F: NorFlash>(flash: &mut F) -> Result<Self, JournalFailed> {
        let mut records = Self::default();
        let Some(mut map) = map(flash) else { return Ok(records) };
        let mut buffer = [0; BUFFER];
        let mut items = map.fetch_all_items(&mut buffer).await.map_err(|_| JournalFailed)?;
        while let Some((key, bytes)) = items.next::<&[u8]>(&mut buffer).await.map_err(|_| JournalFailed)? {
            records.note(key, bytes);
        }
        Ok(records)
    }

    /// Takes an item, older ones of a key before newer ones.
    fn note(&mut self, key: u8, bytes: &[u8]) {
        match (key, bytes) {
            (ERA, bytes) => {
                if let Some(era) = bytes.try_into().ok().map(u32::from_be_bytes)
                    && era > self.index.era
                {
                    self.index.erase(era);
                }
            }
            (YEAR, [year]) => self.index.year = Some(*year),
            (slot, bytes) => {
                if let Some(item) = Item::decode(bytes) {
                    self.index.put(slot.into(), &item);
                }
            }
        }
    }

    /// Erases everything: for a flash that holds no records.
    ///
    /// # Errors
    /// When the flash cannot be erased.
    pub(crate) async fn format<F: NorFlash>(flash: &mut F) -> Result<(), JournalFailed> {
        match map(flash) {
            Some(mut map) => map.erase_all().await.map_err(|_| JournalFailed),
            None => Ok(()),
        }
    }

    /// Keeps a record in the place of what there was of the same name. What is there already is not written again.
    ///
    /// # Errors
    /// When there is no room, or the flash cannot be written: nothing has changed then.
    pub(crate) async fn put<F: NorFlash>(
        &mut self,
        flash: &mut F,
        record: &ChipRecord,
    ) -> Result<(), NotKept> {
        let Some((kind, name, content)) = record.parts() else {
            return match record {
                ChipRecord::Year(year) => self.put_year(flash, *year).await,
                _ => self.erase(flash).await,
            };
        };
        let own = self.look_up(flash, kind, &name, |kept| Some(kept == content.as_slice())).await?;
        let slot = match own {
            // An application that comes again comes last.
            Some((_, true)) if kind != Kind::Application => return Ok(()),
            Some((slot, _)) => slot,
            None => self.index.free(kind).ok_or(NotKept::Full)?,
        };
        let (era, arrival) = (self.index.era, self.index.next_arrival());
        let item = Item { era, arrival, name: &name, content: &content };
        // There are fewer slots than 256.
        store(flash, slot as u8, &item.encode()).await?;
        self.index.put(slot, &item);
        Ok(())
    }

    async fn put_year<F: NorFlash>(&mut self, flash: &mut F, year: u8) -> Result<(), NotKept> {
        store(flash, YEAR, &[year]).await?;
        self.index.year = Some(year);
        Ok(())
    }

    async fn erase<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), NotKept> {
        let era = self.index.era.saturating_add(1);
        store(flash, ERA, &era.to_be_bytes()).await?;
        self.index.erase(era);
        Ok(())
    }

    /// The year of the host's dates, 0 to 99.
    pub(crate) fn year(&self) -> Option<u8> {
        self.index.year
    }

    /// Applications that the terminal supports.
    #[cfg(test)]
    pub(crate) fn applications(&self) -> usize {
        self.index.count(Kind::Application)
    }

    /// The application at a position, 0 first, in the order in which their records came.
    ///
    /// # Errors
    /// When the flash cannot be read; so below.
    pub(crate) async fn application<F: NorFlash>(
        &self,
        flash: &mut F,
        position: usize,
    ) -> Result<Option<Application>, JournalFailed> {
        let Some(slot) = self.index.application(position) else { return Ok(None) };
        let mut buffer = [0; BUFFER];
        let item = fetch(flash, slot, &mut buffer).await?;
        Ok(item.and_then(|item| Application::read(item.name, item.content)))
    }

    /// A certification authority's key.
    pub(crate) async fn ca_key<F: NorFlash>(
        &self,
        flash: &mut F,
        rid: [u8; 5],
        index: u8,
    ) -> Result<Option<CaKey>, JournalFailed> {
        let name = CaKey::name(rid, index);
        let found = self.look_up(flash, Kind::CaKey, &name, |content| CaKey::read(&name, content)).await?;
        Ok(found.map(|(_, key)| key))
    }

    /// Whether an issuer certificate is revoked.
    pub(crate) async fn is_revoked<F: NorFlash>(
        &self,
        flash: &mut F,
        certificate: &Revocation,
    ) -> Result<bool, JournalFailed> {
        let found = self.look_up(flash, Kind::Revocation, &certificate.name(), |_| Some(())).await?;
        Ok(found.is_some())
    }

    /// The issuer's name of a card number's first six digits.
    pub(crate) async fn issuer_of<F: NorFlash>(
        &self,
        flash: &mut F,
        bin: &[u8; 6],
    ) -> Result<Option<String<ISSUER>>, JournalFailed> {
        let read = |content: &[u8]| String::try_from(core::str::from_utf8(content).ok()?).ok();
        Ok(self.look_up(flash, Kind::Issuer, bin, read).await?.map(|(_, name)| name))
    }

    /// Whether the exception list has a card number, by its mark.
    pub(crate) async fn is_exception<F: NorFlash>(
        &self,
        flash: &mut F,
        mark: &Mark,
    ) -> Result<bool, JournalFailed> {
        Ok(self.look_up(flash, Kind::Exception, mark, |_| Some(())).await?.is_some())
    }

    /// The slot of a name, and what `read` makes of its content.
    async fn look_up<F: NorFlash, T>(
        &self,
        flash: &mut F,
        kind: Kind,
        name: &[u8],
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Option<(usize, T)>, JournalFailed> {
        let mut buffer = [0; BUFFER];
        for slot in self.index.candidates(kind, name) {
            let item = fetch(flash, slot, &mut buffer).await?;
            let item = item.filter(|item| item.name == name && item.era == self.index.era);
            if let Some(read) = item.and_then(|item| read(item.content)) {
                return Ok(Some((slot, read)));
            }
        }
        Ok(None)
    }
}

/// Where the records are; nothing in a flash that is too small.
fn range<F: NorFlash>(flash: &F) -> Option<Range<u32>> {
    let start = (SECTORS + LOG_SECTORS) * F::ERASE_SIZE;
    let end = flash.capacity().min(start + RECORD_SECTORS * F::ERASE_SIZE);
    if end < start + LEAST_SECTORS * F::ERASE_SIZE {
        return None;
    }
    Some(u32::try_from(start).ok()?..u32::try_from(end).ok()?)
}

fn map<F: NorFlash>(flash: &mut F) -> Option<Map<'_, F>> {
    let config = MapConfig::try_new(range(flash)?).ok()?;
    Some(MapStorage::new(WholeUnits(flash), config, Cache::new_uncached()))
}

async fn store<F: NorFlash>(flash: &mut F, key: u8, bytes: &[u8]) -> Result<(), JournalFailed> {
    let mut buffer = [0; BUFFER];
    let mut map = map(flash).ok_or(JournalFailed)?;
    map.store_item(&mut buffer, &key, &bytes).await.map_err(|_| JournalFailed)
}

async fn fetch<'b, F: NorFlash>(
    flash: &mut F,
    slot: usize,
    buffer: &'b mut [u8; BUFFER],
) -> Result<Option<Item<'b>>, JournalFailed> {
    let Some(mut map) = map(flash) else { return Ok(None) };
    // There are fewer slots than 256.
    let bytes = map.fetch_item::<&[u8]>(buffer, &(slot as u8)).await.map_err(|_| JournalFailed)?;
    Ok(bytes.and_then(Item::decode))
}
