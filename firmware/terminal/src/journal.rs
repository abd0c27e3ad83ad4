//! The journal: a map in NOR flash that survives power loss and tamper and spreads its wear.

use core::ops::RangeInclusive;

use embedded_storage_async::nor_flash::NorFlash;
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::map::{MapConfig, MapStorage};

use crate::parameters::{ENCODED, Parameters};
use crate::whole_units::WholeUnits;

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

type Map<F> = MapStorage<u8, WholeUnits<F>, Cache<Uncached, Uncached, Uncached, u8>>;

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
        Self { map: config.map(|config| MapStorage::new(WholeUnits(flash), config, Cache::new_uncached())) }
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

#[cfg(test)]
mod tests {
    use super::{Journal, JournalFailed};
    use crate::parameters::tests::example;
    use embassy_futures::block_on;
    use embedded_storage_async::nor_flash::{
        ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
    };
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::vec;
    use std::vec::Vec;

    const SECTOR: usize = 4096;
    const UNIT: usize = 16;

    /// NOR flash that does what it is told for so many bytes and then loses power in the middle of one.
    #[derive(Clone)]
    struct Nor {
        bytes: Rc<RefCell<Vec<u8>>>,
        steps_left: Rc<RefCell<usize>>,
        erasures: Rc<RefCell<Vec<u32>>>,
    }

    #[derive(Debug)]
    struct NorFault;

    impl NorFlashError for NorFault {
        fn kind(&self) -> NorFlashErrorKind {
            NorFlashErrorKind::Other
        }
    }

    impl Nor {
        fn new(bytes: Vec<u8>, steps: usize) -> Self {
            let sectors = bytes.len() / SECTOR;
            Self {
                bytes: Rc::new(RefCell::new(bytes)),
                steps_left: Rc::new(RefCell::new(steps)),
                erasures: Rc::new(RefCell::new(vec![0; sectors])),
            }
        }

        fn erased(sectors: usize) -> Self {
            Self::new(vec![0xFF; sectors * SECTOR], usize::MAX)
        }

        fn contents(&self) -> Vec<u8> {
            self.bytes.borrow().clone()
        }

        fn step(&self) -> Result<(), NorFault> {
            let mut left = self.steps_left.borrow_mut();
            *left = left.checked_sub(1).ok_or(NorFault)?;
            Ok(())
        }
    }

    impl ErrorType for Nor {
        type Error = NorFault;
    }

    impl ReadNorFlash for Nor {
        const READ_SIZE: usize = 1;

        async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFault> {
            let start = offset as usize;
            bytes.copy_from_slice(self.bytes.borrow().get(start..start + bytes.len()).ok_or(NorFault)?);
            Ok(())
        }

        fn capacity(&self) -> usize {
            self.bytes.borrow().len()
        }
    }

    impl NorFlash for Nor {
        const WRITE_SIZE: usize = UNIT;
        const ERASE_SIZE: usize = SECTOR;

        async fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFault> {
            for sector in from as usize / SECTOR..to as usize / SECTOR {
                self.erasures.borrow_mut()[sector] += 1;
                // Half of the sector, then the rest: an erasure may be torn.
                for half in 0..2 {
                    self.step()?;
                    let at = sector * SECTOR + half * SECTOR / 2;
                    self.bytes.borrow_mut()[at..at + SECTOR / 2].fill(0xFF);
                }
            }
            Ok(())
        }

        async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFault> {
            assert!(
                offset.is_multiple_of(UNIT as u32) && bytes.len().is_multiple_of(UNIT),
                "whole units only"
            );
            for (byte, at) in bytes.iter().zip(offset as usize..) {
                if at.is_multiple_of(UNIT) {
                    let unit = &self.bytes.borrow()[at..at + UNIT];
                    assert!(unit.iter().all(|byte| *byte == 0xFF), "a unit is written once between erasures");
                }
                self.step()?;
                self.bytes.borrow_mut()[at] = *byte;
            }
            Ok(())
        }
    }

