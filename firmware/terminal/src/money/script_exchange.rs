//! The script results' way to the host (INTERFACE.md, section 21, script results).

use embassy_time::Duration;
use embedded_io_async::{Read, Write};
use embedded_storage_async::nor_flash::NorFlash;

use super::exchange::Exchange;
use super::failure::Failure;
use super::screens::{About, Phase};
use super::script_result::{done, is_answer, script_result, tried};
use crate::batch::card_seal;
use crate::batch::chip_part::Script;
use crate::batch::entry::Entry;
use crate::log::info;
use crate::modem::link::Cancel;
use crate::ports::BatteryRam;
use crate::stores::StoreFault;

impl<D: Write, R: Read, W: Write, B: BatteryRam, F: NorFlash> Exchange<'_, D, R, W, B, F> {
    /// Tries every script result that is due once, oldest first.
    pub(super) async fn send_scripts_due(&mut self, about: &About<'_>) -> Result<(), Failure> {
        let mut position = 0;
        while let Some(entry) = self.stores.script_due(position).await? {
            // What is done with is no longer among them.
            if !self.send_script_result(&entry, about).await? {
                position += 1;
            }
        }
        Ok(())
    }

    /// One try of a script result, counted before it goes out; whether it is done with.
    ///
    /// # Errors
    /// There is no connection, and no try was made; or the journal fails.
    pub(super) async fn send_script_result(
        &mut self,
        entry: &Entry,
        about: &About<'_>,
    ) -> Result<bool, Failure> {
        let Some(entry) = tried(entry) else { return self.end_script_result(entry, false).await };
        let Some(chip) = &entry.chip else { return Ok(true) };
        let Script::Due { stan, .. } = chip.script else { return Ok(true) };
        let keys = self.working_keys()?;
        let card = card_seal::open(self.secrets()?.factory_key(), &entry.sealed_card, entry.id.stan);
        let card = card.ok_or(StoreFault::Journal)?;
        let secrets = self.secrets()?;
        let frame = script_result(&entry, chip, stan, &card, secrets.serial(), self.parameters, &keys);
        let frame = frame.map_err(|_| StoreFault::Journal)?;
        self.announce(frame.len(), about).await?;
        self.stores.write_entry(&entry).await?;
        self.show(about, Phase::Host).await;
        let is_answered = self.ask_script_result(&frame, stan).await;
        self.end_script_result(&entry, is_answered).await
    }

    async fn end_script_result(&mut self, entry: &Entry, is_answered: bool) -> Result<bool, Failure> {
        let Some(ended) = done(entry, is_answered) else { return Ok(false) };
        info!("script result done with, STAN {=u32}", ended.id.stan);
        self.stores.write_entry(&ended).await?;
        Ok(true)
    }

    /// Whether the host answered. Without an answer the connection is given up.
    async fn ask_script_result(&mut self, frame: &[u8], stan: u32) -> bool {
        let never = Cancel::new();
        let host_timeout = Duration::from_secs(self.parameters.host_timeout_s.into());
        let Ok(sent) = self.modem.send_frame(frame, &never).await else {
            self.modem.close().await;
            return false;
        };
        while self.modem.wait_for_host(sent, host_timeout, &never).await.is_ok() {
            let is_ours = is_answer(self.modem.inbox(), stan, self.parameters);
            self.modem.clear_inbox();
            if is_ours {
                return true;
            }
        }
        self.modem.close().await;
        false
    }
}
