//! Cards that go into the slot and come out of it, and chip records that are sent.

use std::sync::Arc;

use payrig_card::chip::{
    ChipCard,
    emv::{IssuedCard, ProfileCard},
};
use payrig_operator::ProvisioningRecord;
use payrig_rig::Capability;

use crate::{
    Finding, Insertion, World, chip_records,
    chips::{self, Inserted},
    physical,
    slot::CardKey,
    world::{line_broke, record},
};

impl World {
    /// Puts a card into the slot, and tells the terminal. One that was in before goes on with its counters as they were.
    ///
    /// # Errors
    /// A profile or a key file that cannot be used, a slot that holds a card already, or a front end whose line broke.
    pub async fn insert(&mut self, how: &Insertion) -> Result<(), Finding> {
        if self.slot.is_taken() {
            return Err(Finding::Rig("a card is in the slot already: take it out before".into()));
        }
        // One that a fault pulled out lies beside the slot.
        self.slot.remove().await;
        if how.physical {
            return self.insert_physical(how).await;
        }
        let key = CardKey { card: how.card.clone(), faults: how.faults.clone() };
        let kept = self.slot.take_kept(&key);
        self.slot.insertions += 1;
        let inserted = Inserted::new(self.slot.insertions, self.settings.seed, how, kept.is_some());
        let card: Box<dyn ChipCard> = match kept {
            Some(card) => card,
            None => Box::new(ProfileCard::new(self.issued(how)?, inserted.seed)),
        };
        self.note_insertion(&inserted)?;
        if !self.slot.insert(key, card, inserted.settings) {
            return Err(Finding::Rig("a card is in the slot already: take it out before".into()));
        }
        self.tell_of_card(true).await
    }

    /// A card of this profile and with these faults, all of whose secrets are known before it says any.
    fn issued(&self, how: &Insertion) -> Result<Arc<IssuedCard>, Finding> {
        let (card, keys) = chips::issue(&self.settings.fixtures, &how.card, &how.faults)?;
        chips::register(self.tape.secrets(), &how.card, &card, &keys).map_err(record)?;
        Ok(card)
    }

    /// Puts the card of the rig's reader in, whose account must be that of the profile: its secrets are known before it says any.
    async fn insert_physical(&mut self, how: &Insertion) -> Result<(), Finding> {
        let issued = self.issued(how)?;
        let lacking = || Finding::Lacks(vec![Capability::PhysicalCard]);
        let reader = self.settings.rig.slot.clone().ok_or_else(lacking)?;
        self.slot.insertions += 1;
        let inserted = Inserted::new(self.slot.insertions, self.settings.seed, how, false);
        self.note_insertion(&inserted)?;
        let card = physical::open(&reader, &how.card, issued.profile(), self.tape.secrets()).await?;
        if !self.slot.insert_physical(card, inserted.settings) {
            return Err(Finding::Rig("a card is in the slot already: take it out before".into()));
        }
        self.tell_of_card(true).await
    }

    fn note_insertion(&self, inserted: &Inserted) -> Result<(), Finding> {
        let told = serde_json::to_string(inserted).map_err(record)?;
        self.tape.note(chips::NOTE, &told);
        Ok(())
    }

    /// Takes the card out of the slot, in the middle of whatever it does, and tells the terminal.
    ///
    /// # Errors
    /// A front end whose line broke.
    pub async fn remove(&mut self) -> Result<(), Finding> {
        self.tape.note("remove", "the card");
        if self.slot.remove().await {
            self.tell_of_card(false).await?;
        }
        Ok(())
    }

    /// Tells a terminal that has just booted of the card that is in, if one is.
    pub(crate) async fn tell_of_card_after_boot(&self) -> Result<(), Finding> {
        if self.slot.is_taken() { self.tell_of_card(true).await } else { Ok(()) }
    }

    /// Without power nobody is told: the next boot's front end tells it.
    async fn tell_of_card(&self, is_in: bool) -> Result<(), Finding> {
        let Some(front_end) = &self.front_end else { return Ok(()) };
        let told = front_end.contact_card(is_in).await;
        told.map_err(|e| Finding::Rig(format!("the front-end line broke: {e}")))
    }

    /// Sends a record on the panel line, from a screen that takes one.
    ///
    /// # Errors
    /// A terminal without power, or a panel whose line broke.
    pub async fn send_record(&mut self, record: &ProvisioningRecord) -> Result<(), Finding> {
        self.operator()?.send_record(record).await.map_err(line_broke)
    }

    /// Sends the terminal fixture's chip records, if it has any, from the menu.
    pub(crate) async fn provision_chip(&mut self) -> Result<(), Finding> {
        for record in chip_records::of_terminal(&self.settings.fixtures, &self.terminal)? {
            self.send_record(&record).await?;
            self.see("record-accepted").await?;
            self.press("any").await?;
            self.see("menu").await?;
        }
        Ok(())
    }
}