    #[test]
    fn everything_is_kept() {
        let nor = Nor::erased(4);
        block_on(async {
            let mut journal = Journal::new(nor.clone());
            assert_eq!(journal.load().await.unwrap().boot, 0);
            journal.store_parameters(&example()).await.unwrap();
            journal.store_boot(17).await.unwrap();
            journal.store_stan(999_999).await.unwrap();
            journal.store_batch(519).await.unwrap();
            journal.mark_keys_written().await.unwrap();
            let contents = Journal::new(nor).load().await.unwrap();
            assert_eq!(contents.parameters, Some(example()));
            assert_eq!((contents.boot, contents.stan, contents.batch), (17, 999_999, 519));
            assert!(contents.keys_written && !contents.tampered);
        });
    }

    #[test]
    fn ten_thousand_messages_wear_every_sector_alike() {
        let nor = Nor::erased(16);
        block_on(async {
            let mut journal = Journal::new(nor.clone());
            journal.store_parameters(&example()).await.unwrap();
            for stan in 1..=10_000 {
                journal.store_stan(stan).await.unwrap();
            }
            let contents = Journal::new(nor.clone()).load().await.unwrap();
            assert_eq!((contents.stan, contents.parameters), (10_000, Some(example())));
        });
        let erasures = nor.erasures.borrow();
        std::println!("journal: 10000 stores, erasures per sector {erasures:?}");
        let (least, most) = (erasures.iter().min().unwrap(), erasures.iter().max().unwrap());
        assert!(*most > 0 && most - least <= 1, "{erasures:?}");
    }

    /// Writes numbers until the power goes; returns how many writes were over.
    async fn write_until_cut(nor: Nor, from: u32) -> u32 {
        let mut journal = Journal::new(nor);
        let mut stan = from;
        while journal.store_stan(stan + 1).await.is_ok() {
            stan += 1;
        }
        stan
    }

    #[test]
    fn a_power_cut_at_any_byte_keeps_the_last_number_or_has_the_next() {
        let nor = Nor::erased(2);
        // Nearly fill the first sector, so that the cuts fall on a change of sectors as well.
        let start = block_on(async {
            let mut journal = Journal::new(nor.clone());
            journal.store_parameters(&example()).await.unwrap();
            journal.store_boot(3).await.unwrap();
            for stan in 1..=119 {
                journal.store_stan(stan).await.unwrap();
            }
            119
        });
        let at_rest = nor.contents();
        let mut cuts = 0;
        for steps in 0..480 {
            let cut = Nor::new(at_rest.clone(), steps);
            let written = block_on(write_until_cut(cut.clone(), start));
            let again = Nor::new(cut.contents(), usize::MAX);
            block_on(async {
                let mut journal = Journal::new(again);
                let contents =
                    journal.load().await.unwrap_or_else(|_| panic!("unreadable after {steps} bytes"));
                assert!(
                    contents.stan == written || contents.stan == written + 1,
                    "{} after {written}, cut after {steps} bytes",
                    contents.stan
                );
                assert_eq!((contents.boot, contents.parameters), (3, Some(example())), "after {steps} bytes");
                journal.store_stan(written + 2).await.unwrap();
                assert_eq!(journal.load().await.unwrap().stan, written + 2);
            });
            cuts += 1;
        }
        std::println!("journal: {cuts} cut points over a change of sectors");
    }

    #[test]
    fn flash_that_holds_anything_else_is_an_error_until_it_is_formatted() {
        for byte in [0x00, 0xA5] {
            let nor = Nor::new(vec![byte; 4 * SECTOR], usize::MAX);
            block_on(async {
                let mut journal = Journal::new(nor.clone());
                if journal.load().await.is_err() {
                    journal.format().await.unwrap();
                }
                journal.store_boot(1).await.unwrap();
                assert_eq!(Journal::new(nor.clone()).load().await.unwrap().boot, 1, "filled with {byte:02X}");
            });
        }
    }

    #[test]
    fn flash_of_a_geometry_that_cannot_work_is_an_error_and_no_panic() {
        for sectors in [0, 1] {
            let mut journal = Journal::new(Nor::erased(sectors));
            assert_eq!(block_on(journal.load()).err(), Some(JournalFailed));
            assert_eq!(block_on(journal.store_boot(1)), Err(JournalFailed));
        }
    }
}
