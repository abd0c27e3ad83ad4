//! A card that has been issued: what stands in it, before it is used.

use std::{collections::BTreeMap, fmt};

use payrig_keys::{DesKey, RsaKey};

use super::{ApplicationProfile, CardProfile, EmvFault, Tag, record::Place, tlv::objects};

/// A card with its records, keys and certificates. Many [`super::ProfileCard`]s may be made of it.
#[derive(Clone)]
pub struct IssuedCard {
    pub(super) profile: CardProfile,
    pub(super) faults: Vec<EmvFault>,
    pub(super) applications: Vec<IssuedApplication>,
    /// The records of the payment system directory.
    pub(super) directory: Vec<Vec<u8>>,
}

/// An application of it.
#[derive(Clone)]
pub(super) struct IssuedApplication {
    pub profile: ApplicationProfile,
    /// The answer to its SELECT: 6F.
    pub fci: Vec<u8>,
    pub aip: [u8; 2],
    pub afl: Vec<u8>,
    /// Whole records, template 70.
    pub records: BTreeMap<Place, Vec<u8>>,
    pub keys: CardKeys,
    pub icc: Option<RsaKey>,
    /// What a PIN is enciphered with.
    pub pin: Option<RsaKey>,
}

/// The card's own symmetric keys.
#[derive(Clone)]
pub(super) struct CardKeys {
    pub cryptograms: DesKey,
    pub script_macs: DesKey,
    pub script_data: DesKey,
}

impl IssuedCard {
    /// The profile that it was issued by.
    #[must_use]
    pub const fn profile(&self) -> &CardProfile {
        &self.profile
    }

    /// The signatures in its records that give its number away to whoever has the public keys: the certificates of its keys, 9F46 and 9F2D, in which the
    /// number stands (EMV 4.3 Book 2, tables 14 and 23), and 93, in which a hash over it and what else a record shows stands (table 7).
    #[must_use]
    pub fn telling_signatures(&self) -> Vec<(Tag, Vec<u8>)> {
        let records = self.applications.iter().flat_map(|application| application.records.values());
        records.flat_map(|record| telling_signatures(record)).collect()
    }

    /// The symmetric keys of its applications, which were derived from the issuer's, by their usual names: for cryptograms, for the integrity and
    /// for the confidentiality of scripts.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, &DesKey)> {
        self.applications.iter().flat_map(|application| {
            let CardKeys { cryptograms, script_macs, script_data } = &application.keys;
            [("mk-ac", cryptograms), ("mk-smi", script_macs), ("mk-smc", script_data)]
        })
    }

    /// What is wrong with it.
    #[must_use]
    pub fn faults(&self) -> &[EmvFault] {
        &self.faults
    }
}

/// Those of one answer, as [`IssuedCard::telling_signatures`] has them; none where it is not whole data objects.
#[must_use]
pub fn telling_signatures(answer: &[u8]) -> Vec<(Tag, Vec<u8>)> {
    let found = objects(answer).unwrap_or_default();
    let each = |(tag, value): (Tag, &[u8])| match tag.0 {
        0x9F46 | 0x9F2D | 0x93 => vec![(tag, value.to_vec())],
        _ if tag.is_constructed() => telling_signatures(value),
        _ => Vec::new(),
    };
    found.into_iter().flat_map(each).collect()
}

impl fmt::Debug for IssuedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "card of {} with {} applications", self.profile.path().display(), self.applications.len())
    }
}
