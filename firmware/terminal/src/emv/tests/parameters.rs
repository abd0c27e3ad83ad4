//! The terminal's chip parameters, and random numbers that are the same every time.

use std::vec;
use std::vec::Vec;

use super::issuing::AUTHORITY;
use crate::emv::parameters::{Application, ChipParameters, Date, PublicKey, Rid};
use crate::money::card_number::CardNumber;
use crate::ports::Entropy;

pub(crate) const RID: Rid = [0xA0, 0x00, 0x00, 0x03, 0x33];

pub(crate) struct Parameters {
    pub(crate) applications: Vec<Application>,
    pub(crate) key: Option<(Date, PublicKey)>,
    pub(crate) is_revoked: bool,
    pub(crate) is_exception: bool,
}

/// An application by its AID.
pub(crate) fn application(aid: &str, is_partial: bool) -> Application {
    Application {
        aid: heapless::Vec::from_slice(&hex::decode(aid).unwrap()).unwrap(),
        is_partial,
        version: [0x00, 0x20],
        floor: 100_000,
        threshold: 0,
        // DDOL: the unpredictable number.
        ddol: heapless::Vec::from_slice(&[0x9F, 0x37, 0x04]).unwrap(),
        ..Default::default()
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            applications: vec![application("A000000333010102", false)],
            key: Some(([0x35, 0x12, 0x31], AUTHORITY.public())),
            is_revoked: false,
            is_exception: false,
        }
    }
}

impl ChipParameters for Parameters {
    async fn application(&mut self, place: usize) -> Option<Application> {
        self.applications.get(place).cloned()
    }

    async fn authority_key(&mut self, rid: Rid, index: u8, key: &mut PublicKey) -> Option<Date> {
        let (expiry, own) = self.key.as_ref().filter(|_| (rid, index) == (RID, 0x92))?;
        *key = own.clone();
        Some(*expiry)
    }

    async fn is_revoked(&mut self, rid: Rid, index: u8, serial: [u8; 3]) -> bool {
        self.is_revoked && (rid, index, serial) == (RID, 0x92, [0x12, 0x34, 0x56])
    }

    async fn is_exception(&mut self, number: &CardNumber) -> bool {
        self.is_exception && number.digits() == "6212345678901232"
    }
}

/// Counts, so that nothing is drawn below 50 of 99 but what a test wants.
pub(crate) struct Counting(pub(crate) u8);

impl Entropy for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}
