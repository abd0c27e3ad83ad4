//! Key store and journal together: what the terminal knows, and the order of writes that keeps the two in step.
//!
//! What must change together is in one of them: keys and batch in the key store. The journal has a copy of the batch,
//! which outlasts the keys; it is brought up with whatever is written there next, at the latest at the next boot.

use embedded_storage_async::nor_flash::NorFlash;

use crate::crypto::keys::WorkingKeys;
use crate::journal::{Journal, JournalFailed, STAN, State};
use crate::keystore::secrets::Secrets;
use crate::keystore::store::Keystore;
use crate::life::Life;
use crate::log::info;
use crate::parameters::Parameters;
use crate::ports::BatteryRam;
use crate::provisioning::admission::{Change, admit};
use crate::provisioning::refusal::{Reason, Refusal};

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
            // A blank board's flash may hold anything, and without keys there is nothing to lose.
            Err(_) if self.keystore.secrets().is_none() && !self.keystore.is_tampered() => {
                self.journal.format().await?;
                State::default()
            }
            Err(failed) => return Err(failed.into()),
        };
        let has_keys = self.keystore.secrets().is_some();
        let keys_lost = self.state.keys_written && !has_keys;
        self.state.boot = self.state.boot.saturating_add(1);
        self.state.keys_written |= has_keys;
        self.state.batch = self.batch();
        self.journal.store_state(&self.state).await?;
        self.parameters = self.journal.load_parameters().await?;
        match (has_keys, &self.parameters) {
            (false, _) if keys_lost => Err(StoreFault::Keystore),
            (true, None) => Err(StoreFault::Journal),
            _ => Ok(()),
        }
    }

    /// The state of the terminal's life.
    pub(crate) fn life(&self) -> Life {
        match self.keystore.secrets() {
            _ if self.tampered => Life::Tampered,
            None => Life::Blank,
            Some(secrets) if secrets.working().is_some() => Life::SignedOn,
            Some(secrets) if secrets.tmk().is_some() => Life::Keyed,
            Some(_) => Life::Factory,
        }
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
        self.keystore.secrets().map_or(self.state.batch, Secrets::batch)
    }

    /// Identity and keys, of a provisioned terminal.
    pub(crate) fn secrets(&self) -> Option<&Secrets> {
        self.keystore.secrets()
    }

    /// The parameters, of a provisioned terminal: a blank one's journal may hold some that were never taken.
    pub(crate) fn parameters(&self) -> Option<&Parameters> {
        self.keystore.secrets()?;
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
        match admit(record, self.keystore.secrets())? {
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

    /// The next STAN, written before it is used.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(crate) async fn next_stan(&mut self) -> Result<u32, StoreFault> {
        let next = self.state.stan.saturating_add(1);
        self.state.stan = if STAN.contains(&next) { next } else { *STAN.start() };
        self.journal.store_state(&self.state).await?;
        Ok(self.state.stan)
    }

    /// Replaces the three working keys and the batch number, all at once.
    ///
    /// # Errors
    /// When the key store cannot be written; nothing has changed then.
    pub(crate) fn sign_on(&mut self, keys: WorkingKeys, batch: u32) -> Result<(), StoreFault> {
        let secrets = self.keystore.secrets().ok_or(StoreFault::Keystore)?;
        let secrets = secrets.with_working_keys(keys).with_batch(batch);
        self.keystore.commit(secrets).map_err(|_| StoreFault::Keystore)?;
        self.state.batch = batch;
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::Stores;
    use crate::journal::tests::Nor;
    use crate::keystore::store::tests::{CutRam, factory, key, working};
    use crate::life::Life;
    use crate::parameters::tests::example;
    use embassy_futures::block_on;

    /// Stores just after a sign-on with batch 519.
    async fn signed_on(ram: CutRam, nor: Nor) -> Stores<CutRam, Nor> {
        let mut stores = Stores::open(ram, nor).await;
        stores.journal.store_parameters(&example()).await.unwrap();
        stores.keystore.commit(factory().with_master_key(key(9))).unwrap();
        stores.sign_on(working(20), 519).unwrap();
        stores
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
}
