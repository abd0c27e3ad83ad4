//! Key store and journal together: what the terminal knows, and the order of writes that keeps the two in step.
//!
//! What must change together is in one of them: keys and batch in the key store. The journal has a copy of the batch,
//! which outlasts the keys; it is brought up with whatever is written there next, at the latest at the next boot.

use embedded_storage_async::nor_flash::NorFlash;
use heapless::String;

use crate::batch::entry::{Entry, Id};
use crate::batch::ledger::{Ledger, Record};
use crate::chip_records::application::Application;
use crate::chip_records::ca_key::CaKey;
use crate::chip_records::exception;
use crate::chip_records::record::{ISSUER, Revocation};
use crate::chip_records::store::ChipRecords;
use crate::crypto::keys::Key16;
use crate::journal::{Journal, JournalFailed, STAN, State};
use crate::keystore::secrets::Secrets;
use crate::keystore::store::{Contents, Keystore};
use crate::language::Language;
use crate::life::Life;
use crate::log::info;
use crate::money::card_number::CardNumber;
use crate::panel::screen::Head;
use crate::parameters::Parameters;
use crate::ports::BatteryRam;
use crate::provisioning::admission::{Change, admit};
use crate::provisioning::refusal::{Reason, Refusal};
use crate::sign_on::answer::Accepted;

/// A store that is beyond use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreFault {
    /// E401.
    Keystore,
    /// E402.
    Journal,
}

impl From<JournalFailed> for StoreFault {
    fn from(_: JournalFailed) -> Self {
        Self::Journal
    }
}

/// Everything that outlasts power.
pub(crate) struct Stores<B, F: NorFlash> {
    keystore: Keystore<B>,
    journal: Journal<F>,
    state: State,
    parameters: Option<Parameters>,
    ledger: Ledger,
    chip_records: ChipRecords,
    tampered: bool,
    fault: Option<StoreFault>,
}

impl<B: BatteryRam, F: NorFlash> Stores<B, F> {
    /// Loads both stores, counts the boot, and finishes what a power cut left half done.
    pub(crate) async fn open(ram: B, flash: F) -> Self {
        let mut stores = Self {
            keystore: Keystore::open(ram),
            journal: Journal::new(flash),
            state: State::default(),
            parameters: None,
            ledger: Ledger::default(),
            chip_records: ChipRecords::default(),
            tampered: false,
            fault: None,
        };
        stores.fault = stores.load().await.err();
        if stores.keystore.is_tampered() || stores.state.tampered {
            stores.tamper().await;
        }
        stores
    }

    async fn load(&mut self) -> Result<(), StoreFault> {
        self.state = match self.journal.load_state().await {
            Ok(state) => state,
            // A blank board's flash may hold anything, and without keys and entries there is nothing to lose.
            Err(_)
                if self.keystore.contents().is_none()
                    && !self.keystore.is_tampered()
                    && !Ledger::is_in_use(self.journal.flash()).await? =>
            {
                self.journal.format().await?;
                Ledger::format(self.journal.flash()).await?;
                ChipRecords::format(self.journal.flash()).await?;
                State::default()
            }
            Err(failed) => return Err(failed.into()),
        };
        let has_keys = self.keystore.contents().is_some();
        let keys_lost = self.state.keys_written && !has_keys;
        self.state.boot = self.state.boot.saturating_add(1);
        self.state.keys_written |= has_keys;
        self.state.batch = self.batch();
        self.journal.store_state(&self.state).await?;
        self.parameters = self.journal.load_parameters().await?;
        self.ledger = Ledger::load(self.journal.flash()).await?;
        self.chip_records = match ChipRecords::load(self.journal.flash()).await {
            // As above: nobody has written there yet.
            Err(_) if !self.state.keys_written => {
                ChipRecords::format(self.journal.flash()).await?;
                ChipRecords::default()
            }
            loaded => loaded?,
        };
        match (has_keys, &self.parameters) {
            (false, _) if keys_lost => Err(StoreFault::Keystore),
            (true, None) => Err(StoreFault::Journal),
            _ => Ok(()),
        }
    }

