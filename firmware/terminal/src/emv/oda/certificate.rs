//! Public key certificates of issuers and cards (EMV Book 2, 5.3 and 6.4).

use heapless::Vec;
use sha1::{Digest, Sha1};

use super::rsa::{Block, public_operation};
use crate::emv::day::century;
use crate::emv::parameters::{Date, PublicKey};

/// Bytes of SHA-1, the only hash that EMV has (Book 2, B2).
pub(super) const HASH: usize = 20;
/// The recovered data's first byte and its last.
const HEADER: u8 = 0x6A;
const TRAILER: u8 = 0xBC;
/// Algorithm indicators (B2.3): SHA-1, and RSA.
pub(super) const SHA_1: u8 = 0x01;
const RSA: u8 = 0x01;

/// Why something is not proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// An object that it needs is not there.
    Missing,
    /// It is wrong.
    Failed,
}

/// What is signed by one key: between header and trailer, after its format was checked.
pub(super) struct Opened(Block);

impl Opened {
    /// Recovers what was signed; `None` where length, header, trailer or format are wrong.
    pub(super) fn new(key: &PublicKey, signed: &[u8], format: u8) -> Option<Self> {
        let block = public_operation(key, signed)?;
        let is_right = matches!(block.as_slice(), [HEADER, kind, .., TRAILER] if *kind == format);
        is_right.then_some(Self(block))
    }

    /// What the hash covers, from the format on, and the hash.
    pub(super) fn covered_and_hash(&self) -> Option<(&[u8], [u8; HASH])> {
        let end = self.0.len().checked_sub(HASH + 1)?;
        let covered = self.0.get(1..end)?;
        let hash = self.0.get(end..end + HASH)?;
        Some((covered, hash.try_into().ok()?))
    }
}

/// Whose key a certificate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// An issuer's, named by the first digits of its cards.
    Issuer,
    /// A card's, named by its number.
    Card,
}

/// A certificate's fields, its hash not yet checked.
pub(super) struct Certificate<'a> {
    /// Digits, and F behind them.
    pub(super) name: &'a [u8],
    /// MMYY, two digits to a byte.
    expiry: [u8; 2],
    pub(super) serial: [u8; 3],
    /// Bytes of the key's modulus.
    length: usize,
    /// The modulus, or as much of it as there was room for; filled up.
    modulus: &'a [u8],
    covered: &'a [u8],
    hash: [u8; HASH],
}

/// What a certificate leaves to other objects.
pub(super) struct Rest<'a> {
    pub(super) remainder: Option<&'a [u8]>,
    pub(super) exponent: &'a [u8],
}

impl Subject {
    fn format(self) -> u8 {
        match self {
            Self::Issuer => 0x02,
            Self::Card => 0x04,
        }
    }

    fn name_length(self) -> usize {
        match self {
            Self::Issuer => 4,
            Self::Card => 10,
        }
    }

    /// Opens a certificate of one.
    pub(super) fn open(self, key: &PublicKey, certificate: &[u8]) -> Option<Opened> {
        Opened::new(key, certificate, self.format())
    }

    /// Reads the fields; `None` for algorithms that the terminal has not.
    pub(super) fn read(self, opened: &Opened) -> Option<Certificate<'_>> {
        let (covered, hash) = opened.covered_and_hash()?;
        let (name, rest) = covered.get(1..)?.split_at_checked(self.name_length())?;
        let &[m, y, s1, s2, s3, SHA_1, RSA, length, _, ref modulus @ ..] = rest else { return None };
        let (expiry, serial) = ([m, y], [s1, s2, s3]);
        Some(Certificate { name, expiry, serial, length: length.into(), modulus, covered, hash })
    }
}

impl Certificate<'_> {
    /// Whether the last day of its month is not over.
    pub(super) fn is_in_time(&self, today: Date) -> bool {
        let ([month, year], [this_year, this_month, _]) = (self.expiry, today);
        let is_month = (0x01..=0x12).contains(&month) && month & 0x0F < 10;
        let is_year = year >> 4 < 10 && year & 0x0F < 10;
        is_month && is_year && (century(year), month) >= (century(this_year), this_month)
    }

    /// Puts the key together, where the hash over it, its rest and `also` is right; `also` answers `false` where what
    /// it stands for cannot be had.
    pub(super) fn key(
        &self,
        rest: &Rest<'_>,
        also: impl FnOnce(&mut Sha1) -> bool,
    ) -> Result<PublicKey, Unproven> {
        let inside = self.modulus.len().min(self.length);
        let remainder = match rest.remainder {
            None if self.length > inside => return Err(Unproven::Missing),
            remainder => remainder.unwrap_or_default(),
        };
        let mut hash = Sha1::new();
        for part in [self.covered, remainder, rest.exponent] {
            hash.update(part);
        }
        let is_whole = also(&mut hash);
        if !is_whole || <[u8; HASH]>::from(hash.finalize()) != self.hash {
            return Err(Unproven::Failed);
        }
        self.put_together(inside, remainder, rest.exponent).ok_or(Unproven::Failed)
    }

    fn put_together(&self, inside: usize, remainder: &[u8], exponent: &[u8]) -> Option<PublicKey> {
        if inside + remainder.len() != self.length {
            return None;
        }
        let mut modulus = Vec::from_slice(self.modulus.get(..inside)?).ok()?;
        modulus.extend_from_slice(remainder).ok()?;
        let exponent = match exponent {
            [3] => 3,
            [1, 0, 1] => 65537,
            _ => return None,
        };
        Some(PublicKey { modulus, exponent })
    }

    /// Whether the name is the first digits of a card number (an issuer's), or all of it (a card's).
    pub(super) fn names(&self, subject: Subject, number: &str) -> bool {
        let mut digits = self.name.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        let mut named = 0;
        for digit in number.bytes().map(|digit| digit & 0x0F) {
            match digits.next() {
                Some(nibble) if nibble == digit => named += 1,
                Some(0x0F) if subject == Subject::Issuer => break,
                None if subject == Subject::Issuer => break,
                _ => return false,
            }
        }
        named >= 3 && digits.all(|nibble| nibble == 0x0F)
    }
}
