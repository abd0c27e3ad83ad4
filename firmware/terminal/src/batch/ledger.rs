//! The records of the batch, by what stands last of each in the log.

use embedded_storage_async::nor_flash::NorFlash;
use heapless::Vec;

use super::entry::{Entry, Id, Read, State};
use super::log::{Found, Log};
use crate::journal::JournalFailed;
use crate::money::amount::Amount;
use crate::money::kind::Kind;

/// Records that a batch holds, at most.
pub(crate) const RECORDS: usize = 256;
/// Places that are kept free beyond those that the records may still need: each power cut may tear one.
const SPARE_PLACES: u32 = 16;
/// Script results that are due at a time, at most: a transaction has one, and three more make an end of it.
const SCRIPTS: usize = 8;
/// Places that a script result may need: its tries, and that it is done with.
const SCRIPT_PLACES: u32 = 4;

/// How a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Due,
    Captured,
    Reversed,
    Open,
    /// It would be due, but an entry behind it was lost.
    InDoubt,
}

/// What is known of a record without reading its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    place: u32,
    pub(crate) id: Id,
    pub(crate) amount: Amount,
    /// The sale that a void undoes; nothing for a sale.
    pub(crate) original: Option<Id>,
    pub(crate) standing: Standing,
    /// Whether the card approved it without the host, who cannot void it then.
    pub(crate) offline: bool,
}

impl Record {
    pub(crate) fn kind(&self) -> Kind {
        if self.original.is_some() { Kind::Void } else { Kind::Sale }
    }

    /// What an entry at a place says; `None` for one that leaves nothing.
    fn of(entry: &Entry, place: u32) -> Option<Self> {
        let standing = match entry.state {
            State::Due => Standing::Due,
            State::Captured => Standing::Captured,
            State::Reversed => Standing::Reversed,
            State::Open => Standing::Open,
            State::InDoubt => Standing::InDoubt,
            State::Dropped => return None,
        };
        let original = entry.original.map(|original| original.id);
        let (id, amount, offline) = (entry.id, entry.amount, entry.is_offline());
        Some(Self { place, id, amount, original, standing, offline })
    }
}

/// What a batch comes to: a voided sale counts as a sale, its void as a void.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) sales: u16,
    pub(crate) sold: Amount,
    pub(crate) voids: u16,
    pub(crate) voided: Amount,
}

/// The records and the log that they stand in.
#[derive(Default)]
pub(crate) struct Ledger {
    log: Log,
    /// In the order in which they began.
    records: Vec<Record, RECORDS>,
    /// Where the entries stand whose script results are due, in the order in which they became so.
    scripts: Vec<(Id, u32), SCRIPTS>,
    /// Entries that do not read back.
    lost: u32,
}

impl Ledger {
    /// Reads the log of a flash.
    ///
    /// # Errors
    /// When the flash cannot be read.
    pub(crate) async fn load<F: NorFlash>(flash: &mut F) -> Result<Self, JournalFailed> {
        let mut ledger = Self { log: Log::of(flash), ..Self::default() };
        let mut last_lost = None;
        while let Some(Found { place, read }) = ledger.log.advance(flash).await? {
            match read {
                Read::Entry(entry) if ledger.put(&entry, place).is_ok() => {}
                Read::Erased | Read::Torn => {}
                Read::Damaged | Read::Entry(_) => {
                    ledger.lost = ledger.lost.saturating_add(1);
                    last_lost = Some(place);
                }
            }
        }
        for record in &mut ledger.records {
            if record.standing == Standing::Due && last_lost.is_some_and(|lost| record.place < lost) {
                record.standing = Standing::InDoubt;
            }
        }
        Ok(ledger)
    }

    /// Whether the log of a flash has entries, readable or not.
    ///
    /// # Errors
    /// When the flash cannot be read.
    pub(crate) async fn is_in_use<F: NorFlash>(flash: &mut F) -> Result<bool, JournalFailed> {
        Log::of(flash).is_in_use(flash).await
    }

