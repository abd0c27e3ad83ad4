//! The chain of certificates from a CA to the card (EMV Book 2, 5.2, 5.3, 6.3, 6.4, 7.1).

use sha1::Digest;

use super::certificate::{Certificate, Rest, Subject, Unproven};
use crate::emv::card_data::CardData;
use crate::emv::course::World;
use crate::emv::day::is_before;
use crate::emv::kernel::Kernel;
use crate::emv::pan;
use crate::emv::parameters::{ChipParameters, Date, PublicKey, Rid};
use crate::emv::tag::Tag;

/// A serial number of an issuer certificate.
type Serial = [u8; 3];

impl<W: World> Kernel<'_, W> {
    /// Puts the issuer's key into `other_key`, which is empty where it is not proven.
    pub(super) async fn find_issuer_key(&mut self) -> Result<(), Unproven> {
        let result = self.prove_issuer_key().await;
        if result.is_err() {
            self.memory.other_key = PublicKey::default();
        }
        result
    }

    async fn prove_issuer_key(&mut self) -> Result<(), Unproven> {
        let data = &self.memory.data;
        let index = data.find(Tag::CA_INDEX).ok_or(Unproven::Missing)?;
        let &[index] = index else { return Err(Unproven::Failed) };
        for tag in [Tag::ISSUER_CERTIFICATE, Tag::ISSUER_EXPONENT] {
            data.find(tag).ok_or(Unproven::Missing)?;
        }
        let name = data.find(Tag::DF_NAME).and_then(|name| name.first_chunk());
        let rid: Rid = *name.ok_or(Unproven::Failed)?;
        let today = self.transaction.date;
        let expiry = self.parameters.authority_key(rid, index, &mut self.memory.other_key).await;
        if expiry.is_none_or(|expiry| is_before(expiry, today)) {
            return Err(Unproven::Failed);
        }
        let (key, serial) = issuer_key(&self.memory.other_key, &self.memory.data, today)?;
        self.memory.other_key = key;
        if self.parameters.is_revoked(rid, index, serial).await {
            return Err(Unproven::Failed);
        }
        Ok(())
    }

    /// Puts the card's key into `card_key`.
    pub(super) async fn find_card_key(&mut self) -> Result<(), Unproven> {
        self.find_issuer_key().await?;
        let (data, today) = (&self.memory.data, self.transaction.date);
        self.memory.card_key = card_key(&self.memory.other_key, data, today)?;
        Ok(())
    }

    /// Puts the key that a PIN is enciphered with into `other_key`: the card's PIN encipherment key where it has one,
    /// else its key (EMV Book 2, 7.1).
    pub(in crate::emv) async fn find_pin_key(&mut self) -> Result<(), Unproven> {
        self.find_issuer_key().await?;
        let (data, today) = (&self.memory.data, self.transaction.date);
        let issuer = &self.memory.other_key;
        let key = match data.find(Tag::PIN_CERTIFICATE) {
            Some(certificate) => pin_key(issuer, certificate, data, today),
            None => card_key(issuer, data, today),
        };
        self.memory.other_key = PublicKey::default();
        self.memory.other_key = key?;
        Ok(())
    }
}

/// The issuer's key and its certificate's serial number.
fn issuer_key(authority: &PublicKey, data: &CardData, today: Date) -> Result<(PublicKey, Serial), Unproven> {
    let certificate = data.find(Tag::ISSUER_CERTIFICATE).ok_or(Unproven::Missing)?;
    let opened = Subject::Issuer.open(authority, certificate).ok_or(Unproven::Failed)?;
    let certificate = Subject::Issuer.read(&opened).ok_or(Unproven::Failed)?;
    hold_to_card(&certificate, Subject::Issuer, data, today)?;
    let exponent = data.find(Tag::ISSUER_EXPONENT).ok_or(Unproven::Missing)?;
    let rest = Rest { remainder: data.find(Tag::ISSUER_REMAINDER), exponent };
    Ok((certificate.key(&rest, |_| true)?, certificate.serial))
}

/// The card's key, whose certificate covers the static data as well.
fn card_key(issuer: &PublicKey, data: &CardData, today: Date) -> Result<PublicKey, Unproven> {
    let certificate = data.find(Tag::ICC_CERTIFICATE).ok_or(Unproven::Missing)?;
    let exponent = data.find(Tag::ICC_EXPONENT).ok_or(Unproven::Missing)?;
    let rest = Rest { remainder: data.find(Tag::ICC_REMAINDER), exponent };
    let opened = Subject::Card.open(issuer, certificate).ok_or(Unproven::Failed)?;
    let certificate = Subject::Card.read(&opened).ok_or(Unproven::Failed)?;
    hold_to_card(&certificate, Subject::Card, data, today)?;
    certificate.key(&rest, |hash| data.for_signed(|part| hash.update(part)))
}

/// The card's PIN encipherment key.
fn pin_key(
    issuer: &PublicKey,
    certificate: &[u8],
    data: &CardData,
    today: Date,
) -> Result<PublicKey, Unproven> {
    let exponent = data.find(Tag::PIN_EXPONENT).ok_or(Unproven::Missing)?;
    let rest = Rest { remainder: data.find(Tag::PIN_REMAINDER), exponent };
    let opened = Subject::Card.open(issuer, certificate).ok_or(Unproven::Failed)?;
    let certificate = Subject::Card.read(&opened).ok_or(Unproven::Failed)?;
    hold_to_card(&certificate, Subject::Card, data, today)?;
    certificate.key(&rest, |_| true)
}

/// That a certificate is this card's, and still in force.
fn hold_to_card(
    certificate: &Certificate<'_>,
    subject: Subject,
    data: &CardData,
    today: Date,
) -> Result<(), Unproven> {
    let number = pan::number(data).ok_or(Unproven::Failed)?;
    if certificate.names(subject, number.digits()) && certificate.is_in_time(today) {
        Ok(())
    } else {
        Err(Unproven::Failed)
    }
}
