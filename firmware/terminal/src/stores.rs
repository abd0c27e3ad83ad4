//! Key store and journal together: what the terminal knows, and the order of writes that keeps the two in step.

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

    /// The batch number.
    pub(crate) fn batch(&self) -> u32 {
        self.state.batch
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
    /// When the journal cannot be written; so for the batch.
    pub(crate) async fn next_stan(&mut self) -> Result<u32, StoreFault> {
        let next = self.state.stan.saturating_add(1);
        self.state.stan = if STAN.contains(&next) { next } else { *STAN.start() };
        self.journal.store_state(&self.state).await?;
        Ok(self.state.stan)
    }

    /// Replaces the three working keys at once, then the batch number.
    ///
    /// # Errors
    /// When a store cannot be written.
    pub(crate) async fn sign_on(&mut self, keys: WorkingKeys, batch: u32) -> Result<(), StoreFault> {
        if let Some(secrets) = self.keystore.secrets() {
            let secrets = secrets.with_working_keys(keys);
            self.keystore.commit(secrets).map_err(|_| StoreFault::Keystore)?;
        }
        self.state.batch = batch;
        Ok(self.journal.store_state(&self.state).await?)
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