    /// Erases the log.
    ///
    /// # Errors
    /// When the flash cannot be erased.
    pub(crate) async fn format<F: NorFlash>(flash: &mut F) -> Result<(), JournalFailed> {
        Log::of(flash).format(flash).await
    }

    /// Writes how a transaction stands from now on.
    ///
    /// # Errors
    /// When the flash cannot be written or has no room, or a transaction that begins would replace a record; what stands
    /// stays as before then.
    pub(crate) async fn write<F: NorFlash>(
        &mut self,
        flash: &mut F,
        entry: &Entry,
    ) -> Result<(), JournalFailed> {
        if self.would_begin_again(entry) {
            return Err(JournalFailed);
        }
        let place = self.log.append(flash, entry).await?;
        self.put(entry, place)
    }

    /// Whether an entry begins a transaction, the number of which a record has that is further.
    fn would_begin_again(&self, entry: &Entry) -> bool {
        let begins = entry.state == State::Due && entry.tries == 0;
        let is_further = |record: &Record| record.id == entry.id && record.standing != Standing::Due;
        begins && self.records.iter().any(is_further)
    }

    fn put(&mut self, entry: &Entry, place: u32) -> Result<(), JournalFailed> {
        if self.would_begin_again(entry) {
            return Err(JournalFailed);
        }
        self.put_script(entry, place);
        let at = self.records.iter().position(|record| record.id == entry.id);
        match (at, Record::of(entry, place)) {
            (Some(at), Some(record)) => {
                if let Some(place) = self.records.get_mut(at) {
                    *place = record;
                }
            }
            (Some(at), None) => {
                self.records.remove(at);
            }
            (None, Some(record)) => self.records.push(record).map_err(|_| JournalFailed)?,
            (None, None) => {}
        }
        Ok(())
    }

    /// Notes whether an entry's script result is due. Of more than there is room for the oldest is given up.
    fn put_script(&mut self, entry: &Entry, place: u32) {
        let known = self.scripts.iter().position(|(id, _)| *id == entry.id);
        match (known, entry.owes_script_result()) {
            (Some(at), true) => {
                if let Some(script) = self.scripts.get_mut(at) {
                    script.1 = place;
                }
            }
            (Some(at), false) => {
                self.scripts.remove(at);
            }
            (None, true) => {
                if self.scripts.is_full() {
                    self.scripts.remove(0);
                }
                let _ = self.scripts.push((entry.id, place));
            }
            (None, false) => {}
        }
    }

    /// Whether a record or a script result that is due has this batch and STAN.
    pub(crate) async fn has<F: NorFlash>(&self, flash: &mut F, id: Id) -> bool {
        let of_records = self.records.iter().map(|record| record.id);
        if of_records.chain(self.scripts.iter().map(|(id, _)| *id)).any(|known| known == id) {
            return true;
        }
        for position in 0..self.scripts.len() {
            // One that cannot be read any more is told where it is sent.
            if let Ok(Some(entry)) = self.script_due(flash, position).await
                && entry.id.batch == id.batch
                && entry.script_stan() == Some(id.stan)
            {
                return true;
            }
        }
        false
    }

    /// Script results that are due.
    #[cfg(test)]
    pub(crate) fn scripts_due(&self) -> usize {
        self.scripts.len()
    }

    /// The entry whose script result is the `position`-th to be sent, 0 first. It stands as its record does: what goes on with it
    /// takes no doubt away.
    ///
    /// # Errors
    /// When it cannot be read any more.
    pub(crate) async fn script_due<F: NorFlash>(
        &self,
        flash: &mut F,
        position: usize,
    ) -> Result<Option<Entry>, JournalFailed> {
        let Some((_, place)) = self.scripts.get(position) else { return Ok(None) };
        match self.log.read(flash, *place).await? {
            Read::Entry(entry) if entry.state == State::Due && self.is_in_doubt(entry.id) => {
                Ok(Some(Entry { state: State::InDoubt, ..entry }))
            }
            Read::Entry(entry) => Ok(Some(entry)),
            _ => Err(JournalFailed),
        }
    }

