//! What a case does to its world, and what it looks for.

use std::time::Duration;

use payrig_acquirer::Acquirer;
use payrig_card::stripe::Swipe;
use payrig_network::ModemHandle;
use payrig_operator::{
    BootLine, Screen,
    paper::{PrinterState, Receipt},
};
use payrig_rig::{Capability, LineName};

use crate::{
    Figure, Finding, KeyScreen, LineTo, World, snapshot,
    swipes::{self, Swiped},
    world::{line_broke, not_seen, record},
};

/// What a tape says of a case that is opened while the terminal is off.
pub(crate) const OPENED_WITHOUT_POWER: &str = "open, without power";
/// How long a screen may take that needs nothing but the terminal.
const SOON: Duration = Duration::from_secs(10);
/// How long a sign-on may take: the terminal's own limits for modem, network and host lie below it.
const SIGN_ON: Duration = Duration::from_secs(150);

impl World {
    /// Powers the terminal and waits for its boot line.
    ///
    /// # Errors
    /// A rig that fails, an image that is not the one that was flashed, or a terminal that does not boot.
    pub async fn power_on(&mut self) -> Result<BootLine, Finding> {
        self.tape.note("power", "on");
        let lines = self.board.power_on().await?;
        self.connect(lines);
        let boot = self.operator()?.next_boot(SOON).await.map_err(not_seen)?;
        self.check_boot(&boot)?;
        self.tell_of_card_after_boot().await?;
        Ok(boot)
    }

    /// Cuts the terminal's power.
    ///
    /// # Errors
    /// A rig that fails.
    pub async fn cut_power(&mut self) -> Result<(), Finding> {
        self.tape.note("power", "cut");
        self.check_mishap()?;
        self.board.power_off().await?;
        self.check_mishap()?;
        // What is on the line still reaches the eye.
        tokio::task::yield_now().await;
        self.let_go();
        Ok(())
    }

    /// Resets the terminal and waits for its boot line; power and lines stay.
    ///
    /// # Errors
    /// As [`World::power_on`].
    pub async fn reset(&mut self) -> Result<BootLine, Finding> {
        self.tape.note("reset", "by the rig");
        self.board.reset().await?;
        let boot = self.operator()?.next_boot(SOON).await.map_err(not_seen)?;
        self.check_boot(&boot)?;
        self.tell_of_card_after_boot().await?;
        Ok(boot)
    }

    /// Powers a new board and gives it what the terminal fixture has: from blank to the menu.
    ///
    /// # Errors
    /// As [`World::power_on`], or a terminal that refuses its record.
    pub async fn prepare(&mut self) -> Result<(), Finding> {
        self.power_on().await?;
        self.provision().await
    }

    /// Sends the terminal fixture's provisioning record to a blank terminal.
    ///
    /// # Errors
    /// A terminal that does not accept it.
    pub async fn provision(&mut self) -> Result<(), Finding> {
        self.see("not-provisioned").await?;
        let Some(record) = self.record.clone() else {
            return Err(Finding::Rig(
                "the terminal fixture is a blank terminal: it has no record to send".into(),
            ));
        };
        self.operator()?.send_record(&record).await.map_err(line_broke)?;
        self.see("record-accepted").await?;
        self.press("any").await?;
        self.see("menu").await?;
        self.provision_chip().await
    }

    /// Whether there is a record for a blank terminal.
    pub(crate) fn has_record(&self) -> bool {
        self.record.is_some()
    }

    /// Cuts the power and removes the battery: a new board.
    ///
    /// # Errors
    /// A rig that fails.
    pub async fn blank(&mut self) -> Result<(), Finding> {
        self.tape.note("power", "cut, battery removed");
        self.let_go();
        self.boots = Some(0);
        Ok(self.board.blank().await?)
    }

    /// Presses the keys that the terminal fixture has for an intent.
    ///
    /// # Errors
    /// An intent that the fixture lacks, or a panel line that broke.
    pub async fn press(&mut self, intent: &str) -> Result<(), Finding> {
        let Some(keys) = self.terminal.keys(intent).map(str::to_owned) else {
            return Err(Finding::Rig(format!("the terminal fixture has no keys for `{intent}`")));
        };
        self.tape.note("press", intent);
        self.operator()?.press(&keys).await.map_err(line_broke)
    }

    /// Waits until the terminal shows the message that the fixture calls `message`.
    ///
    /// # Errors
    /// A terminal that shows something else, with its screen.
    pub async fn see(&mut self, message: &str) -> Result<Screen, Finding> {
        self.see_within(message, SOON).await
    }

    /// Puts another network in force.
    ///
    /// # Errors
    /// A fixture that cannot be used.
    pub fn set_network(&self, name: &str) -> Result<(), Finding> {
        let profile = self.settings.fixtures.network_with(name, self.module.as_deref())?;
        self.tape.note("network", name);
        self.modem_line.actor.set_profile(profile);
        Ok(())
    }

