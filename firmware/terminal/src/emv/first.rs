//! The first GENERATE AC, and what follows from it (EMV Book 3, 10.8).

use super::action::{Analysed, Cryptogram};
use super::course::{Course, World};
use super::fault::{CardError, Ending};
use super::response_code::{APPROVED_OFFLINE, DECLINED_OFFLINE};
use super::tag::Tag;

/// The card has approved: the transaction is done.
pub(crate) struct Approved(());

/// The issuer is to be asked.
pub(crate) struct Online(());

/// What the card made of the terminal's proposal; that it declined is an ending.
pub(crate) enum FirstOutcome<'a, W: World> {
    /// A TC.
    Approved(Course<'a, W, Approved>),
    /// An ARQC.
    Online(Course<'a, W, Online>),
}

impl<'a, W: World> Course<'a, W, Analysed> {
    /// Asks the card for the cryptogram that the analysis wants.
    ///
    /// # Errors
    /// The card declines, its signature is wrong, or its answer cannot be used; or the session is over.
    pub(crate) async fn generate(mut self) -> Result<FirstOutcome<'a, W>, Ending> {
        let wanted = self.step.wanted;
        self.kernel.memory.results.response = match wanted {
            Cryptogram::Aac => Some(DECLINED_OFFLINE),
            Cryptogram::Tc => Some(APPROVED_OFFLINE),
            Cryptogram::Arqc => None,
        };
        let given = self.kernel.generate(wanted, Tag::CDOL1).await?;
        match given.kind {
            _ if !given.is_authentic => Err(self.decline_unproven(given.kind).await),
            Cryptogram::Tc => Ok(FirstOutcome::Approved(self.to(Approved(())))),
            Cryptogram::Arqc if self.kernel.memory.data.find(Tag::TRACK_2).is_none() => {
                Err(CardError::Missing(Tag::TRACK_2).into())
            }
            Cryptogram::Arqc => {
                self.kernel.memory.results.response = None;
                Ok(FirstOutcome::Online(self.to(Online(()))))
            }
            Cryptogram::Aac => Err(Ending::Declined(self.kernel.memory.results.tvr)),
        }
    }

    /// A card whose combined signature is wrong is made to decline where it waits for an answer (EMV Book 2, 6.6.2);
    /// whatever it says to that, the transaction is declined.
    async fn decline_unproven(mut self, kind: Cryptogram) -> Ending {
        let declined = Ending::Declined(self.kernel.memory.results.tvr);
        if kind == Cryptogram::Arqc {
            self.kernel.memory.results.response = Some(DECLINED_OFFLINE);
            let _ = self.kernel.generate(Cryptogram::Aac, Tag::CDOL2).await;
        }
        declined
    }
}
