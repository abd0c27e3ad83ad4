//! What an entry keeps of a chip: the second half of its place.
//!
//! | offset in the half | bytes | |
//! |---|---|---|
//! | 0 | 1 | bit 0: signature asked for, bit 1: approved offline, bit 2: has a sequence number, bit 3: of a balance |
//! | 1 | 1 | sequence number of the card number, 5F34 |
//! | 2 | 1 | script result: none 0, due 1, done with 2 |
//! | 3 | 4 | STAN of the script result |
//! | 7 | 1 | its tries made |
//! | 8 | 2 | AIP, 82 |
//! | 10 | 3 | date, 9A |
//! | 13 | 5 | TVR, 95 |
//! | 18 | 2 | TSI, 9B |
//! | 20 | 8 | the last cryptogram, 9F26 |
//! | 28 | 2 | ATC, 9F36 |
//! | 30 | 17 | AID, 84, with its length before it |
//! | 47 | 17 | the application's name |
//! | 64 | 33 | issuer application data, 9F10 |
//! | 97 | 26 | script results, DF31 |
//! | 123 | 5 | as the first half |

use heapless::{String, Vec};

use crate::emv::cardholder::NAME;
use crate::emv::parameters::AID;

/// Bytes of 9F10, at most.
pub(crate) const ISSUER_DATA: usize = 32;
/// Bytes of DF31, at most: those of five scripts.
pub(crate) const SCRIPT_RESULTS: usize = 25;

const SIGNATURE: u8 = 1;
const OFFLINE: u8 = 2;
const SEQUENCE: u8 = 4;
const BALANCE: u8 = 8;

/// What is to be done about the result of a transaction's scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Script {
    /// There was no script.
    #[default]
    None,
    /// It is to be sent, with a STAN of its own; tries that were made.
    Due { stan: u32, tries: u8 },
    /// It was answered, or its tries are used up.
    Done,
}

/// What a chip brought to its transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChipPart {
    /// 5F34, 0 to 99; nothing where the card has none.
    pub(crate) sequence: Option<u8>,
    /// Whether the cardholder has to sign.
    pub(crate) signature: bool,
    /// Whether the card approved it without the host.
    pub(crate) offline: bool,
    /// Whether it is what is left of a balance.
    pub(crate) of_balance: bool,
    /// 84.
    pub(crate) aid: Vec<u8, AID>,
    /// As the receipt has it: printable ASCII.
    pub(crate) name: String<NAME>,
    /// 82.
    pub(crate) aip: [u8; 2],
    /// 9A: year, month and day, as packed digits.
    pub(crate) date: [u8; 3],
    /// 95, as it is at the end.
    pub(crate) tvr: [u8; 5],
    /// 9B, as it is at the end.
    pub(crate) tsi: [u8; 2],
    /// 9F26, the last; zeros before the first.
    pub(crate) cryptogram: [u8; 8],
    /// 9F36.
    pub(crate) atc: [u8; 2],
    /// 9F10, the last; empty where the card gave none.
    pub(crate) issuer_data: Vec<u8, ISSUER_DATA>,
    /// DF31; empty without a script.
    pub(crate) script_results: Vec<u8, SCRIPT_RESULTS>,
    pub(crate) script: Script,
}

impl ChipPart {
    /// Writes the part into its half, which is zeros.
    pub(super) fn encode(&self, half: &mut [u8]) {
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = flag(self.signature, SIGNATURE)
            | flag(self.offline, OFFLINE)
            | flag(self.sequence.is_some(), SEQUENCE)
            | flag(self.of_balance, BALANCE);
        let (state, stan, tries) = match self.script {
            Script::None => (0, 0, 0),
            Script::Due { stan, tries } => (1, stan, tries),
            Script::Done => (2, 0, 0),
        };
        let mut at = 0;
        let mut put = |part: &[u8], space: usize| {
            if let Some(place) = half.get_mut(at..at + part.len()) {
                place.copy_from_slice(part);
            }
            at += space;
        };
        put(&[flags, self.sequence.unwrap_or(0), state], 3);
        put(&u32::to_be_bytes(stan), 4);
        put(&[tries], 1);
        put(&self.aip, 2);
        put(&self.date, 3);
        put(&self.tvr, 5);
        put(&self.tsi, 2);
        put(&self.cryptogram, 8);
        put(&self.atc, 2);
        for (list, space) in [
            (self.aid.as_slice(), AID),
            (self.name.as_bytes(), NAME),
            (&self.issuer_data, ISSUER_DATA),
            (&self.script_results, SCRIPT_RESULTS),
        ] {
            // None is longer than 32.
            put(&[list.len() as u8], 1);
            put(list, space);
        }
    }