    /// Puts something wrong with the modem's line in force, in a case whose line is [faulty](crate::Case::faulty_line), or where the modem is
    /// external.
    pub fn set_line(&self, to: &LineTo) {
        self.tape.note("line", &to.to_string());
        self.modem_line.faults.set(to);
    }

    /// Opens or closes the tamper switch: with power the front end tells the terminal, without it the board's hardware acts.
    ///
    /// # Errors
    /// A board that has no such hardware, or a front end whose line broke.
    pub async fn tamper(&mut self, open: bool) -> Result<(), Finding> {
        let what = match (open, self.front_end.is_some()) {
            (true, true) => "open",
            (false, true) => "closed",
            (true, false) => OPENED_WITHOUT_POWER,
            (false, false) => "closed, without power",
        };
        self.tape.note("tamper", what);
        match &self.front_end {
            Some(front_end) => {
                let told = front_end.tamper(open).await;
                told.map_err(|e| Finding::Rig(format!("the front-end line broke: {e}")))
            }
            None => Ok(self.board.tamper_without_power(open).await?),
        }
    }

    /// Swipes the card that the world's acquirer calls `card`. It takes as long as the card is at the head.
    ///
    /// # Errors
    /// A card without a stripe, a swipe that cannot be, a terminal without power, or a front end whose line broke.
    pub async fn swipe(&mut self, card: &str, how: &Swipe) -> Result<(), Finding> {
        self.swiped += 1;
        let swiped = Swiped::new(self.swiped, self.settings.seed, card, how);
        let flux = swiped.flux(&self.cards).map_err(Finding::Rig)?;
        swiped.register(&flux, self.tape.secrets()).map_err(record)?;
        let told = serde_json::to_string(&swiped).map_err(record)?;
        self.tape.note(swipes::NOTE, &told);
        let off = || Finding::Rig("the terminal is off: there is no front end to swipe a card at".into());
        let front_end = self.front_end.as_ref().ok_or_else(off)?;
        tokio::time::sleep(flux.lasting()).await;
        let sent = front_end.swipe(&flux).await;
        sent.map_err(|e| Finding::Rig(format!("the front-end line broke: {e}")))
    }

    /// Loads the printer's paper, takes it away, or switches the printer off.
    pub fn set_printer(&self, state: PrinterState) {
        self.tape.note("printer", &state.to_string());
        self.printer.set_state(state);
    }

    /// What the terminal has printed in this world, in order. What was not cut off yet is the last one.
    pub fn receipts(&self) -> Vec<Receipt> {
        self.printer.receipts()
    }

    /// Takes a line away from the terminal, as a cable that falls out of its socket.
    ///
    /// # Errors
    /// A rig that cannot do this.
    pub async fn unplug(&mut self, line: LineName) -> Result<(), Finding> {
        self.tape.note("unplugged", line.word());
        Ok(self.board.unplug(line).await?)
    }

    /// The id of the message that the terminal fixture calls `message`.
    ///
    /// # Errors
    /// A message that the fixture lacks.
    pub(crate) fn message_id(&self, message: &str) -> Result<String, Finding> {
        let id = self.terminal.message(message).map(str::to_owned);
        id.ok_or_else(|| Finding::Rig(format!("the terminal fixture has no message `{message}`")))
    }

    /// Goes to the menu, from it or from a screen that any key leads away from.
    ///
    /// # Errors
    /// A terminal that does not show its menu.
    pub(crate) async fn go_to_menu(&mut self, within: Duration) -> Result<(), Finding> {
        let menu = self.message_id("menu")?;
        let operator = self.operator()?;
        if operator.screen().message_id.is_empty() {
            // It has booted just now: whatever comes first.
            let _ = operator.see(&menu, within).await;
        }
        if self.operator()?.screen().message_id != menu {
            self.press("any").await?;
            self.see_within("menu", within).await?;
        }
        Ok(())
    }

    /// Presses keys by their bytes on the panel line, in one go.
    ///
    /// # Errors
    /// A terminal without power, or a panel whose line broke.
    pub async fn press_keys(&mut self, keys: &str) -> Result<(), Finding> {
        self.operator()?.press(keys).await.map_err(line_broke)
    }

    /// Waits so long until the terminal shows the message that the fixture calls `message`.
    ///
    /// # Errors
    /// A terminal that shows something else, with its screen.
    pub async fn see_in(&mut self, message: &str, limit: Duration) -> Result<Screen, Finding> {
        self.see_within(message, limit).await
    }

