//! The journal: a map in NOR flash that survives power loss and tamper and spreads its wear.

use core::ops::RangeInclusive;

use embedded_storage_async::nor_flash::NorFlash;
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::map::{MapConfig, MapStorage};

use crate::parameters::{ENCODED, Parameters};

/// Bytes of the largest item with its key, rounded up to any flash's word.
const BUFFER: usize = ENCODED + 32;

/// System trace audit numbers.
pub(crate) const STAN: RangeInclusive<u32> = 1..=999_999;

/// The journal could not be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JournalFailed;

/// The items.
#[derive(Clone, Copy)]
enum Item {
    Parameters = 1,
    Boot = 2,
    Stan = 3,
    Batch = 4,
    KeysWritten = 5,
    Tampered = 6,
}

/// What the journal holds at boot.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The parameters of the last factory record, taken or not.
    pub(crate) parameters: Option<Parameters>,
    /// The number of the last boot.
    pub(crate) boot: u32,
    /// The last STAN used.
    pub(crate) stan: u32,
    /// The batch number of the last sign-on.
    pub(crate) batch: u32,
    /// Whether the key store was written once.
    pub(crate) keys_written: bool,
    /// Whether the tamper switch was opened.
    pub(crate) tampered: bool,
}

type Map<F> = MapStorage<u8, F, Cache<Uncached, Uncached, Uncached, u8>>;

/// The journal over a board's flash.
pub(crate) struct Journal<F: NorFlash> {
    /// `None` for a flash whose geometry the map cannot use.
    map: Option<Map<F>>,
}

impl<F: NorFlash> Journal<F> {
    /// A journal over the whole of a flash.
    pub(crate) fn new(flash: F) -> Self {
        let end = u32::try_from(flash.capacity()).unwrap_or(0);
        let config = MapConfig::try_new(0..end).ok();
        Self { map: config.map(|config| MapStorage::new(flash, config, Cache::new_uncached())) }
    }

    /// Reads everything.
    ///
    /// # Errors
    /// When the flash cannot be read or its contents are beyond repair.
    pub(crate) async fn load(&mut self) -> Result<Contents, JournalFailed> {
        Ok(Contents {
            boot: self.number(Item::Boot).await?.unwrap_or(0),
            stan: self.number(Item::Stan).await?.unwrap_or(0),
            batch: self.number(Item::Batch).await?.unwrap_or(0),
            keys_written: self.number(Item::KeysWritten).await?.is_some(),
            tampered: self.number(Item::Tampered).await?.is_some(),
            parameters: self.parameters().await?,
        })
    }

    /// Erases everything: for a flash that holds no journal.
    ///
    /// # Errors
    /// When the flash cannot be erased.
    pub(crate) async fn format(&mut self) -> Result<(), JournalFailed> {
        self.map()?.erase_all().await.map_err(|_| JournalFailed)
    }

    /// Keeps parameters.
    ///
    /// # Errors
    /// When the flash cannot be written; so for the other stores.
    pub(crate) async fn store_parameters(&mut self, parameters: &Parameters) -> Result<(), JournalFailed> {
        let encoded = parameters.encode();
        let mut buffer = [0; BUFFER];
        let stored =
            self.map()?.store_item(&mut buffer, &(Item::Parameters as u8), &encoded.as_slice()).await;
        stored.map_err(|_| JournalFailed)
    }

    pub(crate) async fn store_boot(&mut self, boot: u32) -> Result<(), JournalFailed> {
        self.store_number(Item::Boot, boot).await
    }

    pub(crate) async fn store_stan(&mut self, stan: u32) -> Result<(), JournalFailed> {
        self.store_number(Item::Stan, stan).await
    }

    pub(crate) async fn store_batch(&mut self, batch: u32) -> Result<(), JournalFailed> {
        self.store_number(Item::Batch, batch).await
    }

    pub(crate) async fn mark_keys_written(&mut self) -> Result<(), JournalFailed> {
        self.store_number(Item::KeysWritten, 1).await
    }

    pub(crate) async fn mark_tampered(&mut self) -> Result<(), JournalFailed> {
        self.store_number(Item::Tampered, 1).await
    }

    fn map(&mut self) -> Result<&mut Map<F>, JournalFailed> {
        self.map.as_mut().ok_or(JournalFailed)
    }

    async fn number(&mut self, item: Item) -> Result<Option<u32>, JournalFailed> {
        let mut buffer = [0; BUFFER];
        self.map()?.fetch_item(&mut buffer, &(item as u8)).await.map_err(|_| JournalFailed)
    }

    async fn store_number(&mut self, item: Item, number: u32) -> Result<(), JournalFailed> {
        let mut buffer = [0; BUFFER];
        self.map()?.store_item(&mut buffer, &(item as u8), &number).await.map_err(|_| JournalFailed)
    }

    async fn parameters(&mut self) -> Result<Option<Parameters>, JournalFailed> {
        let mut buffer = [0; BUFFER];
        let item = self.map()?.fetch_item::<&[u8]>(&mut buffer, &(Item::Parameters as u8)).await;
        Ok(item.map_err(|_| JournalFailed)?.and_then(Parameters::decode))
    }
}
