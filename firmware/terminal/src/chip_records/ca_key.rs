//! A certification authority's public key (EMV Book 2, 11.2).

use heapless::Vec;
use sha1::{Digest, Sha1};

use super::item::{CONTENT, take, take_list};
pub(crate) use crate::emv::parameters::{MODULUS, SHORTEST_MODULUS};

/// What names a key: RID and index.
pub(super) const NAME: usize = 6;

/// A CA key record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CaKey {
    pub(crate) rid: [u8; 5],
    /// 8F.
    pub(crate) index: u8,
    /// Last day, YYMMDD as packed digits.
    pub(crate) expiry: [u8; 3],
    /// `03`, or `010001`.
    pub(crate) exponent: Vec<u8, 3>,
    /// 64 to 248 bytes.
    pub(crate) modulus: Vec<u8, MODULUS>,
}

impl CaKey {
    /// The check sum: SHA-1 over RID, index, modulus and exponent (EMV Book 2, 11.2.2).
    pub(crate) fn check(&self) -> [u8; 20] {
        let mut hash = Sha1::new();
        let parts: [&[u8]; 4] = [&self.rid, &[self.index], &self.modulus, &self.exponent];
        for part in parts {
            hash.update(part);
        }
        hash.finalize().into()
    }

    pub(super) fn name(rid: [u8; 5], index: u8) -> [u8; NAME] {
        let [one, two, three, four, five] = rid;
        [one, two, three, four, five, index]
    }

    /// What is kept besides the name. The exponent's length goes before it; the modulus is the rest.
    pub(super) fn content(&self) -> Vec<u8, CONTENT> {
        let mut content = Vec::new();
        // At most 3.
        let length = [self.exponent.len() as u8];
        let parts: [&[u8]; 4] = [&self.expiry, &length, &self.exponent, &self.modulus];
        for part in parts {
            let _ = content.extend_from_slice(part);
        }
        content
    }

    /// Reads what [`Self::content`] made.
    pub(super) fn read(name: &[u8], mut content: &[u8]) -> Option<Self> {
        let (rid, [index]) = name.split_first_chunk()? else { return None };
        let expiry = take(&mut content)?;
        let exponent = take_list(&mut content)?;
        let modulus = Vec::from_slice(content).ok()?;
        Some(Self { rid: *rid, index: *index, expiry, exponent, modulus })
    }
}
