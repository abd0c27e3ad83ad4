//! The journal: a map in NOR flash that survives power loss and tamper and spreads its wear.

use core::ops::RangeInclusive;

use embedded_storage_async::nor_flash::NorFlash;
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::map::{MapConfig, MapStorage};

use crate::parameters::{ENCODED, Parameters};
use crate::whole_units::WholeUnits;

/// Bytes of the largest item with its key, rounded up to any flash's word.
const BUFFER: usize = ENCODED + 32;

/// Sectors of the map; the batch's log is behind them. A boot that looks for the parameters, which are hardly ever
/// written, looks through no more than these.
pub(crate) const SECTORS: usize = 8;

/// System trace audit numbers.
pub(crate) const STAN: RangeInclusive<u32> = 1..=999_999;

/// The journal could not be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JournalFailed;

/// The items.
#[derive(Clone, Copy)]
enum Item {
    Parameters = 1,
    State = 2,
}

/// What changes in use, written as one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// The number of the last boot.
    pub(crate) boot: u32,
    /// The last STAN used.
    pub(crate) stan: u32,
    /// The batch number of the last sign-on, as it was when this was written: the key store's goes before it.
    pub(crate) batch: u32,
    /// Whether the key store was written once.
    pub(crate) keys_written: bool,
    /// Whether the tamper switch was opened.
    pub(crate) tampered: bool,
}

impl State {
    fn encode(&self) -> [u8; 14] {
        let mut bytes = [0; 14];
        let numbers = [self.boot, self.stan, self.batch].map(u32::to_be_bytes);
        let (places, flags) = bytes.as_chunks_mut::<4>();
        for (place, number) in places.iter_mut().zip(numbers) {
            *place = number;
        }
        flags.copy_from_slice(&[u8::from(self.keys_written), u8::from(self.tampered)]);
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (numbers, &[keys_written, tampered]) = bytes.as_chunks::<4>() else { return None };
        let &[boot, stan, batch] = numbers else { return None };
        let [boot, stan, batch] = [boot, stan, batch].map(u32::from_be_bytes);
        Some(Self { boot, stan, batch, keys_written: keys_written != 0, tampered: tampered != 0 })
    }
}

type Map<'a, F> = MapStorage<u8, WholeUnits<&'a mut F>, Cache<Uncached, Uncached, Uncached, u8>>;

/// The journal over a board's flash.
pub(crate) struct Journal<F: NorFlash> {
    flash: F,
}

impl<F: NorFlash> Journal<F> {
    /// A journal at the beginning of a flash.
    pub(crate) fn new(flash: F) -> Self {
        Self { flash }
    }

    /// The flash, for what stands behind the map.
    pub(crate) fn flash(&mut self) -> &mut F {
        &mut self.flash
    }

    /// Reads the state; a journal that was never written has the default.
    ///
    /// # Errors
    /// When the flash cannot be read or its contents are beyond repair.
    pub(crate) async fn load_state(&mut self) -> Result<State, JournalFailed> {
        let mut buffer = [0; BUFFER];
        let item = self.map()?.fetch_item::<&[u8]>(&mut buffer, &(Item::State as u8)).await;
        match item.map_err(|_| JournalFailed)? {
            Some(bytes) => State::decode(bytes).ok_or(JournalFailed),
            None => Ok(State::default()),
        }
    }

    /// Reads the parameters of the last factory record, taken or not.
    ///
    /// # Errors
    /// When the flash cannot be read or its contents are beyond repair.
    pub(crate) async fn load_parameters(&mut self) -> Result<Option<Parameters>, JournalFailed> {
        let mut buffer = [0; BUFFER];
        let item = self.map()?.fetch_item::<&[u8]>(&mut buffer, &(Item::Parameters as u8)).await;
        Ok(item.map_err(|_| JournalFailed)?.and_then(Parameters::decode))
    }

    /// Keeps a state.
    ///
    /// # Errors
    /// When the flash cannot be written; so for the parameters.
    pub(crate) async fn store_state(&mut self, state: &State) -> Result<(), JournalFailed> {
        self.store(Item::State, &state.encode()).await
    }

    /// Keeps parameters.
    pub(crate) async fn store_parameters(&mut self, parameters: &Parameters) -> Result<(), JournalFailed> {
        self.store(Item::Parameters, &parameters.encode()).await
    }

