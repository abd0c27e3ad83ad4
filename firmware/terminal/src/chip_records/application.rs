//! An application that the terminal supports, and the risk parameters that the acquirer sets for it.

use heapless::Vec;

use super::item::{CONTENT, take, take_list};
pub(crate) use crate::emv::parameters::{AID, DOL};

/// An application record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Application {
    /// 5 to 16 bytes.
    pub(crate) aid: Vec<u8, AID>,
    /// Whether a card's longer AID that begins so is this application too.
    pub(crate) partial: bool,
    /// 9F09.
    pub(crate) version: [u8; 2],
    pub(crate) tac_denial: [u8; 5],
    pub(crate) tac_online: [u8; 5],
    pub(crate) tac_default: [u8; 5],
    /// Floor limit, in hundredths.
    pub(crate) floor: u64,
    /// Threshold of the biased random selection, in hundredths; not above the floor limit.
    pub(crate) threshold: u64,
    /// Target percentage of the random selection, 0 to 99.
    pub(crate) target: u8,
    /// Maximum target percentage, not below the target.
    pub(crate) max_target: u8,
    /// Default DDOL; empty where there is none.
    pub(crate) ddol: Vec<u8, DOL>,
    /// Default TDOL; empty where there is none.
    pub(crate) tdol: Vec<u8, DOL>,
}

impl Application {
    /// What is kept besides the AID.
    pub(super) fn content(&self) -> Vec<u8, CONTENT> {
        let mut content = Vec::new();
        let floor = self.floor.to_be_bytes();
        let threshold = self.threshold.to_be_bytes();
        let shares = [self.target, self.max_target];
        // Both lists are shorter than 256, and all of it fits.
        let lengths = [[self.ddol.len() as u8], [self.tdol.len() as u8]];
        let [ddol_length, tdol_length] = &lengths;
        let parts: [&[u8]; 12] = [
            &[u8::from(self.partial)],
            &self.version,
            &self.tac_denial,
            &self.tac_online,
            &self.tac_default,
            &floor,
            &threshold,
            &shares,
            ddol_length,
            &self.ddol,
            tdol_length,
            &self.tdol,
        ];
        for part in parts {
            let _ = content.extend_from_slice(part);
        }
        content
    }

    /// Reads what [`Self::content`] made.
    pub(super) fn read(aid: &[u8], mut content: &[u8]) -> Option<Self> {
        let rest = &mut content;
        let [partial] = take(rest)?;
        let version = take(rest)?;
        let (tac_denial, tac_online, tac_default) = (take(rest)?, take(rest)?, take(rest)?);
        let (floor, threshold) = (u64::from_be_bytes(take(rest)?), u64::from_be_bytes(take(rest)?));
        let [target, max_target] = take(rest)?;
        let (ddol, tdol) = (take_list(rest)?, take_list(rest)?);
        let aid = Vec::from_slice(aid).ok()?;
        let partial = partial != 0;
        Some(Self {
            aid,
            partial,
            version,
            tac_denial,
            tac_online,
            tac_default,
            floor,
            threshold,
            target,
            max_target,
            ddol,
            tdol,
        })
    }
}