    fn is_in_doubt(&self, id: Id) -> bool {
        self.records.iter().any(|record| record.id == id && record.standing == Standing::InDoubt)
    }

    /// A record's last entry.
    ///
    /// # Errors
    /// When it cannot be read any more.
    pub(crate) async fn entry<F: NorFlash>(
        &self,
        flash: &mut F,
        record: &Record,
    ) -> Result<Entry, JournalFailed> {
        match self.log.read(flash, record.place).await? {
            Read::Entry(entry) => Ok(entry),
            _ => Err(JournalFailed),
        }
    }

    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Entries that were written and do not read back.
    pub(crate) fn lost(&self) -> u32 {
        self.lost
    }

    /// The record that has been due to be reversed for longest.
    pub(crate) fn oldest_due(&self) -> Option<Record> {
        self.records.iter().find(|record| record.standing == Standing::Due).copied()
    }

    /// Records that stand so.
    pub(crate) fn count(&self, standing: Standing) -> usize {
        self.records.iter().filter(|record| record.standing == standing).count()
    }

    /// The newest record of a STAN: the numbers start again after the last.
    pub(crate) fn of_stan(&self, stan: u32) -> Option<Record> {
        self.records.iter().rev().find(|record| record.id.stan == stan).copied()
    }

    /// Whether a sale was undone by a void.
    pub(crate) fn is_voided(&self, sale: Id) -> bool {
        let undoes = |record: &&Record| record.original == Some(sale);
        self.records.iter().filter(undoes).any(|record| record.standing == Standing::Captured)
    }

    /// Whether captured transactions of another batch than this one are left.
    pub(crate) fn settlement_due(&self, batch: u32) -> bool {
        let captured = |record: &&Record| record.standing == Standing::Captured;
        self.records.iter().filter(captured).any(|record| record.id.batch != batch)
    }

    pub(crate) fn totals(&self) -> Totals {
        let captured = self.records.iter().filter(|record| record.standing == Standing::Captured);
        captured.fold(Totals::default(), |totals, record| {
            // Room for the sum is looked for before a sale; a void is never more than its sale.
            let sum = |before: Amount| before.plus(record.amount).unwrap_or(Amount::MOST);
            match record.kind() {
                Kind::Void => Totals { voids: totals.voids + 1, voided: sum(totals.voided), ..totals },
                _ => Totals { sales: totals.sales + 1, sold: sum(totals.sold), ..totals },
            }
        })
    }

    /// Whether another transaction finds room, as in [`Self::has_places`].
    pub(crate) fn has_room(&self, tries: u8) -> bool {
        !self.records.is_full() && self.has_places(tries)
    }

    /// Whether there are places for another transaction that may be no record, with `tries` of its reversal and of those
    /// that are due, and with the script results.
    pub(crate) fn has_places(&self, tries: u8) -> bool {
        let times =
            |count: usize, places: u32| u32::try_from(count + 1).unwrap_or(u32::MAX).saturating_mul(places);
        let needed = times(self.count(Standing::Due), u32::from(tries) + 3)
            .saturating_add(times(self.scripts.len(), SCRIPT_PLACES));
        self.log.room() >= needed.saturating_add(SPARE_PLACES)
    }
}

#[cfg(test)]
mod tests {
    use super::{Ledger, Standing};
    use crate::batch::chip_part::tests::part;
    use crate::batch::chip_part::{ChipPart, Script};
    use crate::batch::entry::tests::{captured, chip_sale, sale, void_of};
    use crate::batch::entry::{ENTRY, Entry, Reason, State};
    use crate::batch::log::Log;
    use crate::journal::SECTORS;
    use crate::journal::tests::Nor;
    use embassy_futures::block_on;
    use embedded_storage_async::nor_flash::{NorFlash, ReadNorFlash};
    use rstest::rstest;
    use std::vec;
    use std::vec::Vec;

    const START: usize = SECTORS * 4096;