    /// The state of the terminal's life.
    pub(crate) fn life(&self) -> Life {
        match self.keystore.contents() {
            _ if self.tampered => Life::Tampered,
            None => Life::Blank,
            Some(contents) if contents.has_working_keys => Life::SignedOn,
            Some(contents) if contents.has_tmk => Life::Keyed,
            Some(_) => Life::Factory,
        }
    }

    /// What every screen says in its first row, and the language that it speaks: the parameters', also when the keys
    /// are lost; English before there were any.
    pub(crate) fn head(&self) -> Head {
        let provisioned = self.state.keys_written || self.keystore.contents().is_some();
        let parameters = self.parameters.as_ref().filter(|_| provisioned);
        Head { life: self.life(), language: parameters.map_or(Language::English, |known| known.language) }
    }

    /// The store that is beyond use, if one is.
    pub(crate) fn fault(&self) -> Option<StoreFault> {
        self.fault
    }

    /// The boot counter.
    pub(crate) fn boot(&self) -> u32 {
        self.state.boot
    }

    /// The batch number: the key store's, and the journal's copy where there are no keys.
    pub(crate) fn batch(&self) -> u32 {
        self.keystore.contents().map_or(self.state.batch, |contents| contents.batch)
    }

    /// What the key store holds but for the keys, of a provisioned terminal.
    pub(crate) fn contents(&self) -> Option<&Contents> {
        self.keystore.contents()
    }

    /// Identity and keys, of a provisioned terminal: read anew, and erased with what is returned.
    pub(crate) fn secrets(&self) -> Option<Secrets> {
        self.keystore.secrets()
    }

    /// The parameters, of a provisioned terminal: a blank one's journal may hold some that were never taken.
    pub(crate) fn parameters(&self) -> Option<&Parameters> {
        self.keystore.contents()?;
        self.parameters.as_ref()
    }

    /// Takes a provisioning record, whole or not at all.
    ///
    /// The key store's commit is what makes the record taken. Parameters are written before it, since a blank
    /// terminal does not look at them; the mark that there are keys after it, since the next boot can make up for it.
    ///
    /// # Errors
    /// R01 to R06, R09 to R11.
    pub(crate) async fn provision(&mut self, record: &[u8]) -> Result<(), Refusal> {
        let failed = Refusal::new(Reason::Store, 0);
        match admit(record, self.keystore.secrets().as_ref())? {
            Change::Chip(record) => {
                self.chip_records.put(self.journal.flash(), &record).await.map_err(|_| failed)?;
            }
            Change::MasterKey(secrets) => self.keystore.commit(secrets).map_err(|_| failed)?,
            Change::Factory(secrets, parameters) => {
                self.journal.store_parameters(&parameters).await.map_err(|_| failed)?;
                self.keystore.commit(secrets).map_err(|_| failed)?;
                self.parameters = Some(parameters);
                self.state.keys_written = true;
                let _ = self.journal.store_state(&self.state).await;
            }
        }
        info!("record taken, life {=str}", self.life().boot_name());
        Ok(())
    }

    /// Replaces the TMK and erases the working keys, all at once.
    ///
    /// # Errors
    /// When the key store cannot be written; nothing has changed then.
    pub(crate) fn load_master_key(&mut self, tmk: Key16) -> Result<(), StoreFault> {
        let secrets = self.keystore.secrets().ok_or(StoreFault::Keystore)?.with_master_key(tmk);
        self.keystore.commit(secrets).map_err(|_| StoreFault::Keystore)?;
        info!("TMK loaded by two custodians");
        Ok(())
    }

