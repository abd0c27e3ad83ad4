//! After the host's answer, or without one: issuer authentication, scripts, the second GENERATE AC (EMV Book 3, 10.9
//! to 10.11).

use heapless::Vec;

use super::action::Cryptogram;
use super::course::{Course, World};
use super::fault::CardError;
use super::first::Online;
use super::interchange::{Supports, has};
use super::issuer_answer::IssuerAnswer;
use super::kernel::{DONE, Kernel};
use super::response_code::{APPROVED, APPROVED_UNABLE, DECLINED_UNABLE};
use super::scripts::ScriptResults;
use super::tag::Tag;
use super::transaction::{HostAnswer, NoAnswer};
use super::tsi::Performed;
use super::tvr::Check;

/// The card's part is over.
pub(crate) struct Completed {
    verdict: Verdict,
}

/// The card's last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A TC that was asked for.
    Approved,
    /// An AAC, or no TC where one was asked for.
    Declined,
    /// The session was over before its last word.
    Gone(CardError),
}

impl<'a, W: World> Course<'a, W, Online> {
    /// Brings the issuer's answer to the card.
    pub(crate) async fn complete(mut self, answer: HostAnswer<'_>) -> Course<'a, W, Completed> {
        let (code, wanted) = match answer.declined_with {
            None => (APPROVED, Cryptogram::Tc),
            Some(code) => (code, Cryptogram::Aac),
        };
        self.kernel.memory.results.response = Some(code);
        let issuer = IssuerAnswer::read(answer.chip_data);
        let verdict = self.kernel.answer_card(wanted, &issuer).await;
        self.to(Completed { verdict })
    }

    /// Ends it without an answer of the host.
    pub(crate) async fn without_answer(mut self, why: NoAnswer) -> Course<'a, W, Completed> {
        let wanted = match why {
            NoAnswer::NothingSent => self.kernel.default_action(),
            NoAnswer::MaybeSent => Cryptogram::Aac,
        };
        let is_approval = wanted == Cryptogram::Tc;
        self.kernel.memory.results.response =
            Some(if is_approval { APPROVED_UNABLE } else { DECLINED_UNABLE });
        let verdict = self.kernel.answer_card(wanted, &IssuerAnswer::default()).await;
        self.to(Completed { verdict })
    }
}

impl<W: World> Course<'_, W, Completed> {
    /// The card's last word.
    pub(crate) fn verdict(&self) -> Verdict {
        self.step.verdict
    }

    /// Whether the issuer sent scripts: their results go to the host.
    pub(crate) fn has_script_results(&self) -> bool {
        !self.kernel.memory.issuer.script_results.is_empty()
    }
}

impl<W: World> Kernel<'_, W> {
    async fn answer_card(&mut self, wanted: Cryptogram, issuer: &IssuerAnswer<'_>) -> Verdict {
        let mut results = ScriptResults::new();
        let verdict = self.run_answer(wanted, issuer, &mut results).await;
        self.memory.issuer.script_results = results;
        verdict
    }

    /// In this order: issuer authentication, scripts 71, the second GENERATE AC, scripts 72. A session that is over
    /// leaves the scripts behind it not done.
    async fn run_answer(
        &mut self,
        wanted: Cryptogram,
        issuer: &IssuerAnswer<'_>,
        results: &mut ScriptResults,
    ) -> Verdict {
        let mut session = self.authenticate_issuer(issuer).await;
        if session.is_ok() {
            session = self.run_scripts(issuer, Tag::SCRIPT_1, results).await;
        } else {
            self.leave_scripts(issuer, Tag::SCRIPT_1, results);
        }
        let verdict = match session {
            Ok(()) => self.ask_last(wanted).await,
            Err(error) => Verdict::Gone(error),
        };
        if matches!(verdict, Verdict::Gone(_)) {
            self.leave_scripts(issuer, Tag::SCRIPT_2, results);
            return verdict;
        }
        // The card has had its last word: what becomes of these scripts changes nothing of it.
        let _ = self.run_scripts(issuer, Tag::SCRIPT_2, results).await;
        verdict
    }

    /// EXTERNAL AUTHENTICATE (EMV Book 3, 6.5.4), where the AIP says so; CDOL2 may ask for the same in any case.
    async fn authenticate_issuer(&mut self, issuer: &IssuerAnswer<'_>) -> Result<(), CardError> {
        let Some(authentication) = issuer.authentication else { return Ok(()) };
        // None that was read is longer than there is room for.
        self.memory.issuer.authentication = Vec::from_slice(authentication).unwrap_or_default();
        let profile = self.memory.data.array(Tag::AIP).unwrap_or_default();
        if !has(profile, Supports::IssuerAuthentication) {
            return Ok(());
        }
        self.begin_command();
        self.add_to_command(authentication, Tag::ISSUER_AUTHENTICATION)?;
        let status = self.exchange([0x00, 0x82, 0x00, 0x00], None).await.map_err(CardError::late)?;
        self.memory.results.tsi.set(Performed::IssuerAuthentication);
        if status != DONE {
            self.memory.results.tvr.set(Check::IssuerAuthenticationFailed);
        }
        Ok(())
    }

    async fn ask_last(&mut self, wanted: Cryptogram) -> Verdict {
        match self.generate(wanted, Tag::CDOL2).await {
            Ok(given) if given.kind == Cryptogram::Tc && given.is_authentic => Verdict::Approved,
            Err(error @ (CardError::Slot(_) | CardError::LateSlot(_))) => Verdict::Gone(error),
            Ok(_) | Err(_) => Verdict::Declined,
        }
    }
}