    /// Three sales: captured, voided, due, which a chip made; a fourth declined and a fifth reversed.
    fn history() -> Vec<Entry> {
        let (first, second) = (captured(sale(1)), captured(sale(2)));
        let void = void_of(&second, 3);
        let state = |entry: Entry, state| Entry { state, ..entry };
        vec![
            sale(1),
            first,
            sale(2),
            second,
            void.clone(),
            captured(void),
            sale(4),
            state(sale(4), State::Dropped),
            sale(5),
            Entry { tries: 1, ..sale(5) },
            state(sale(5), State::Reversed),
            Entry { chip: Some(ChipPart { script: Script::None, ..part() }), ..chip_sale(6) },
        ]
    }

    async fn written(entries: &[Entry]) -> Nor {
        let mut nor = Nor::erased(SECTORS + 32);
        let mut ledger = Ledger::load(&mut nor).await.unwrap();
        for entry in entries {
            ledger.write(&mut nor, entry).await.unwrap();
        }
        nor
    }

    fn standings(ledger: &Ledger) -> Vec<(u32, Standing)> {
        ledger.records().iter().map(|record| (record.id.stan, record.standing)).collect()
    }

    const WHOLE: [(u32, Standing); 5] = [
        (1, Standing::Captured),
        (2, Standing::Captured),
        (3, Standing::Captured),
        (5, Standing::Reversed),
        (6, Standing::Due),
    ];

    #[test]
    fn records_are_found_again_as_they_stood() {
        block_on(async {
            let mut nor = written(&history()).await;
            let ledger = Ledger::load(&mut nor).await.unwrap();
            assert_eq!((standings(&ledger).as_slice(), ledger.lost()), (WHOLE.as_slice(), 0));
            assert!(!ledger.is_voided(sale(1).id) && ledger.is_voided(sale(2).id));
            assert_eq!(ledger.oldest_due().map(|record| record.id.stan), Some(6));
            assert!(!ledger.settlement_due(519) && ledger.settlement_due(520));
            let totals = ledger.totals();
            assert_eq!((totals.sales, totals.sold.units(), totals.voids), (2, 2468, 1));
            let record = ledger.of_stan(2).unwrap();
            assert_eq!(ledger.entry(&mut nor, &record).await, Ok(captured(sale(2))));
        });
    }

    /// Every flipped bit is told, and no record is another than it was: it stands as before, or is in doubt, or (where the
    /// only entry of a record was hit) is gone.
    #[test]
    fn a_flipped_bit_is_told_and_captures_or_reverses_nothing() {
        block_on(async {
            let entries = history();
            let whole = written(&entries).await;
            for (place, entry) in entries.iter().enumerate() {
                // One bit of every byte, another one in each.
                for byte in 0..entry.written() {
                    let mut nor = whole.copy();
                    nor.flip(START + place * ENTRY + byte, byte % 8);
                    let ledger = Ledger::load(&mut nor).await.unwrap();
                    assert_eq!(ledger.lost(), 1, "entry {place}, byte {byte}");
                    let found = standings(&ledger);
                    for stan in [1, 2, 3, 5, 6] {
                        let is = found.iter().find(|(known, _)| *known == stan);
                        let was = WHOLE.iter().find(|(known, _)| *known == stan);
                        let hit = entry.id.stan == stan;
                        let kept = is == was || hit && is.is_none_or(|(_, now)| *now == Standing::InDoubt);
                        assert!(kept, "entry {place}, byte {byte}: STAN {stan} stands as {is:?}");
                    }
                    // A declined sale whose decline was lost is in doubt; else it does not come back.
                    let declined = found.iter().find(|(stan, _)| *stan == 4);
                    assert!(declined.is_none_or(|(_, now)| place == 7 && *now == Standing::InDoubt));
                    assert!(!ledger.settlement_due(519));
                }
            }
        });
    }