    /// The next STAN, written before it is used. A flipped bit in the state brings back an older one: what the records of
    /// this batch have is passed over.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(crate) async fn next_stan(&mut self) -> Result<u32, StoreFault> {
        let mut id = Id { batch: self.batch(), stan: after(self.state.stan) };
        while self.ledger.has(self.journal.flash(), id).await {
            id.stan = after(id.stan);
        }
        self.state.stan = id.stan;
        self.journal.store_state(&self.state).await?;
        Ok(self.state.stan)
    }

    /// Replaces the working keys, the batch number and the time of the sign-on, all at once.
    ///
    /// # Errors
    /// When the key store cannot be written; nothing has changed then.
    pub(crate) fn sign_on(&mut self, accepted: Accepted) -> Result<(), StoreFault> {
        let Accepted { keys, batch, host_time } = accepted;
        let secrets = self.keystore.secrets().ok_or(StoreFault::Keystore)?;
        let secrets = secrets.with_working_keys(keys).with_sign_on_at(host_time).with_batch(batch);
        self.keystore.commit(secrets).map_err(|_| StoreFault::Keystore)?;
        self.state.batch = batch;
        Ok(())
    }

    /// The batch's records.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Writes how a transaction stands from now on.
    ///
    /// # Errors
    /// When the journal cannot be written; the record stands as before then.
    pub(crate) async fn write_entry(&mut self, entry: &Entry) -> Result<(), StoreFault> {
        Ok(self.ledger.write(self.journal.flash(), entry).await?)
    }

    /// A record in full.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) async fn entry(&mut self, record: &Record) -> Result<Entry, StoreFault> {
        Ok(self.ledger.entry(self.journal.flash(), record).await?)
    }

    /// The entry whose script result is the `position`-th to be sent, 0 first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) async fn script_due(&mut self, position: usize) -> Result<Option<Entry>, StoreFault> {
        Ok(self.ledger.script_due(self.journal.flash(), position).await?)
    }

    /// The year of the host's dates, 0 to 99, where a chip record said it.
    pub(crate) fn year(&self) -> Option<u8> {
        self.chip_records.year()
    }

    /// Applications of chips that the terminal supports.
    #[cfg(test)]
    pub(crate) fn applications(&self) -> usize {
        self.chip_records.applications()
    }

    /// The application at a position, 0 first, in the order in which their records came.
    ///
    /// # Errors
    /// When the journal cannot be read; so below.
    pub(crate) async fn application(&mut self, position: usize) -> Result<Option<Application>, StoreFault> {
        Ok(self.chip_records.application(self.journal.flash(), position).await?)
    }

    /// A certification authority's key.
    pub(crate) async fn ca_key(&mut self, rid: [u8; 5], index: u8) -> Result<Option<CaKey>, StoreFault> {
        Ok(self.chip_records.ca_key(self.journal.flash(), rid, index).await?)
    }

    /// Whether an issuer certificate is revoked.
    pub(crate) async fn is_revoked(&mut self, certificate: &Revocation) -> Result<bool, StoreFault> {
        Ok(self.chip_records.is_revoked(self.journal.flash(), certificate).await?)
    }

    /// The issuer's name of a card number's first six digits.
    pub(crate) async fn issuer_of(&mut self, bin: &[u8; 6]) -> Result<Option<String<ISSUER>>, StoreFault> {
        Ok(self.chip_records.issuer_of(self.journal.flash(), bin).await?)
    }

    /// Whether the exception list has a card number.
    pub(crate) async fn is_exception(&mut self, number: &CardNumber) -> Result<bool, StoreFault> {
        let secrets = self.keystore.secrets().ok_or(StoreFault::Keystore)?;
        let mark = exception::mark(secrets.factory_key(), number);
        Ok(self.chip_records.is_exception(self.journal.flash(), &mark).await?)
    }

    /// Gives up a store that failed in use.
    pub(crate) fn give_up(&mut self, fault: StoreFault) {
        self.fault = Some(fault);
    }

    /// Latches the tamper in both stores and erases all keys.
    pub(crate) async fn tamper(&mut self) {
        self.keystore.tamper();
        self.tampered = true;
        if !self.state.tampered {
            self.state.tampered = true;
            let _ = self.journal.store_state(&self.state).await;
        }
        info!("tampered: keys erased");
    }
}

