//! Which method is used, and what it finds (EMV Book 3, 10.3).

use super::certificate::Unproven;
use super::{dynamic, static_data};
use crate::emv::course::{Course, World};
use crate::emv::fault::{CardError, Ending};
use crate::emv::interchange::{Supports, has};
use crate::emv::kernel::{DONE, Kernel};
use crate::emv::reading::Read;
use crate::emv::tag::Tag;
use crate::emv::tlv::{self, Objects};
use crate::emv::tsi::Performed;
use crate::emv::tvr::Check;

/// Offline data authentication is done, but for a combined signature, which comes with the cryptogram.
pub(crate) struct Authenticated(());

/// A method of offline data authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Sda,
    Dda,
    Cda,
}

impl Method {
    /// The best one that a card supports; the terminal has them all.
    fn of(profile: [u8; 2]) -> Option<Self> {
        let methods = [(Supports::Cda, Self::Cda), (Supports::Dda, Self::Dda), (Supports::Sda, Self::Sda)];
        methods.into_iter().find(|(bit, _)| has(profile, *bit)).map(|(_, method)| method)
    }

    fn failed(self) -> Check {
        match self {
            Self::Sda => Check::SdaFailed,
            Self::Dda => Check::DdaFailed,
            Self::Cda => Check::CdaFailed,
        }
    }
}

impl<'a, W: World> Course<'a, W, Read> {
    /// Authenticates the card's data as its AIP allows.
    ///
    /// # Errors
    /// The card does not answer INTERNAL AUTHENTICATE, or the session is over.
    pub(crate) async fn authenticate(mut self) -> Result<Course<'a, W, Authenticated>, Ending> {
        let profile = self.kernel.memory.data.array(Tag::AIP).unwrap_or_default();
        let Some(method) = Method::of(profile) else {
            self.kernel.memory.results.tvr.set(Check::AuthenticationNotPerformed);
            return Ok(self.to(Authenticated(())));
        };
        if method == Method::Sda {
            self.kernel.memory.results.tvr.set(Check::SdaSelected);
        }
        let found = self.kernel.perform(method).await?;
        let results = &mut self.kernel.memory.results;
        if let Err(unproven) = found {
            results.tvr.set(method.failed());
            if unproven == Unproven::Missing {
                results.tvr.set(Check::DataMissing);
            }
        }
        results.asks_for_signature = method == Method::Cda && found.is_ok();
        // What a combined signature says is known with the cryptogram.
        if !results.asks_for_signature {
            results.tsi.set(Performed::Authentication);
        }
        Ok(self.to(Authenticated(())))
    }
}

impl<W: World> Kernel<'_, W> {
    async fn perform(&mut self, method: Method) -> Result<Result<(), Unproven>, CardError> {
        match method {
            Method::Sda => Ok(self.authenticate_statically().await),
            Method::Cda => Ok(self.find_card_key().await),
            Method::Dda => match self.find_card_key().await {
                Ok(()) => self.authenticate_dynamically().await,
                Err(unproven) => Ok(Err(unproven)),
            },
        }
    }

    async fn authenticate_statically(&mut self) -> Result<(), Unproven> {
        self.find_issuer_key().await?;
        let code = static_data::verify(&self.memory.other_key, &self.memory.data)?;
        self.memory.data.put(Tag::AUTHENTICATION_CODE, &code).map_err(|_| Unproven::Failed)
    }

    /// INTERNAL AUTHENTICATE (EMV Book 3, 6.5.9).
    async fn authenticate_dynamically(&mut self) -> Result<Result<(), Unproven>, CardError> {
        self.begin_command();
        if !self.add_dynamic() {
            return Ok(Err(Unproven::Failed));
        }
        let status = self.exchange([0x00, 0x88, 0x00, 0x00], Some(0)).await?;
        if status != DONE {
            return Err(CardError::Status(status));
        }
        let memory = &mut *self.memory;
        let sdad = signature(&memory.response)?;
        let Some(number) = dynamic::dynamic(&memory.card_key, sdad, &memory.command.data) else {
            return Ok(Err(Unproven::Failed));
        };
        memory.data.put(Tag::DYNAMIC_NUMBER, &number)?;
        Ok(Ok(()))
    }
}

/// The signature in either format of the answer.
fn signature(answer: &[u8]) -> Result<&[u8], CardError> {
    if answer.first() == Some(&0x80) {
        return tlv::template(Tag::FORMAT_1, answer).map_err(CardError::malformed(Tag::FORMAT_1));
    }
    let malformed = CardError::malformed(Tag::FORMAT_2);
    let content = tlv::template(Tag::FORMAT_2, answer).map_err(&malformed)?;
    Objects::of(content).find(Tag::SDAD).map_err(&malformed)?.ok_or(CardError::Missing(Tag::SDAD))
}
