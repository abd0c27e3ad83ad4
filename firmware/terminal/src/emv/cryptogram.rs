//! GENERATE AC and its answer (EMV Book 3, 6.5.5).

use sha1::Digest;

use super::action::Cryptogram;
use super::course::World;
use super::fault::CardError;
use super::kernel::{DONE, Kernel};
use super::memory::Memory;
use super::oda::dynamic::{Combined, combined};
use super::tag::Tag;
use super::tlv::{self, Objects};
use super::tsi::Performed;
use super::tvr::Check;

/// P1, bit 5: with a combined signature.
const SIGNED: u8 = 0x10;
/// Bytes of issuer application data, at most.
const ISSUER_DATA: usize = 32;

/// What a card gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) kind: Cryptogram,
    /// Its signature was asked for, and is right; or none was.
    pub(super) is_authentic: bool,
}

impl<W: World> Kernel<'_, W> {
    /// Asks for a cryptogram by one of the CDOLs, and keeps what the card gives.
    ///
    /// # Errors
    /// The card gives none, or one that nobody asked for; or the session is over.
    pub(super) async fn generate(&mut self, wanted: Cryptogram, list: Tag) -> Result<Given, CardError> {
        let is_signed = self.memory.results.asks_for_signature && wanted != Cryptogram::Aac;
        self.begin_command();
        self.add_asked(list)?;
        let Memory { transaction_hash, command, .. } = &mut *self.memory;
        transaction_hash.update(command.data.as_slice());
        let p1 = wanted as u8 | if is_signed { SIGNED } else { 0 };
        let status = self.exchange([0x80, 0xAE, p1, 0x00], Some(0)).await.map_err(CardError::late)?;
        if status != DONE {
            return Err(CardError::Status(status));
        }
        let given = self.keep_cryptogram(is_signed)?;
        if rank(given.kind) > rank(wanted) {
            return Err(CardError::Wrong(Tag::CID));
        }
        self.memory.results.tsi.set(Performed::CardRiskManagement);
        self.judge_signature(is_signed, given);
        Ok(given)
    }

    /// An AAC has no signature: nothing is found out then.
    fn judge_signature(&mut self, is_signed: bool, given: Given) {
        if !is_signed || given.kind == Cryptogram::Aac {
            return;
        }
        self.memory.results.tsi.set(Performed::Authentication);
        if !given.is_authentic {
            self.memory.results.tvr.set(Check::CdaFailed);
            self.memory.results.asks_for_signature = false;
        }
    }

    fn keep_cryptogram(&mut self, is_signed: bool) -> Result<Given, CardError> {
        if self.memory.response.first() == Some(&0x80) {
            self.keep_format_1(is_signed)
        } else {
            self.keep_format_2(is_signed)
        }
    }

    fn keep_format_1(&mut self, is_signed: bool) -> Result<Given, CardError> {
        let wrong = CardError::Wrong(Tag::FORMAT_1);
        let Memory { data, response, .. } = &mut *self.memory;
        let value = tlv::template(Tag::FORMAT_1, response).map_err(CardError::malformed(Tag::FORMAT_1))?;
        let (cid, rest) = value.split_at_checked(1).ok_or(wrong)?;
        let (count, rest) = rest.split_at_checked(2).ok_or(wrong)?;
        let (cryptogram, issuer_data) = rest.split_at_checked(8).ok_or(wrong)?;
        if issuer_data.len() > ISSUER_DATA {
            return Err(wrong);
        }
        keep(data, [(Tag::CID, cid), (Tag::ATC, count), (Tag::CRYPTOGRAM, cryptogram)])?;
        data.remove(Tag::ISSUER_DATA);
        if !issuer_data.is_empty() {
            data.put(Tag::ISSUER_DATA, issuer_data)?;
        }
        Ok(Given { kind: kind(cid)?, is_authentic: !is_signed })
    }

    fn keep_format_2(&mut self, is_signed: bool) -> Result<Given, CardError> {
        let malformed = CardError::malformed(Tag::FORMAT_2);
        let unpredictable = self.memory.results.unpredictable;
        let Memory { data, response, card_key, transaction_hash, .. } = &mut *self.memory;
        let answer = Objects::of(tlv::template(Tag::FORMAT_2, response).map_err(&malformed)?);
        hold_together(&answer)?;
        let mandatory = |tag: Tag, length: usize| {
            let value = answer.find(tag).map_err(&malformed)?.ok_or(CardError::Missing(tag))?;
            if value.len() == length { Ok(value) } else { Err(CardError::Wrong(tag)) }
        };
        let (cid, count) = (mandatory(Tag::CID, 1)?, mandatory(Tag::ATC, 2)?);
        let kind = kind(cid)?;
        let issuer_data = answer.find(Tag::ISSUER_DATA).map_err(&malformed)?;
        if issuer_data.is_some_and(|value| value.len() > ISSUER_DATA) {
            return Err(CardError::Wrong(Tag::ISSUER_DATA));
        }
        keep(data, [(Tag::CID, cid), (Tag::ATC, count)])?;
        for tag in [Tag::CRYPTOGRAM, Tag::ISSUER_DATA] {
            data.remove(tag);
        }
        if let Some(issuer_data) = issuer_data {
            data.put(Tag::ISSUER_DATA, issuer_data)?;
        }
        if !is_signed || kind == Cryptogram::Aac {
            data.put(Tag::CRYPTOGRAM, mandatory(Tag::CRYPTOGRAM, 8)?)?;
            return Ok(Given { kind, is_authentic: true });
        }
        let signed = combined(card_key, &unpredictable, transaction_hash.clone(), &answer);
        let Some(Combined { number, cryptogram }) = signed else {
            return Ok(Given { kind, is_authentic: false });
        };
        keep(data, [(Tag::DYNAMIC_NUMBER, number.as_slice()), (Tag::CRYPTOGRAM, cryptogram.as_slice())])?;
        Ok(Given { kind, is_authentic: true })
    }
}

/// That an answer is whole, and no object comes twice.
fn hold_together(answer: &Objects<'_>) -> Result<(), CardError> {
    let mut rest = answer.clone();
    while let Some(object) = rest.next() {
        let tag = object.map_err(CardError::malformed(Tag::FORMAT_2))?.tag;
        if rest.find(tag).map_err(CardError::malformed(Tag::FORMAT_2))?.is_some() {
            return Err(CardError::Wrong(tag));
        }
    }
    Ok(())
}

fn keep<const N: usize>(
    data: &mut super::card_data::CardData,
    objects: [(Tag, &[u8]); N],
) -> Result<(), CardError> {
    objects.into_iter().try_for_each(|(tag, value)| data.put(tag, value))
}

/// The kind that the CID says.
fn kind(cid: &[u8]) -> Result<Cryptogram, CardError> {
    match cid.first().map(|first| first & 0xC0) {
        Some(0x00) => Ok(Cryptogram::Aac),
        Some(0x40) => Ok(Cryptogram::Tc),
        Some(0x80) => Ok(Cryptogram::Arqc),
        _ => Err(CardError::Wrong(Tag::CID)),
    }
}

/// A card may give what is less than what was asked for, never more (10.8).
fn rank(kind: Cryptogram) -> u8 {
    match kind {
        Cryptogram::Aac => 0,
        Cryptogram::Arqc => 1,
        Cryptogram::Tc => 2,
    }
}