    /// Reads what [`Self::encode`] wrote.
    pub(super) fn decode(mut rest: &[u8]) -> Option<Self> {
        let rest = &mut rest;
        let [flags, sequence, state] = take(rest)?;
        let stan = u32::from_be_bytes(take(rest)?);
        let [tries] = take(rest)?;
        let script = match state {
            0 => Script::None,
            1 => Script::Due { stan, tries },
            2 => Script::Done,
            _ => return None,
        };
        Some(Self {
            sequence: Some(sequence).filter(|_| flags & SEQUENCE != 0),
            signature: flags & SIGNATURE != 0,
            offline: flags & OFFLINE != 0,
            of_balance: flags & BALANCE != 0,
            aip: take(rest)?,
            date: take(rest)?,
            tvr: take(rest)?,
            tsi: take(rest)?,
            cryptogram: take(rest)?,
            atc: take(rest)?,
            aid: list(rest)?,
            name: String::from_utf8(list(rest)?).ok()?,
            issuer_data: list(rest)?,
            script_results: list(rest)?,
            script,
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

/// Takes a list that has room for `N` bytes, whatever it has of them.
fn list<const N: usize>(rest: &mut &[u8]) -> Option<Vec<u8, N>> {
    let [length] = take(rest)?;
    let (space, tail) = rest.split_at_checked(N)?;
    *rest = tail;
    Vec::from_slice(space.get(..usize::from(length))?).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{ChipPart, Script};
    use heapless::Vec;
    use proptest::prelude::*;

    /// A part whose every list is as long as it can be, with a script result of which a try was made.
    pub(crate) fn part() -> ChipPart {
        ChipPart {
            sequence: Some(1),
            signature: true,
            offline: false,
            of_balance: false,
            aid: Vec::from_array(*b"\xA0\x00\x00\x03\x33\x01\x01\x02\x01\x02\x03\x04\x05\x06\x07\x08"),
            name: "PBOC DEBIT 12345".try_into().unwrap(),
            aip: [0x7C, 0x00],
            date: [0x26, 0x07, 0x20],
            tvr: [0x08, 0x00, 0x04, 0x80, 0x00],
            tsi: [0xE8, 0x00],
            cryptogram: *b"\xAA\xBB\xCC\xDD\xEE\xFF\x00\x11",
            atc: [0x00, 0x01],
            issuer_data: Vec::from_array([0x5A; 32]),
            script_results: Vec::from_array([0x20; 20]),
            script: Script::Due { stan: 999_999, tries: 1 },
        }
    }

    proptest! {
        #[test]
        fn every_part_reads_back(
            flags in any::<[bool; 4]>(),
            lengths in (0_usize..=16, 0_usize..=16, 0_usize..=32, 0_usize..=20),
            script in prop_oneof![
                Just(Script::None),
                (0_u32..1_000_000, 0_u8..=3).prop_map(|(stan, tries)| Script::Due { stan, tries }),
                Just(Script::Done),
            ],
            fill in any::<u8>(),
        ) {
            let [signature, offline, has_sequence, of_balance] = flags;
            let mut part = ChipPart {
                sequence: has_sequence.then_some(fill % 100),
                signature,
                offline,
                of_balance,
                tvr: [fill; 5],
                script,
                ..part()
            };
            part.aid.truncate(lengths.0);
            part.name.truncate(lengths.1);
            part.issuer_data.truncate(lengths.2);
            part.script_results.truncate(lengths.3);
            let mut half = [0; 123];
            part.encode(&mut half);
            prop_assert_eq!(ChipPart::decode(&half), Some(part));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..128)) {
            let _ = ChipPart::decode(&bytes);
        }
    }
}
