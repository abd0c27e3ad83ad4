//! INTERNAL and EXTERNAL AUTHENTICATE (EMV 4.3 Book 3, 6.5.4 and 6.5.9; Book 2, 6.5 and 8.2).

use payrig_keys::{
    RsaKey,
    emv::{arpc_method1, arpc_method2},
    signed_dynamic_data,
};

use super::{
    Certified, CryptogramVersion, EmvFault, IssuerAuthentication, ProfileCard, Status, Tag,
    answer::Answer,
    command::Command,
    issued::IssuedApplication,
    session::{Outcome, Step, Transaction},
    spoil::spoiled_signature,
    tlv::tlv,
};

impl ProfileCard {
    /// Signs what the DDOL asked for, with a random number.
    pub(super) fn internal_authenticate(&mut self, command: Command<'_>) -> Result<Answer, Status> {
        if !matches!(self.session.step, Step::Initiated(..)) {
            return Err(Status::CONDITIONS);
        }
        if [command.p1, command.p2] != [0, 0] {
            return Err(Status::PARAMETERS);
        }
        let number = self.random();
        let (application, _) = self.selected()?;
        let key = application.icc.clone().ok_or(Status::INSTRUCTION)?;
        if command.data.len() != application.profile.ddol.asked() {
            return Err(Status::LENGTH);
        }
        let tagged = application.profile.tagged;
        let signed =
            signed_dynamic_data(&key, &number, None, command.data).map_err(|_| Status::CONDITIONS)?;
        let signed = self.spoiled_dynamic_data(&key, signed)?;
        if let Step::Initiated(_, transaction) = &mut self.session.step {
            transaction.signed = true;
        }
        Ok(Answer::of(if tagged {
            tlv(Tag(0x77), &tlv(Tag(0x9F4B), &signed))
        } else {
            tlv(Tag(0x80), &signed)
        }))
    }

    /// Signed dynamic data, with what a fault wants to be wrong with them.
    pub(super) fn spoiled_dynamic_data(&self, key: &RsaKey, signed: Vec<u8>) -> Result<Vec<u8>, Status> {
        spoiled_signature(&self.card.faults, Certified::SignedDynamicData, key, signed)
            .map_err(|_| Status::CONDITIONS)
    }

    /// Takes the issuer's answer, once, between the two GENERATE AC.
    pub(super) fn external_authenticate(&mut self, command: Command<'_>) -> Result<Answer, Status> {
        let Step::Online(_, transaction) = &self.session.step else { return Err(Status::CONDITIONS) };
        if transaction.issuer != Outcome::NotDone {
            return Err(Status::CONDITIONS);
        }
        let mut transaction = transaction.clone();
        if [command.p1, command.p2] != [0, 0] {
            return Err(Status::PARAMETERS);
        }
        if !(8..=16).contains(&command.data.len()) {
            return Err(Status::LENGTH);
        }
        let (application, _) = self.selected()?;
        if application.profile.issuer_authentication != IssuerAuthentication::ExternalAuthenticate {
            return Err(Status::INSTRUCTION);
        }
        self.hear_issuer(&mut transaction, command.data)?;
        let outcome = transaction.issuer;
        if let Step::Online(_, under_way) = &mut self.session.step {
            *under_way = transaction;
        }
        if outcome == Outcome::Passed { Ok(Answer::from(Status::OK)) } else { Err(Status::NOT_AUTHENTIC) }
    }

    /// Notes whether tag 91 answers this transaction's cryptogram, and what it says then.
    pub(super) fn hear_issuer(&mut self, transaction: &mut Transaction, answer: &[u8]) -> Result<(), Status> {
        let refuses = self.has(&EmvFault::RefusesArpc);
        let (application, _) = self.selected()?;
        let right = !refuses && is_right(application, transaction, answer).unwrap_or(false);
        transaction.issuer = if right { Outcome::Passed } else { Outcome::Failed };
        transaction.issuer_declines = right && declines(application, answer);
        Ok(())
    }
}

fn is_right(application: &IssuedApplication, transaction: &Transaction, answer: &[u8]) -> Option<bool> {
    let version = application.profile.cryptogram;
    let atc = transaction.atc.to_be_bytes();
    let key = version.cvn().session_key(&application.keys.cryptograms, atc).ok()?;
    Some(if version == CryptogramVersion::Cvn18 {
        let (arpc, behind) = answer.split_first_chunk::<4>()?;
        let (update, proprietary) = behind.split_first_chunk::<4>()?;
        arpc_method2(&key, transaction.cryptogram, *update, proprietary).ok()? == *arpc
    } else {
        let (arpc, behind) = answer.split_first_chunk::<8>()?;
        let code = behind.first_chunk::<2>()?;
        arpc_method1(&key, transaction.cryptogram, *code) == *arpc
    })
}

/// Whether the card status update, bytes 5 to 8 of an answer by method 2, does not approve (EMV 4.3 Book 3, annex C10: byte 2, bit 8).
fn declines(application: &IssuedApplication, answer: &[u8]) -> bool {
    const APPROVES: u8 = 0x80;
    application.profile.cryptogram == CryptogramVersion::Cvn18
        && answer.get(5).is_none_or(|byte| byte & APPROVES == 0)
}

/// The key by which an application signs its cryptograms.
pub(super) fn combining_key(application: &IssuedApplication) -> Option<&RsaKey> {
    let combines = application.profile.offline_authentication == super::OfflineAuthentication::Cda;
    application.icc.as_ref().filter(|_| combines)
}
