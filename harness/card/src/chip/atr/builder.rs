//! An answer to reset, made.

use super::{Atr, AtrError, Convention};

/// What an answer to reset is to say. T0, the TDs and TCK follow from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtrBuilder {
    /// Its convention.
    pub convention: Convention,
    /// The protocols on offer, the first one first, 0 and 1; T=0 where none is named.
    pub protocols: Vec<u8>,
    /// TA1: Fi and Di.
    pub ta1: Option<u8>,
    /// TC1: extra guard time.
    pub tc1: Option<u8>,
    /// TA2: specific mode.
    pub ta2: Option<u8>,
    /// TC2: WI of T=0.
    pub wi: Option<u8>,
    /// TA3: IFSC of T=1.
    pub ifsc: Option<u8>,
    /// TB3: BWI and CWI of T=1.
    pub waiting: Option<u8>,
    /// TC3: EDC of T=1, 1 for a CRC.
    pub edc: Option<u8>,
    /// The historical characters, 15 at most.
    pub historical: Vec<u8>,
}

impl AtrBuilder {
    /// Its characters, TS to TCK.
    ///
    /// # Errors
    /// [`AtrError::TooLong`] with more than 15 historical characters.
    pub fn build(&self) -> Result<Vec<u8>, AtrError> {
        let history = u8::try_from(self.historical.len()).ok().filter(|length| *length <= 15);
        let history = history.ok_or(AtrError::TooLong)?;
        let first = self.protocols.first().copied().unwrap_or_default();
        let block = self.protocols.contains(&1);
        let third = block && (self.ifsc.is_some() || self.waiting.is_some() || self.edc.is_some());
        let second = third || self.protocols.len() > 1 || self.ta2.is_some() || self.wi.is_some();

        let mut atr = vec![if self.convention == Convention::Direct { 0x3B } else { 0x3F }];
        let td1 = (second || first != 0).then_some(first);
        let mut behind = group(&mut atr, history, self.ta1, None, self.tc1, td1);
        if second {
            let last = if block { 1 } else { self.protocols.last().copied().unwrap_or(first) };
            let td2 = (third || self.protocols.len() > 1).then_some(last);
            behind = behind.and_then(|at| raise(&mut atr, at, self.ta2, None, self.wi, td2));
        }
        if third && let Some(at) = behind {
            raise(&mut atr, at, self.ifsc, self.waiting, self.edc, None);
        }
        atr.extend(&self.historical);
        if td1.is_some_and(|td| td != 0) || self.protocols.iter().any(|protocol| *protocol != 0) {
            let tck = atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte);
            atr.push(tck);
        }
        Atr::parse(&atr).map(|_| atr)
    }
}

/// Writes T0 and the first group; the place of its TD.
fn group(
    atr: &mut Vec<u8>,
    history: u8,
    ta: Option<u8>,
    tb: Option<u8>,
    tc: Option<u8>,
    td: Option<u8>,
) -> Option<usize> {
    atr.push(history);
    raise(atr, atr.len() - 1, ta, tb, tc, td)
}

/// Announces a group in the character at `at` and writes it; the place of its TD.
fn raise(
    atr: &mut Vec<u8>,
    at: usize,
    ta: Option<u8>,
    tb: Option<u8>,
    tc: Option<u8>,
    td: Option<u8>,
) -> Option<usize> {
    let mut announced = 0;
    for (bit, character) in [(0x10, ta), (0x20, tb), (0x40, tc), (0x80, td)] {
        if let Some(character) = character {
            announced |= bit;
            atr.push(character);
        }
    }
    if let Some(announcer) = atr.get_mut(at) {
        *announcer |= announced;
    }
    td.map(|_| atr.len() - 1)
}