/// The STAN behind another.
fn after(stan: u32) -> u32 {
    let next = stan.saturating_add(1);
    if STAN.contains(&next) { next } else { *STAN.start() }
}

#[cfg(test)]
mod tests {
    use super::{StoreFault, Stores};
    use crate::batch::chip_part::tests::part;
    use crate::batch::chip_part::{ChipPart, Script};
    use crate::batch::entry::tests::{captured, chip_sale, sale};
    use crate::batch::entry::{Entry, State};
    use crate::batch::ledger::{Ledger, Standing};
    use crate::chip_records::record::{ChipRecord, Revocation};
    use crate::clock::DateTime;
    use crate::journal::SECTORS;
    use crate::journal::tests::Nor;
    use crate::keystore::store::tests::{CutRam, factory, key, working};
    use crate::life::Life;
    use crate::money::card_number::CardNumber;
    use crate::parameters::tests::example;
    use crate::provisioning::crc::crc16;
    use crate::provisioning::refusal::{Reason, Refusal};
    use crate::sign_on::answer::Accepted;
    use embassy_futures::block_on;
    use embedded_storage_async::nor_flash::ReadNorFlash;
    use std::string::String;
    use std::vec::Vec;
    use std::{format, vec};

    /// Stores just after a sign-on with batch 519.
    async fn signed_on(ram: CutRam, nor: Nor) -> Stores<CutRam, Nor> {
        let mut stores = Stores::open(ram, nor).await;
        stores.journal.store_parameters(&example()).await.unwrap();
        stores.keystore.commit(factory().with_master_key(key(9))).unwrap();
        let host_time = DateTime::date(b"0720").unwrap();
        stores.sign_on(Accepted { keys: working(20), batch: 519, host_time }).unwrap();
        stores
    }

    fn text(line: &str) -> String {
        let body = format!("%PAYRIG-RECORD 1\n{line}\n");
        format!("{body}%END {:04X}\n", crc16(body.as_bytes()))
    }

    /// They outlast power, keys and tamper, and a card number of the exception list is not in the flash.
    #[test]
    fn chip_records_outlast_everything_and_tell_no_card_number() {
        let (ram, mut nor) = (CutRam::blank(), Nor::erased(48));
        block_on(async {
            let mut stores = signed_on(ram.clone(), nor.clone()).await;
            for line in ["year=26", "exception=6212345678901232", "bin=621234\nissuer=BANK OF TESTS"] {
                stores.provision(text(line).as_bytes()).await.unwrap();
            }
            let [listed, other] =
                ["6212345678901232", "6212345678901281"].map(|digits| CardNumber::new(digits).unwrap());
            let mut stores = Stores::open(ram, nor.clone()).await;
            assert_eq!(stores.is_exception(&listed).await, Ok(true));
            assert_eq!(stores.is_exception(&other).await, Ok(false));
            stores.tamper().await;
            let mut stores = Stores::open(CutRam::blank(), nor.clone()).await;
            assert_eq!((stores.life(), stores.year()), (Life::Tampered, Some(26)));
            assert_eq!(stores.issuer_of(b"621234").await.unwrap().as_deref(), Some("BANK OF TESTS"));
            assert!(stores.is_exception(&listed).await.is_err(), "without its key a mark says nothing");
            let mut flash = vec![0; 48 * 4096];
            nor.read(0, &mut flash).await.unwrap();
            let digits: Vec<u8> = listed.digits().bytes().map(|digit| digit & 0x0F).collect();
            let packed: Vec<u8> = digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect();
            for wanted in [listed.digits().as_bytes(), &digits, &packed, &packed[2..6]] {
                assert!(!flash.windows(wanted.len()).any(|window| window == wanted), "{wanted:02X?}");
            }
            assert!(
                flash.windows(13).any(|window| window == b"BANK OF TESTS"),
                "the search looks at the right bytes"
            );
        });
    }