    #[test]
    fn a_power_cut_at_any_byte_of_a_write_leaves_the_record_as_before_or_as_written() {
        block_on(async {
            let entries = history();
            for (count, next) in entries.iter().enumerate() {
                for steps in 0..=next.written() {
                    let mut nor = written(&entries[..count]).await;
                    let mut ledger = Ledger::load(&mut nor).await.unwrap();
                    let before = standings(&ledger);
                    nor.power_for(steps);
                    let taken = ledger.write(&mut nor, next).await;
                    assert_eq!(taken.is_ok(), steps == next.written());
                    let after = standings(&ledger);
                    nor.power_for(usize::MAX);
                    let mut again = Ledger::load(&mut nor).await.unwrap();
                    assert_eq!(again.lost(), 0, "a torn write is no damage");
                    assert_eq!(standings(&again), if taken.is_ok() { after } else { before });
                    // And the log goes on behind what was torn.
                    again.write(&mut nor, next).await.unwrap();
                    let found = Ledger::load(&mut nor).await.unwrap();
                    assert_eq!(standings(&found), standings(&again));
                }
            }
        });
    }

    /// Whoever gives a STAN twice does not take the first record away with it, neither here nor in the log of another boot.
    #[test]
    fn a_sale_that_begins_replaces_no_record_that_is_further() {
        block_on(async {
            let mut nor = written(&history()).await;
            let mut ledger = Ledger::load(&mut nor).await.unwrap();
            for stan in [1, 2, 5] {
                let room = ledger.log.room();
                assert!(ledger.write(&mut nor, &sale(stan)).await.is_err(), "{stan}");
                assert_eq!(ledger.log.room(), room, "nothing was written");
            }
            assert_eq!(standings(&ledger), WHOLE);
            // What is due again after an answer, and what was tried, is no beginning.
            ledger.write(&mut nor, &Entry { reason: Reason::WrongMac, ..chip_sale(6) }).await.unwrap();
            ledger.write(&mut nor, &Entry { tries: 1, ..chip_sale(6) }).await.unwrap();
            let mut nor = Nor::erased(SECTORS + 32);
            let mut log = Log::of(&nor);
            for entry in [sale(1), captured(sale(1)), sale(1), sale(2)] {
                log.append(&mut nor, &entry).await.unwrap();
            }
            let found = Ledger::load(&mut nor).await.unwrap();
            assert_eq!(standings(&found), [(1, Standing::Captured), (2, Standing::Due)]);
            assert_eq!(found.lost(), 1);
        });
    }

    #[test]
    fn a_full_log_and_a_flash_without_room_are_said_before_a_sale() {
        block_on(async {
            let mut nor = Nor::erased(SECTORS + 2);
            let mut ledger = Ledger::load(&mut nor).await.unwrap();
            let mut stan = 0;
            while ledger.has_room(3) {
                stan += 1;
                ledger.write(&mut nor, &sale(stan)).await.unwrap();
                ledger.write(&mut nor, &captured(sale(stan))).await.unwrap();
            }
            assert_eq!(stan, 4, "32 places: two a sale, and 26 free before the next: 16 spare, 10 its own");
            for sectors in [1, SECTORS] {
                let mut small = Nor::erased(sectors);
                let mut ledger = Ledger::load(&mut small).await.unwrap();
                assert!(!ledger.has_room(1));
                assert!(ledger.write(&mut small, &sale(1)).await.is_err());
            }
        });
    }

    /// The entries of a chip's sale with a script, from the approval on.
    fn with_script(stan: u32, script: Script) -> Entry {
        let part = ChipPart { script, ..part() };
        captured(Entry { chip: Some(part), ..chip_sale(stan) })
    }

    async fn due(ledger: &Ledger, nor: &mut Nor) -> Vec<(u32, Script)> {
        let mut found = Vec::new();
        while let Some(entry) = ledger.script_due(nor, found.len()).await.unwrap() {
            found.push((entry.id.stan, entry.chip.unwrap().script));
        }
        found
    }

