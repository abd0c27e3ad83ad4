//! What the terminal was given about chips: applications, CA public keys, revocations, exceptions.

use heapless::Vec;

use crate::money::card_number::CardNumber;

/// Bytes of an application identifier, at most (ISO/IEC 7816-5).
pub(crate) const AID: usize = 16;
/// Bytes of a DOL among the parameters, at most.
pub(crate) const DOL: usize = 32;
/// Bytes of a modulus, at most: 1984 bits (EMV Book 2, 11.2.1).
pub(crate) const MODULUS: usize = 248;
/// Bytes of the shortest modulus: a certificate of an issuer's key has 36 bytes besides it.
pub(crate) const SHORTEST_MODULUS: usize = 64;

/// A registered application provider identifier: the first five bytes of an AID.
pub(crate) type Rid = [u8; 5];
/// A TVR's mask (TAC, IAC).
pub(crate) type ActionCode = [u8; 5];
/// A date, YYMMDD, two digits to a byte.
pub(crate) type Date = [u8; 3];

/// An application that this terminal has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Application {
    /// 5 to 16 bytes.
    pub(crate) aid: Vec<u8, AID>,
    /// Whether a card's longer name that begins with the AID is this application as well.
    pub(crate) is_partial: bool,
    /// 9F09.
    pub(crate) version: [u8; 2],
    /// TAC, denial.
    pub(crate) tac_denial: ActionCode,
    /// TAC, online.
    pub(crate) tac_online: ActionCode,
    /// TAC, default.
    pub(crate) tac_default: ActionCode,
    /// Floor limit in the smallest unit.
    pub(crate) floor: u64,
    /// Threshold value for biased random selection in the smallest unit; not above the floor limit.
    pub(crate) threshold: u64,
    /// Target percentage, 0 to 99.
    pub(crate) target: u8,
    /// Maximum target percentage, 0 to 99; not below the target.
    pub(crate) max_target: u8,
    /// Default DDOL.
    pub(crate) ddol: Vec<u8, DOL>,
    /// Default TDOL.
    pub(crate) tdol: Option<Vec<u8, DOL>>,
}

/// An RSA public key: a certification authority's, an issuer's or a card's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// 64 to 248 bytes, or none where there is no key.
    pub(crate) modulus: Vec<u8, MODULUS>,
    /// 3 or 65537.
    pub(crate) exponent: u32,
}

/// The chip parameters of the terminal.
///
/// They may lie in a memory that is slow to read, so that every question is asynchronous.
pub(crate) trait ChipParameters {
    /// The application at a place, counted from 0 in the order in which the records came; `None` behind the last.
    async fn application(&mut self, place: usize) -> Option<Application>;

    /// Puts a CA's key into `key` and answers with its expiry; `None` where there is no such key.
    async fn authority_key(&mut self, rid: Rid, index: u8, key: &mut PublicKey) -> Option<Date>;

    /// Whether an issuer certificate's serial number is revoked.
    async fn is_revoked(&mut self, rid: Rid, index: u8, serial: [u8; 3]) -> bool;

    /// Whether a card number is on the exception list.
    async fn is_exception(&mut self, number: &CardNumber) -> bool;
}