    /// What the terminal asks of its records and of its batch, through the stores, after another boot.
    #[test]
    fn what_a_chip_s_transaction_needs_is_found_after_a_boot() {
        let (ram, nor) = (CutRam::blank(), Nor::erased(48));
        let modulus = "A5".repeat(42);
        let key = format!(
            "ca-rid=A000000333\nca-index=80\nca-expiry=301231\nca-exponent=03\nca-modulus-1={modulus}\n\
             ca-modulus-2={modulus}\nca-check=04649763503250E97926A312B8D2D634E72804B2"
        );
        let application = "aid=A000000333\naid-match=exact\naid-version=0020\naid-tac-denial=0000000000\n\
            aid-tac-online=0000000000\naid-tac-default=0000000000\naid-floor=0\naid-threshold=0\naid-target=0\n\
            aid-max-target=0\naid-ddol=";
        let revoked = "revoked-rid=A000000333\nrevoked-index=80\nrevoked-serial=000001";
        block_on(async {
            let mut stores = signed_on(ram.clone(), nor.clone()).await;
            for line in [key.as_str(), application, revoked] {
                stores.provision(text(line).as_bytes()).await.unwrap();
            }
            let entry = captured(chip_sale(6));
            stores.write_entry(&entry).await.unwrap();
            let mut stores = Stores::open(ram, nor).await;
            let rid = [0xA0, 0, 0, 3, 0x33];
            assert_eq!(stores.ca_key(rid, 0x80).await.unwrap().unwrap().modulus, [0xA5; 84]);
            assert_eq!(stores.ca_key(rid, 0x81).await, Ok(None));
            assert_eq!(stores.applications(), 1);
            assert_eq!(stores.application(0).await.unwrap().unwrap().aid, rid);
            assert_eq!(stores.application(1).await, Ok(None));
            let certificate = Revocation { rid, index: 0x80, serial: [0, 0, 1] };
            assert_eq!(stores.is_revoked(&certificate).await, Ok(true));
            assert_eq!(stores.is_revoked(&Revocation { serial: [0, 0, 2], ..certificate }).await, Ok(false));
            assert_eq!(stores.script_due(0).await, Ok(Some(entry)));
            assert_eq!((stores.script_due(1).await, stores.ledger().scripts_due()), (Ok(None), 1));
        });
    }

    /// Where the records go there may be anything on a blank board, but not on one that has keys.
    #[test]
    fn a_blank_board_s_flash_may_hold_anything_where_the_records_go() {
        for has_keys in [false, true] {
            let (ram, nor) = (CutRam::blank(), Nor::erased(48));
            block_on(async {
                if has_keys {
                    let mut stores = signed_on(ram.clone(), nor.clone()).await;
                    stores.next_stan().await.unwrap();
                }
                for at in (40 * 4096..48 * 4096).step_by(3) {
                    nor.flip(at, at % 8);
                }
                let mut stores = Stores::open(ram, nor).await;
                assert_eq!(stores.fault(), has_keys.then_some(StoreFault::Journal));
                let taken = stores.chip_records.put(stores.journal.flash(), &ChipRecord::Year(26)).await;
                assert!(has_keys || taken.is_ok());
            });
        }
    }

    #[test]
    fn one_record_too_many_is_a_store_that_is_full() {
        let (ram, nor) = (CutRam::blank(), Nor::erased(48));
        block_on(async {
            let mut stores = signed_on(ram, nor).await;
            let line = |number: u8| {
                text(&format!("revoked-rid=A000000333\nrevoked-index=80\nrevoked-serial=0000{number:02X}"))
            };
            for number in 0..16 {
                stores.provision(line(number).as_bytes()).await.unwrap();
            }
            let refusal = stores.provision(line(16).as_bytes()).await;
            assert_eq!(refusal, Err(Refusal::new(Reason::Store, 0)));
            stores.provision(line(3).as_bytes()).await.unwrap();
        });
    }