    /// A decline takes the record away and not its script result; an answer takes away this one alone.
    #[test]
    fn script_results_are_found_in_their_order_until_they_are_done_with() {
        block_on(async {
            let wait = |stan: u32, tries| Script::Due { stan: 100 + stan, tries };
            let declined = Entry { state: State::Dropped, approval: None, ..with_script(2, wait(2, 0)) };
            let entries = [
                with_script(1, wait(1, 0)),
                declined,
                with_script(3, Script::None),
                with_script(1, wait(1, 1)),
                with_script(4, wait(4, 0)),
            ];
            let mut nor = written(&entries).await;
            let mut ledger = Ledger::load(&mut nor).await.unwrap();
            let first = [(1, wait(1, 1)), (2, wait(2, 0)), (4, wait(4, 0))];
            assert_eq!((due(&ledger, &mut nor).await, ledger.scripts_due()), (first.to_vec(), 3));
            assert_eq!(standings(&ledger), [1, 3, 4].map(|stan| (stan, Standing::Captured)));
            ledger.write(&mut nor, &with_script(1, Script::Done)).await.unwrap();
            let again = Ledger::load(&mut nor).await.unwrap();
            assert_eq!(due(&again, &mut nor).await, first[1..]);
            assert_eq!(due(&again, &mut nor).await, due(&ledger, &mut nor).await);
        });
    }

    /// A sale that the card declined behind the host's approval, one entry of which was lost: what is in doubt stays so, here and at
    /// the next boot, while its script result is sent and done with.
    #[rstest]
    #[case::before_any_try(0)]
    #[case::behind_a_try_of_its_reversal(1)]
    fn a_script_result_takes_no_doubt_away(#[case] tries: u8) {
        block_on(async {
            let wait = |tries| Script::Due { stan: 101, tries };
            let entry =
                |tries, script| Entry { tries, chip: Some(ChipPart { script, ..part() }), ..chip_sale(1) };
            let entries =
                [entry(0, Script::None), entry(0, wait(0)), entry(tries, wait(0)), entry(tries, wait(1))];
            let mut nor = written(&entries).await;
            nor.flip(START + 3 * ENTRY + 20, 3);
            let mut ledger = Ledger::load(&mut nor).await.unwrap();
            let in_doubt = [(1, Standing::InDoubt)];
            assert_eq!((standings(&ledger).as_slice(), ledger.lost()), (in_doubt.as_slice(), 1));
            for script in [wait(1), wait(2), Script::Done] {
                let due = ledger.script_due(&mut nor, 0).await.unwrap().unwrap();
                let next = Entry { chip: Some(ChipPart { script, ..part() }), ..due };
                ledger.write(&mut nor, &next).await.unwrap();
                let again = Ledger::load(&mut nor).await.unwrap();
                assert_eq!((standings(&ledger), standings(&again)), (in_doubt.to_vec(), in_doubt.to_vec()));
            }
            assert_eq!(ledger.scripts_due(), 0);
        });
    }

    #[test]
    fn an_offline_approval_is_captured_and_counts_and_is_known_as_one() {
        block_on(async {
            let part = ChipPart { offline: true, script: Script::None, ..part() };
            let offline = captured(Entry { chip: Some(part), ..chip_sale(9) });
            let mut nor = written(&[offline, captured(sale(10))]).await;
            let ledger = Ledger::load(&mut nor).await.unwrap();
            let known = ledger.records().iter().map(|record| (record.id.stan, record.offline));
            assert_eq!(known.collect::<Vec<_>>(), [(9, true), (10, false)]);
            assert_eq!(ledger.totals().sales, 2);
        });
    }

    #[test]
    fn a_formatted_log_is_empty() {
        block_on(async {
            let mut nor = written(&history()).await;
            Ledger::format(&mut nor).await.unwrap();
            let ledger = Ledger::load(&mut nor).await.unwrap();
            assert_eq!((standings(&ledger), ledger.lost()), (vec![], 0));
            let mut bytes = [0; 64];
            nor.read(START as u32, &mut bytes).await.unwrap();
            assert_eq!(bytes, [0xFF; 64]);
            assert_eq!(Nor::ERASE_SIZE, 4096);
        });
    }
}
