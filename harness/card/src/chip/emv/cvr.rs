//! Card verification results, and the issuer application data that carry them, 9F10 (PBOC 3.0 part 5, annex; VSDC).

use super::{
    AcKind, ApplicationProfile, CryptogramVersion,
    memory::{ApplicationMemory, Memory},
    session::{Outcome, Transaction},
};

/// What a GENERATE AC tells the issuer about the card.
pub(super) struct Results<'a> {
    pub card: &'a Memory,
    pub memory: &'a ApplicationMemory,
    pub transaction: &'a Transaction,
    /// What the first GENERATE AC brings, or brought.
    pub first: AcKind,
    /// What the second one brings.
    pub second: Option<AcKind>,
    /// Whether the terminal could not go online.
    pub offline: bool,
}

impl Results<'_> {
    /// Four bytes, the first of which is the number of those that follow.
    pub(super) fn bytes(&self) -> [u8; 4] {
        [3, self.this_transaction(), self.card_state(), self.scripts()]
    }

    fn this_transaction(&self) -> u8 {
        let second = match self.second {
            Some(AcKind::Tc) => 0x40,
            Some(_) => 0x00,
            None => 0x80,
        };
        let first = match self.first {
            AcKind::Aac => 0x00,
            AcKind::Tc => 0x10,
            AcKind::Arqc => 0x20,
        };
        let Transaction { pin, issuer, .. } = self.transaction;
        let online = self.second.is_some() && !self.offline;
        second
            | first
            | bit(4, *issuer == Outcome::Failed && online)
            | bit(3, *pin != Outcome::NotDone)
            | bit(2, *pin == Outcome::Failed)
            | bit(1, self.offline)
    }

    fn card_state(&self) -> u8 {
        let unanswered =
            self.second.is_some() && !self.offline && self.transaction.issuer == Outcome::NotDone;
        bit(8, self.memory.online_pending && self.second.is_none())
            | bit(7, self.card.tries_left == 0)
            | bit(5, self.memory.last_online_atc == 0)
            | bit(4, self.memory.issuer_failed)
            | bit(3, unanswered)
    }

    fn scripts(&self) -> u8 {
        (self.memory.scripts_done.min(15) << 4)
            | bit(4, self.memory.script_failed)
            | bit(2, self.transaction.signed)
    }
}

const fn bit(number: u8, set: bool) -> u8 {
    if set { 1 << (number - 1) } else { 0 }
}

/// 9F10: length, key index, version, results; in PBOC the algorithm (3DES) behind them.
pub(super) fn issuer_application_data(application: &ApplicationProfile, results: [u8; 4]) -> Vec<u8> {
    let version = application.cryptogram;
    let mut data = vec![application.key_index, version.cvn().byte()];
    data.extend(results);
    if version == CryptogramVersion::Pboc01 {
        data.push(0x01);
    }
    data.insert(0, u8::try_from(data.len()).unwrap_or(u8::MAX));
    data
}