    #[test]
    fn the_batch_outlasts_the_keys_from_the_next_write_to_the_journal_on() {
        for (next, life) in [("tamper", Life::Tampered), ("boot", Life::Blank), ("message", Life::Blank)] {
            let (ram, nor) = (CutRam::blank(), Nor::erased(4));
            block_on(async {
                let mut stores = signed_on(ram.clone(), nor.clone()).await;
                match next {
                    "tamper" => stores.tamper().await,
                    "boot" => stores = Stores::open(ram, nor.clone()).await,
                    _ => assert_eq!(stores.next_stan().await, Ok(1)),
                }
                assert_eq!(stores.batch(), 519, "{next}");
                let found = Stores::open(CutRam::blank(), nor).await;
                assert_eq!((found.life(), found.batch()), (life, 519), "{next}");
            });
        }
    }

    /// The map skips an item that does not read back, so that an older STAN counts again.
    #[test]
    fn a_flipped_bit_in_the_newest_state_brings_back_no_stan_of_a_record() {
        let (ram, nor) = (CutRam::blank(), Nor::erased(48));
        block_on(async {
            let mut stores = signed_on(ram.clone(), nor.clone()).await;
            for stan in 1..=2 {
                assert_eq!(stores.next_stan().await, Ok(stan));
            }
            stores.write_entry(&sale(2)).await.unwrap();
            stores.write_entry(&captured(sale(2))).await.unwrap();
            let mut flash = vec![0; SECTORS * 4096];
            nor.clone().read(0, &mut flash).await.unwrap();
            let state = [1_u32, 2, 519].map(u32::to_be_bytes).concat();
            nor.flip(flash.windows(state.len()).position(|window| window == state).unwrap() + 7, 2);
            let mut stores = Stores::open(ram.clone(), nor.clone()).await;
            assert_eq!(stores.state.stan, 1, "the older item counts");
            assert_eq!(stores.next_stan().await, Ok(3));
            stores.write_entry(&sale(3)).await.unwrap();
            stores.write_entry(&captured(sale(3))).await.unwrap();
            let stores = Stores::open(ram, nor).await;
            let records = stores.ledger().records().iter();
            let known: Vec<_> = records.map(|record| (record.id.stan, record.standing)).collect();
            assert_eq!(known, [2, 3].map(|stan| (stan, Standing::Captured)));
        });
    }

    /// A declined sale leaves no record, but its script result goes out with both STANs.
    #[test]
    fn no_stan_of_a_script_result_that_is_due_comes_again() {
        block_on(async {
            let mut stores = signed_on(CutRam::blank(), Nor::erased(48)).await;
            let part = ChipPart { script: Script::Due { stan: 3, tries: 0 }, ..part() };
            let declined = Entry { state: State::Dropped, chip: Some(part), ..chip_sale(2) };
            stores.write_entry(&declined).await.unwrap();
            stores.state.stan = 1;
            assert_eq!(stores.next_stan().await, Ok(4));
            stores.state.stan = 999_999;
            assert_eq!(stores.next_stan().await, Ok(1), "and the numbers begin again");
        });
    }

    /// Without keys and with a state that does not read back the journal looks like a blank board's, but for its entries.
    #[test]
    fn entries_of_a_terminal_that_lost_its_keys_are_not_erased() {
        for damaged in [false, true] {
            let (ram, nor) = (CutRam::blank(), Nor::erased(48));
            block_on(async {
                let mut stores = signed_on(ram, nor.clone()).await;
                stores.write_entry(&captured(sale(2))).await.unwrap();
                for at in (0..SECTORS * 4096).step_by(3) {
                    nor.flip(at, at % 8);
                }
                if damaged {
                    nor.flip(SECTORS * 4096 + 37, 5);
                }
                let found = Stores::open(CutRam::blank(), nor.clone()).await;
                assert_eq!(found.fault(), Some(StoreFault::Journal));
                let ledger = Ledger::load(&mut nor.clone()).await.unwrap();
                let expected = if damaged { (0, 1) } else { (1, 0) };
                assert_eq!((ledger.records().len(), ledger.lost()), expected);
            });
        }
    }
}