    /// Erases everything: for a flash that holds no journal.
    ///
    /// # Errors
    /// When the flash cannot be erased.
    pub(crate) async fn format(&mut self) -> Result<(), JournalFailed> {
        self.map()?.erase_all().await.map_err(|_| JournalFailed)
    }

    /// The map, which keeps nothing in memory; none over a flash whose geometry it cannot use.
    fn map(&mut self) -> Result<Map<'_, F>, JournalFailed> {
        let end = self.flash.capacity().min(SECTORS * F::ERASE_SIZE);
        let config = u32::try_from(end).ok().and_then(|end| MapConfig::try_new(0..end).ok());
        let config = config.ok_or(JournalFailed)?;
        Ok(MapStorage::new(WholeUnits(&mut self.flash), config, Cache::new_uncached()))
    }

    async fn store(&mut self, item: Item, bytes: &[u8]) -> Result<(), JournalFailed> {
        let mut buffer = [0; BUFFER];
        self.map()?.store_item(&mut buffer, &(item as u8), &bytes).await.map_err(|_| JournalFailed)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Journal, JournalFailed, SECTORS, State};
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
    pub(crate) struct Nor {
        bytes: Rc<RefCell<Vec<u8>>>,
        steps_left: Rc<RefCell<usize>>,
        erasures: Rc<RefCell<Vec<u32>>>,
    }

    #[derive(Debug)]
    pub(crate) struct NorFault;

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

        pub(crate) fn erased(sectors: usize) -> Self {
            Self::new(vec![0xFF; sectors * SECTOR], usize::MAX)
        }

        /// The same bytes in a flash of its own.
        pub(crate) fn copy(&self) -> Self {
            Self::new(self.contents(), usize::MAX)
        }

        pub(crate) fn flip(&self, at: usize, bit: usize) {
            self.bytes.borrow_mut()[at] ^= 1 << bit;
        }

        /// Sectors erased since it was made.
        pub(crate) fn erasures(&self) -> u32 {
            self.erasures.borrow().iter().sum()
        }

        /// Takes so many more bytes.
        pub(crate) fn power_for(&self, steps: usize) {
            *self.steps_left.borrow_mut() = steps;
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

    fn state(stan: u32) -> State {
        State { boot: 17, stan, batch: 1_000_000 + stan, keys_written: true, tampered: false }
    }

    #[test]
    fn everything_is_kept() {
        let nor = Nor::erased(4);
        block_on(async {
            let mut journal = Journal::new(nor.clone());
            assert_eq!(journal.load_state().await, Ok(State::default()));
            assert_eq!(journal.load_parameters().await, Ok(None));
            journal.store_parameters(&example()).await.unwrap();
            for kept in [state(999_999), State { tampered: true, ..state(1) }] {
                journal.store_state(&kept).await.unwrap();
                let mut again = Journal::new(nor.clone());
                assert_eq!(again.load_state().await, Ok(kept));
                assert_eq!(again.load_parameters().await, Ok(Some(example())));
            }
        });
    }

    #[test]
    fn ten_thousand_messages_wear_the_map_s_sectors_alike() {
        let nor = Nor::erased(16);
        block_on(async {
            let mut journal = Journal::new(nor.clone());
            journal.store_parameters(&example()).await.unwrap();
            for stan in 1..=10_000 {
                journal.store_state(&state(stan)).await.unwrap();
            }
            let mut again = Journal::new(nor.clone());
            assert_eq!(again.load_state().await, Ok(state(10_000)));
            assert_eq!(again.load_parameters().await, Ok(Some(example())));
        });
        let erasures = nor.erasures.borrow();
        std::println!("journal: 10000 stores, erasures per sector {erasures:?}");
        let (used, free) = erasures.split_at(SECTORS);
        let (least, most) = (used.iter().min().unwrap(), used.iter().max().unwrap());
        assert!(*most > 0 && most - least <= 1, "{erasures:?}");
        assert!(free.iter().all(|count| *count == 0), "the rest of the flash is not the map's");
    }

    /// Writes states until the power goes; returns the STAN of the last whole write.
    async fn write_until_cut(nor: Nor, from: u32) -> u32 {
        let mut journal = Journal::new(nor);
        let mut stan = from;
        while journal.store_state(&state(stan + 1)).await.is_ok() {
            stan += 1;
        }
        stan
    }

    #[test]
    fn a_power_cut_at_any_byte_keeps_the_last_state_or_has_the_next() {
        // Nearly fill the first sector, so that the cuts fall on a change of sectors as well.
        const START: u32 = 119;
        let nor = Nor::erased(2);
        block_on(async {
            let mut journal = Journal::new(nor.clone());
            journal.store_parameters(&example()).await.unwrap();
            for stan in 1..=START {
                journal.store_state(&state(stan)).await.unwrap();
            }
        });
        let at_rest = nor.contents();
        let mut changes = 0;
        for steps in 0..480 {
            let cut = Nor::new(at_rest.clone(), steps);
            let written = block_on(write_until_cut(cut.clone(), START));
            changes += usize::from(cut.erasures.borrow().iter().sum::<u32>() > 0);
            let again = Nor::new(cut.contents(), usize::MAX);
            block_on(async {
                let mut journal = Journal::new(again);
                let found = journal.load_state().await;
                let allowed = [written, written + 1].map(|stan| Ok(state(stan)));
                assert!(allowed.contains(&found), "{found:?} after {written}, cut after {steps} bytes");
                let parameters = journal.load_parameters().await;
                assert_eq!(parameters, Ok(Some(example())), "cut after {steps} bytes");
                journal.store_state(&state(7)).await.unwrap();
                assert_eq!(journal.load_state().await, Ok(state(7)));
            });
        }
        std::println!("journal: 480 cut points, {changes} of them in or after a change of sectors");
        assert!(changes > 100);
    }

    #[test]
    fn the_smallest_journal_is_full_again_and_again_and_loses_nothing() {
        let nor = Nor::erased(2);
        block_on(async {
            let mut journal = Journal::new(nor.clone());
            journal.store_parameters(&example()).await.unwrap();
            for stan in 1..=1000 {
                journal.store_state(&state(stan)).await.unwrap();
                let mut again = Journal::new(nor.clone());
                assert_eq!(again.load_state().await, Ok(state(stan)));
                assert_eq!(again.load_parameters().await, Ok(Some(example())), "after {stan} writes");
            }
        });
        let erasures: u32 = nor.erasures.borrow().iter().sum();
        assert!(erasures >= 4, "{erasures} erasures: the journal was not full often enough");
    }

    #[test]
    fn flash_that_cannot_be_written_any_more_is_an_error_and_keeps_what_it_has() {
        let nor = Nor::erased(2);
        block_on(async {
            let mut journal = Journal::new(nor.clone());
            journal.store_parameters(&example()).await.unwrap();
            journal.store_state(&state(1)).await.unwrap();
            nor.power_for(0);
            assert_eq!(journal.store_state(&state(2)).await, Err(JournalFailed));
            assert_eq!(journal.store_parameters(&example()).await, Err(JournalFailed));
            let mut again = Journal::new(nor.clone());
            assert_eq!(again.load_state().await, Ok(state(1)));
            assert_eq!(again.load_parameters().await, Ok(Some(example())));
        });
    }

    #[test]
    fn flash_that_holds_anything_else_is_an_error_until_it_is_formatted() {
        for byte in [0x00, 0xA5] {
            let nor = Nor::new(vec![byte; 4 * SECTOR], usize::MAX);
            block_on(async {
                let mut journal = Journal::new(nor.clone());
                assert_eq!(journal.load_state().await, Err(JournalFailed), "filled with {byte:02X}");
                journal.format().await.unwrap();
                journal.store_state(&state(1)).await.unwrap();
                assert_eq!(Journal::new(nor.clone()).load_state().await, Ok(state(1)));
            });
        }
    }

    #[test]
    fn flash_of_a_geometry_that_cannot_work_is_an_error_and_no_panic() {
        for sectors in [0, 1] {
            let mut journal = Journal::new(Nor::erased(sectors));
            assert_eq!(block_on(journal.load_state()), Err(JournalFailed));
            assert_eq!(block_on(journal.store_state(&state(1))), Err(JournalFailed));
        }
    }
}
