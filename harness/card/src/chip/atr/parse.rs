//! An answer to reset, read.

use super::AtrError;

/// The most characters behind TS (ISO/IEC 7816-3, 8.2.1).
const MOST: usize = 32;

/// WI where TC2 is absent.
const DEFAULT_WI: u8 = 10;

/// How a card's characters are coded on the line (ISO/IEC 7816-3, 8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// TS is 3B: the least significant bit comes first, high is 1.
    #[default]
    Direct,
    /// TS is 3F: the most significant bit comes first, low is 1.
    Inverse,
}

impl Convention {
    /// What a receiver in direct convention makes of a character, and the other way round.
    #[must_use]
    pub const fn turn(self, character: u8) -> u8 {
        match self {
            Self::Direct => character,
            Self::Inverse => !character.reverse_bits(),
        }
    }
}

/// The interface characters of one group; the protocol that the TD before it names, where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) protocol: Option<u8>,
    pub(super) ta: Option<u8>,
    pub(super) tb: Option<u8>,
    pub(super) tc: Option<u8>,
    pub(super) td: Option<u8>,
}

/// An answer to reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atr {
    pub(super) convention: Convention,
    pub(super) groups: Vec<Group>,
    pub(super) historical: Vec<u8>,
    pub(super) tck: Option<u8>,
}

/// Takes characters one by one.
struct Reading<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reading<'_> {
    fn next(&mut self, expected: &'static str) -> Result<u8, AtrError> {
        if self.at > MOST {
            return Err(AtrError::TooLong);
        }
        let byte = self.bytes.get(self.at).copied().ok_or(AtrError::Cut { found: self.at, expected })?;
        self.at += 1;
        Ok(byte)
    }

    fn next_if(&mut self, there: bool, expected: &'static str) -> Result<Option<u8>, AtrError> {
        if there { self.next(expected).map(Some) } else { Ok(None) }
    }
}

impl Atr {
    /// Reads an answer to reset of the characters TS to TCK, in the card's own convention (TS is 3B or 3F), nothing behind it.
    ///
    /// # Errors
    /// What is wrong with it: [`AtrError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AtrError> {
        let (atr, length) = Self::parse_front(bytes)?;
        match bytes.len() - length {
            0 => Ok(atr),
            behind => Err(AtrError::Behind(behind)),
        }
    }

    /// Reads the answer to reset that `bytes` begin with, and its length in characters.
    ///
    /// # Errors
    /// What is wrong with it; [`AtrError::Cut`] where more characters are needed.
    pub fn parse_front(bytes: &[u8]) -> Result<(Self, usize), AtrError> {
        let mut reading = Reading { bytes, at: 0 };
        let convention = match reading.next("TS")? {
            0x3B => Convention::Direct,
            0x3F => Convention::Inverse,
            ts => return Err(AtrError::Ts(ts)),
        };
        let t0 = reading.next("T0")?;
        let groups = groups(&mut reading, t0)?;
        let mut historical = Vec::new();
        for _ in 0..t0 & 0x0F {
            historical.push(reading.next("a historical character")?);
        }
        let checked = groups.iter().filter_map(|group| group.td).any(|td| td & 0x0F != 0);
        let tck = reading.next_if(checked, "TCK")?;
        let sum = bytes.get(1..reading.at).unwrap_or_default().iter().fold(0, |sum, byte| sum ^ byte);
        match tck {
            Some(found) if sum != 0 => Err(AtrError::Tck { found, expected: found ^ sum }),
            _ => Ok((Self { convention, groups, historical, tck }, reading.at)),
        }
    }

    /// The convention that TS names.
    #[must_use]
    pub const fn convention(&self) -> Convention {
        self.convention
    }

    /// The protocols on offer, the first one first: T=0 where none is named. T=15 is none.
    #[must_use]
    pub fn protocols(&self) -> Vec<u8> {
        let mut named: Vec<u8> = Vec::new();
        for protocol in self.groups.iter().filter_map(|group| group.td).map(|td| td & 0x0F) {
            if protocol != 15 && !named.contains(&protocol) {
                named.push(protocol);
            }
        }
        if named.is_empty() { vec![0] } else { named }
    }

    /// The protocol in force without PPS: the one that TA2 names, else the first on offer.
    #[must_use]
    pub fn protocol(&self) -> u8 {
        self.ta(1).map(|ta2| ta2 & 0x0F).or_else(|| self.protocols().first().copied()).unwrap_or_default()
    }

    /// TA1: Fi and Di, where it is there.
    #[must_use]
    pub fn ta1(&self) -> Option<u8> {
        self.ta(0)
    }

    /// TA2: the card is in specific mode, where it is there.
    #[must_use]
    pub fn ta2(&self) -> Option<u8> {
        self.ta(1)
    }

    /// WI, of TC2; 10 without it.
    #[must_use]
    pub fn wi(&self) -> u8 {
        self.groups.get(1).and_then(|group| group.tc).unwrap_or(DEFAULT_WI)
    }

    /// IFSC, of the first TA for T=1; 32 without it.
    #[must_use]
    pub fn ifsc(&self) -> u8 {
        self.block_group().and_then(|group| group.ta).unwrap_or(32)
    }

    /// BWI, of the first TB for T=1; 4 without it.
    #[must_use]
    pub fn bwi(&self) -> u8 {
        self.block_group().and_then(|group| group.tb).unwrap_or(0x4D) >> 4
    }

    /// CWI, of the first TB for T=1; 13 without it.
    #[must_use]
    pub fn cwi(&self) -> u8 {
        self.block_group().and_then(|group| group.tb).unwrap_or(0x4D) & 0x0F
    }

    /// Whether the first TC for T=1 asks for a CRC in place of the LRC.
    #[must_use]
    pub fn has_crc(&self) -> bool {
        self.block_group().and_then(|group| group.tc).is_some_and(|tc| tc & 1 == 1)
    }

    /// The historical characters.
    #[must_use]
    pub fn historical(&self) -> &[u8] {
        &self.historical
    }

    fn ta(&self, group: usize) -> Option<u8> {
        self.groups.get(group).and_then(|group| group.ta)
    }

    /// The first group, from the third on, behind a TD that names T=1.
    fn block_group(&self) -> Option<&Group> {
        self.groups.iter().skip(2).find(|group| group.protocol == Some(1))
    }
}

/// The interface characters, as T0 and each TD announce them.
fn groups(reading: &mut Reading<'_>, t0: u8) -> Result<Vec<Group>, AtrError> {
    let mut groups = Vec::new();
    let (mut announced, mut protocol) = (t0, None);
    loop {
        let ta = reading.next_if(announced & 0x10 != 0, "an interface character TA")?;
        let tb = reading.next_if(announced & 0x20 != 0, "an interface character TB")?;
        let tc = reading.next_if(announced & 0x40 != 0, "an interface character TC")?;
        let td = reading.next_if(announced & 0x80 != 0, "an interface character TD")?;
        groups.push(Group { protocol, ta, tb, tc, td });
        let Some(td) = td else { return Ok(groups) };
        (announced, protocol) = (td, Some(td & 0x0F));
    }
}
