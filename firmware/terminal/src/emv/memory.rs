//! What a transaction with a chip needs of RAM, in one place that the caller owns: the steps hand on no more than a
//! reference to it, so that their futures stay small.

use heapless::Vec;
use sha1::Sha1;
use zeroize::Zeroizing;

use super::candidates::Candidates;
use super::card_data::CardData;
use super::cardholder::ApplicationName;
use super::issuer_data::IssuerData;
use super::parameters::{Application, PublicKey};
use super::values::Results;
use crate::slot::apdu::{Command, Response};

/// The kernel's memory of one transaction; what a card said is erased when it is dropped.
pub(crate) struct Memory {
    /// What the card said.
    pub(super) data: CardData,
    /// What the issuer said, and what became of it.
    pub(super) issuer: IssuerData,
    /// What the terminal found out.
    pub(super) results: Results,
    /// The applications that both have.
    pub(super) candidates: Candidates,
    /// The selected application's name, as it is offered.
    pub(super) name: ApplicationName,
    /// The terminal's side of the selected application.
    pub(super) application: Application,
    /// The card's key, where its certificates are right.
    pub(super) card_key: PublicKey,
    /// A CA's key, then the one that a PIN is enciphered with.
    pub(super) other_key: PublicKey,
    /// Over what PDOL, CDOL1 and CDOL2 asked for so far (EMV Book 2, 6.6.2, transaction data hash).
    pub(super) transaction_hash: Sha1,
    /// The command on its way.
    pub(super) command: Command,
    /// Its answer.
    pub(super) response: Response,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            data: CardData::default(),
            issuer: IssuerData::default(),
            results: Results::default(),
            candidates: Candidates::default(),
            name: ApplicationName::new(),
            application: Application::default(),
            card_key: PublicKey::default(),
            other_key: PublicKey::default(),
            transaction_hash: Sha1::default(),
            command: Command { header: [0; 4], data: Zeroizing::new(Vec::new()), expected: None },
            response: Zeroizing::new(Vec::new()),
        }
    }
}
