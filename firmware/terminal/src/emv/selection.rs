//! Application selection (EMV Book 1, 12; INTERFACE.md, section 21, selection).

use super::aid_list::BLOCKED;
use super::candidates::Candidate;
use super::cardholder::{Cardholder, Interruption};
use super::course::{Course, Inserted, World};
use super::fault::{CardError, Ending};
use super::fci::Fci;
use super::kernel::DONE;
use super::parameters::ChipParameters;
use super::tag::Tag;
use crate::slot::apdu::StatusWord;

/// The applications that both have are known, and there is one at least.
pub(crate) struct Candidates(());

/// One of them is selected; its FCI is kept.
pub(crate) struct Selected(());

impl<'a, W: World> Course<'a, W, Inserted> {
    /// Finds the applications that both have, by the card's directory or else by the terminal's list.
    ///
    /// # Errors
    /// There is none; the card is blocked; or the session is over.
    pub(crate) async fn find_candidates(mut self) -> Result<Course<'a, W, Candidates>, Ending> {
        self.kernel.read_directory().await?;
        if self.kernel.memory.candidates.is_empty() {
            self.kernel.try_applications().await?;
        }
        self.with_candidates(None)
    }
}

impl<'a, W: World, S> Course<'a, W, S> {
    /// Goes (back) to the candidates; where none is left the transaction ends, for `refused` where a card has refused
    /// one.
    pub(super) fn with_candidates(
        self,
        refused: Option<StatusWord>,
    ) -> Result<Course<'a, W, Candidates>, Ending> {
        let candidates = &self.kernel.memory.candidates;
        match refused {
            _ if !candidates.is_empty() => Ok(self.to(Candidates(()))),
            Some(status) => Err(CardError::Status(status).into()),
            None if candidates.is_one_blocked => Err(Ending::Blocked),
            None => Err(Ending::NoApplication),
        }
    }
}

impl<'a, W: World> Course<'a, W, Candidates> {
    /// Takes the only candidate, or the one that the person chooses, and selects it; where the card does not give it,
    /// the others are offered again.
    ///
    /// # Errors
    /// Nothing is left; the person does not choose; the card's FCI is wrong; or the session is over.
    pub(crate) async fn select<H: Cardholder>(
        mut self,
        holder: &mut H,
    ) -> Result<Course<'a, W, Selected>, Ending> {
        loop {
            let candidate = self.choose(holder).await?;
            match self.kernel.select(&candidate.name, false).await? {
                DONE => {
                    let place = candidate.place;
                    self.keep_fci(&candidate)?;
                    self.kernel.memory.name = candidate.label;
                    let application = self.kernel.parameters.application(place).await;
                    self.kernel.memory.application = application.ok_or(Ending::NoApplication)?;
                    return Ok(self.to(Selected(())));
                }
                BLOCKED => self.kernel.memory.candidates.is_one_blocked = true,
                _ => {}
            }
            self = self.with_candidates(None)?;
        }
    }

    async fn choose<H: Cardholder>(&mut self, holder: &mut H) -> Result<Candidate, Ending> {
        let candidates = &mut self.kernel.memory.candidates;
        let index = if candidates.alone() { 0 } else { holder.choose(&candidates.names()).await? };
        candidates.take(index).ok_or(Ending::Interrupted(Interruption::Cancelled))
    }

    /// Keeps what later steps need of the FCI.
    fn keep_fci(&mut self, candidate: &Candidate) -> Result<(), CardError> {
        let memory = &mut *self.kernel.memory;
        let fci = Fci::read(&memory.response)?;
        if !fci.name.starts_with(&candidate.name) {
            return Err(CardError::Wrong(Tag::DF_NAME));
        }
        memory.data.wipe();
        memory.data.put(Tag::DF_NAME, fci.name)?;
        for tag in [Tag::LABEL, Tag::PDOL] {
            if let Some(value) = fci.proprietary.find(tag).map_err(CardError::malformed(Tag::FCI))? {
                memory.data.put(tag, value)?;
            }
        }
        Ok(())
    }
}
