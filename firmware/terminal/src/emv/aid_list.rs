//! Candidates by the terminal's own list of applications (EMV Book 1, 12.3.3).

use heapless::Vec;

use super::candidates::{Candidate, matches};
use super::course::World;
use super::directory::FUNCTION_NOT_SUPPORTED;
use super::fault::{CardError, Ending};
use super::fci::{Fci, offered_name};
use super::kernel::{DONE, Kernel};
use super::parameters::{Application, ChipParameters};
use super::tag::Tag;
use crate::slot::apdu::StatusWord;

/// A selected file is deactivated: the application is blocked.
pub(crate) const BLOCKED: StatusWord = StatusWord(0x6283);
/// Occurrences of an application that a card is asked for, at most: it may say that there is another one for ever.
const OCCURRENCES: usize = 16;

impl<W: World> Kernel<'_, W> {
    /// Asks for one application after another.
    ///
    /// # Errors
    /// The card is blocked, what it says is malformed, or the session is over.
    pub(super) async fn try_applications(&mut self) -> Result<(), Ending> {
        let mut place = 0;
        while let Some(application) = self.parameters.application(place).await {
            let mut status = self.select(&application.aid, false).await?;
            if status == FUNCTION_NOT_SUPPORTED && place == 0 {
                return Err(Ending::Blocked);
            }
            for occurrence in 1..=OCCURRENCES {
                if !self.take_answer(&application, place, status)? || occurrence == OCCURRENCES {
                    break;
                }
                status = self.select(&application.aid, true).await?;
            }
            place += 1;
        }
        Ok(())
    }

    /// The answer to a SELECT as a candidate; whether there may be a next occurrence.
    fn take_answer(
        &mut self,
        application: &Application,
        place: usize,
        status: StatusWord,
    ) -> Result<bool, CardError> {
        let StatusWord(number) = status;
        if status != DONE && !matches!(number >> 8, 0x62 | 0x63) {
            return Ok(false);
        }
        if status != DONE {
            // A blocked one need not say its name: it is the one that was asked for then.
            let is_longer =
                Fci::read(&self.memory.response).is_ok_and(|fci| is_longer(application, fci.name));
            let is_both_s = application.is_partial || !is_longer;
            self.memory.candidates.is_one_blocked |= status == BLOCKED && is_both_s;
            return Ok(status == BLOCKED && (application.is_partial || is_longer));
        }
        let fci = Fci::read(&self.memory.response)?;
        let wrong = |_| CardError::Wrong(Tag::DF_NAME);
        let name = Vec::from_slice(fci.name).map_err(wrong)?;
        if !matches(application, &name) {
            return Ok(is_longer(application, &name));
        }
        let table = fci.proprietary.find(Tag::CODE_TABLE).map_err(CardError::malformed(Tag::FCI))?;
        let label = offered_name(&fci.proprietary, table, &name);
        let priority = Candidate::priority(&fci.proprietary);
        // A name that was there already comes from a card that has no next occurrence.
        let is_new = self.memory.candidates.add(Candidate { name, label, priority, place });
        Ok(is_new && application.is_partial)
    }
}

/// Whether the card took the AID for the beginning of a longer name.
fn is_longer(application: &Application, name: &[u8]) -> bool {
    name.len() > application.aid.len() && name.starts_with(&application.aid)
}
