//! A chip record that was taken.

use heapless::{String, Vec};

use super::application::Application;
use super::ca_key::CaKey;
use super::exception::Mark;
use super::item::CONTENT;
use super::kind::Kind;

/// Bytes that name the record of a revocation: RID, index and serial number.
pub(super) const REVOCATION: usize = 9;
/// Characters of an issuer's name, at most.
pub(crate) const ISSUER: usize = 16;
/// Bytes of the longest name, which is an AID or a mark.
pub(super) const NAME: usize = 16;

/// An issuer certificate that is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Revocation {
    pub(crate) rid: [u8; 5],
    /// Index of the CA key that signed it.
    pub(crate) index: u8,
    /// Its serial number.
    pub(crate) serial: [u8; 3],
}

impl Revocation {
    pub(super) fn name(&self) -> [u8; REVOCATION] {
        let mut name = [0; REVOCATION];
        let parts = self.rid.iter().chain([&self.index]).chain(&self.serial);
        for (place, byte) in name.iter_mut().zip(parts) {
            *place = *byte;
        }
        name
    }
}

/// An issuer's name, for the cards whose number begins so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issuer {
    /// Six digits.
    pub(crate) bin: [u8; 6],
    /// Printable ASCII.
    pub(crate) name: String<ISSUER>,
}

/// What a chip record brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChipRecord {
    /// The year of the host's dates, 0 to 99.
    Year(u8),
    Application(Application),
    CaKey(CaKey),
    Revocation(Revocation),
    Issuer(Issuer),
    /// A card number of the exception list, as it is kept.
    Exception(Mark),
    /// What came before is forgotten, but for the year.
    Erasure,
}

impl ChipRecord {
    /// Its kind, what names it, and what else is kept; nothing for what has no slot.
    pub(super) fn parts(&self) -> Option<(Kind, Vec<u8, NAME>, Vec<u8, CONTENT>)> {
        let (kind, name, content) = match self {
            Self::Year(_) | Self::Erasure => return None,
            Self::Application(application) => {
                (Kind::Application, Vec::from_slice(&application.aid), application.content())
            }
            Self::CaKey(key) => {
                (Kind::CaKey, Vec::from_slice(&CaKey::name(key.rid, key.index)), key.content())
            }
            Self::Revocation(revocation) => {
                (Kind::Revocation, Vec::from_slice(&revocation.name()), Vec::new())
            }
            Self::Issuer(issuer) => {
                let name = Vec::from_slice(issuer.name.as_bytes());
                (Kind::Issuer, Vec::from_slice(&issuer.bin), name.unwrap_or_default())
            }
            Self::Exception(mark) => (Kind::Exception, Vec::from_slice(mark), Vec::new()),
        };
        Some((kind, name.ok()?, content))
    }
}