    /// Waits so long until the terminal shows one of these messages.
    ///
    /// # Errors
    /// A terminal that shows something else, with its screen.
    pub async fn see_one_of(&mut self, messages: &[&str], limit: Duration) -> Result<Screen, Finding> {
        let ids: Vec<_> =
            messages.iter().map(|message| self.message_id(message)).collect::<Result<_, _>>()?;
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        self.operator()?.see_any(&ids, limit).await.map_err(not_seen)
    }

    async fn see_within(&mut self, message: &str, limit: Duration) -> Result<Screen, Finding> {
        let id = self.message_id(message)?;
        self.operator()?.see(&id, limit).await.map_err(not_seen)
    }

    /// Signs on from the menu, until the terminal says that it has, and back to the menu.
    ///
    /// # Errors
    /// A terminal that does not sign on, with its screen.
    pub async fn sign_on(&mut self) -> Result<Screen, Finding> {
        self.press("sign-on").await?;
        let screen = self.see_within("signed-on", SIGN_ON).await?;
        self.register_issued_keys()?;
        self.press("any").await?;
        self.see("menu").await?;
        Ok(screen)
    }

    /// Opens the key screen, from any screen that a key leads away from or from the menu, and goes back to the menu.
    ///
    /// # Errors
    /// A terminal that does not show its keys.
    pub async fn key_screen(&mut self) -> Result<KeyScreen, Finding> {
        self.go_to_menu(SOON).await?;
        self.press("keys").await?;
        let screen = self.see("keys").await?;
        self.press("any").await?;
        self.see("menu").await?;
        KeyScreen::read(&screen)
    }

    /// Whether the terminal says that it was tampered with.
    pub(crate) fn is_tampered(&mut self) -> Result<bool, Finding> {
        let tampered = self.message_id("tampered")?;
        Ok(self.operator()?.screen().message_id == tampered)
    }

    /// The key store's bytes, read through the debug probe or from the simulated board; `None` on a rig that cannot read them.
    ///
    /// # Errors
    /// A probe that fails.
    pub async fn key_store(&mut self) -> Result<Option<Vec<u8>>, Finding> {
        /// Both copies (INTERFACE.md, section 11).
        const SIZE: usize = 8 * 1024;
        match self.read_region("PAYRIG_KEYSTORE", SIZE).await? {
            None => Ok(self.board.key_store()),
            read => Ok(read),
        }
    }

    /// `size` bytes of memory from `address` on, read through the debug probe; `None` on a rig without.
    ///
    /// # Errors
    /// A probe that fails, or a terminal without power.
    pub async fn read_memory(&mut self, address: u64, size: usize) -> Result<Option<Vec<u8>>, Finding> {
        if !self.board.capabilities().has(Capability::Memory) {
            return Ok(None);
        }
        let mut bytes = vec![0; size];
        self.board.read_memory(address, &mut bytes).await?;
        Ok(Some(bytes))
    }

    /// The selector by which any probe-rs tool reaches the debug probe of a board that is on; `None` on a rig without.
    pub fn probe_selector(&self) -> Option<String> {
        self.board.probe_selector()
    }

    /// The first `size` bytes of the region that a symbol of the image names, read through the debug probe; `None` on a rig without.
    pub(crate) async fn read_region(
        &mut self,
        symbol: &str,
        size: usize,
    ) -> Result<Option<Vec<u8>>, Finding> {
        let Some(image) = self.image.as_ref().filter(|_| self.board.capabilities().has(Capability::Memory))
        else {
            return Ok(None);
        };
        let address = image.symbol(symbol)?;
        self.read_memory(address, size).await
    }

    /// The host of this world, where it is one of ours.
    pub fn acquirer(&self) -> Option<&Acquirer> {
        self.host.own()
    }

    /// The modem of this world that is ours; nobody has it on the line where the rig's modem is external.
    pub fn modem(&self) -> &ModemHandle {
        &self.modem_line.actor
    }

    /// The boot line of the terminal's last boot.
    ///
    /// # Errors
    /// A terminal that has not booted.
    pub fn boot_line(&mut self) -> Result<BootLine, Finding> {
        let last = self.operator()?.boot_lines().last().cloned();
        last.ok_or_else(|| Finding::Missing("the terminal has not booted".into()))
    }

    /// Holds a text of meaning against the reviewed one.
    pub(crate) fn check_snapshot(&self, kind: &str, content: &str) -> Result<(), Finding> {
        snapshot::check(&self.settings.fixtures.snapshots(), &self.folder, &self.case, kind, content)
    }

    /// Keeps a time that the case measured.
    pub fn figure(&mut self, name: &str, took: Duration) {
        let seconds = took.as_secs_f64();
        self.tape.note("figure", &format!("{name}: {seconds:.3} s"));
        self.figures.push(Figure { name: name.into(), seconds });
    }

    /// Writes a remark on the tape.
    pub fn note(&self, kind: &str, text: &str) {
        self.tape.note(kind, text);
    }
}
