//! Going through the rules of a CVM list.

use super::rule::{self, Method, Rule};
use crate::emv::cardholder::Cardholder;
use crate::emv::course::{Course, World};
use crate::emv::fault::{CardError, Ending};
use crate::emv::interchange::{Supports, has};
use crate::emv::kernel::Kernel;
use crate::emv::risk::RiskManaged;
use crate::emv::tag::Tag;
use crate::emv::tsi::Performed;
use crate::emv::tvr::Check;

/// The person is verified, or is not, as TVR and CVM results say.
pub(crate) struct Verified(());

/// CVM results, byte 1: no CVM was performed.
const NONE: u8 = 0x3F;

/// What came of a method: byte 3 of the CVM results (EMV Book 4, annex A4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The issuer, or the merchant, will know.
    Unknown = 0,
    Failed = 1,
    Successful = 2,
}

impl From<bool> for Outcome {
    fn from(is_right: bool) -> Self {
        if is_right { Self::Successful } else { Self::Failed }
    }
}

impl<'a, W: World> Course<'a, W, RiskManaged> {
    /// Verifies the person by the card's CVM list, where its AIP says so.
    ///
    /// # Errors
    /// The list is wrong; the person cancelled; or the session is over.
    pub(crate) async fn verify<H: Cardholder>(
        mut self,
        holder: &mut H,
    ) -> Result<Course<'a, W, Verified>, Ending> {
        let profile = self.kernel.memory.data.array(Tag::AIP).unwrap_or_default();
        if has(profile, Supports::CardholderVerification) {
            self.kernel.go_through_list(holder).await?;
        }
        Ok(self.to(Verified(())))
    }
}

impl<W: World> Kernel<'_, W> {
    async fn go_through_list<H: Cardholder>(&mut self, holder: &mut H) -> Result<(), Ending> {
        let Some(list) = self.memory.data.find(Tag::CVM_LIST) else {
            self.memory.results.tvr.set(Check::DataMissing);
            return Ok(());
        };
        let (_, rules) = rule::read(list).ok_or(CardError::Wrong(Tag::CVM_LIST))?;
        if rules.is_empty() {
            return Ok(());
        }
        self.memory.results.tsi.set(Performed::CardholderVerification);
        self.memory.results.cvm = [NONE, 0, Outcome::Failed as u8];
        if !self.apply_rules(holder).await? {
            self.memory.results.tvr.set(Check::CardholderNotVerified);
        }
        Ok(())
    }

    /// Whether a rule that holds was successful, or leaves it to others.
    async fn apply_rules<H: Cardholder>(&mut self, holder: &mut H) -> Result<bool, Ending> {
        let mut place = 0;
        while let Some(rule) = self.rule_that_holds(&mut place) {
            let outcome = match rule.method() {
                Some(method) => {
                    let outcome = self.apply(method, holder).await?;
                    self.memory.results.cvm = [rule.code, rule.condition, outcome as u8];
                    outcome
                }
                None => {
                    self.memory.results.tvr.set(Check::UnrecognisedCvm);
                    Outcome::Failed
                }
            };
            if outcome != Outcome::Failed {
                return Ok(true);
            }
            if !rule.goes_on() {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// The next rule from a place on that holds; the place is then behind it.
    fn rule_that_holds(&self, place: &mut usize) -> Option<Rule> {
        let data = &self.memory.data;
        let (limits, rules) = rule::read(data.find(Tag::CVM_LIST)?)?;
        let amount = self.transaction.purpose.amount().units();
        let currency = data.array(Tag::CARD_CURRENCY);
        while let Some([code, condition]) = rules.get(*place).copied() {
            *place += 1;
            let rule = Rule { code, condition };
            if rule.holds(amount, limits, currency) {
                return Some(rule);
            }
        }
        None
    }

    async fn apply<H: Cardholder>(&mut self, method: Method, holder: &mut H) -> Result<Outcome, Ending> {
        Ok(match method {
            Method::Fail => Outcome::Failed,
            Method::NotRequired => Outcome::Successful,
            Method::Signature => {
                self.memory.results.needs_signature = true;
                Outcome::Unknown
            }
            Method::OnlinePin => {
                let is_entered = holder.online_pin().await?;
                let tvr = &mut self.memory.results.tvr;
                tvr.set(if is_entered { Check::OnlinePinEntered } else { Check::PinNotEntered });
                if is_entered { Outcome::Unknown } else { Outcome::Failed }
            }
            Method::OfflinePin { is_enciphered, with_signature } => {
                let is_right = self.check_offline_pin(is_enciphered, holder).await?;
                self.memory.results.needs_signature |= is_right && with_signature;
                if is_right && with_signature { Outcome::Unknown } else { is_right.into() }
            }
        })
    }
}
