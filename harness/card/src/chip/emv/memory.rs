//! What a card keeps without power.

use std::{collections::BTreeMap, fmt};

use zeroize::Zeroizing;

use super::{EmvFault, IssuedCard, issued::IssuedApplication, record::Place};

/// The card's memory. The PIN in it is erased when it is dropped.
#[derive(Clone)]
pub(super) struct Memory {
    pub pin: Zeroizing<String>,
    pub tries_left: u8,
    pub blocked: bool,
    /// In the order of the card's applications.
    pub applications: Vec<ApplicationMemory>,
}

/// What an application keeps.
#[derive(Clone, Default)]
pub(super) struct ApplicationMemory {
    pub blocked: bool,
    pub atc: u16,
    pub last_online_atc: u16,
    /// 9F79.
    pub offline_balance: Option<[u8; 6]>,
    /// Records that were written since the card was issued.
    pub rewritten: BTreeMap<Place, Vec<u8>>,
    /// An ARQC was given, and no second GENERATE AC came.
    pub online_pending: bool,
    pub issuer_failed: bool,
    pub script_failed: bool,
    pub scripts_done: u8,
}

impl Memory {
    pub(super) fn of(card: &IssuedCard) -> Self {
        let has = |fault: &EmvFault| card.faults.contains(fault);
        let profile = &card.profile;
        let tries = profile.pin_tries_left.unwrap_or(profile.pin_tries);
        let blocked = has(&EmvFault::BlockedApplications);
        Self {
            pin: Zeroizing::new(profile.account.pin().to_owned()),
            tries_left: if has(&EmvFault::NoPinTries) { 0 } else { tries },
            blocked: has(&EmvFault::BlockedCard),
            applications: card
                .applications
                .iter()
                .map(|issued| ApplicationMemory::of(issued, blocked))
                .collect(),
        }
    }
}

impl ApplicationMemory {
    fn of(issued: &IssuedApplication, blocked: bool) -> Self {
        let profile = &issued.profile;
        Self {
            blocked,
            atc: profile.atc,
            last_online_atc: profile.last_online_atc,
            offline_balance: profile.offline_balance.map(digits),
            ..Self::default()
        }
    }
}

/// An amount as 12 packed digits.
fn digits(amount: u64) -> [u8; 6] {
    let mut packed = [0; 6];
    let _ = hex::decode_to_slice(format!("{:012}", amount % 1_000_000_000_000), &mut packed);
    packed
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory of {} applications, {} PIN tries left", self.applications.len(), self.tries_left)
    }
}
