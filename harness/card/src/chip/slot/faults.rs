//! The faults of a card that is in: how often each may still happen.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::SlotSettings;
use crate::chip::{BlockHarm, Edge, Harm, Place, PpsFault, Resets, SlotFault, Storm};

/// Where a session is: commands, characters and blocks so far.
#[derive(Clone, Copy, Default)]
pub(in crate::chip) struct Tally {
    pub(super) apdu: u32,
    /// Characters of the card in this command.
    pub(super) card: u32,
    /// Characters of the terminal in this command.
    pub(super) terminal: u32,
    /// Blocks of the card since its reset.
    pub(super) blocks: u32,
}

pub(in crate::chip) struct Faults {
    fault: SlotFault,
    parity: u32,
    error_signals: u32,
    edc: u32,
    pulled: bool,
    noise: ChaCha8Rng,
}

impl Faults {
    pub(super) fn new(settings: &SlotSettings) -> Self {
        let fault = settings.fault.clone();
        let times = |harm: Option<Harm>| harm.map_or(0, |harm| harm.times);
        Self {
            parity: times(fault.parity),
            error_signals: times(fault.error_signal),
            edc: fault.edc.map_or(0, |harm| harm.times),
            pulled: false,
            noise: ChaCha8Rng::seed_from_u64(settings.seed),
            fault,
        }
    }

    /// The answer to reset, as it is after the faults; nothing where there is none. And when it comes.
    pub(super) fn answer_to_reset(&self, mut atr: Vec<u8>, cold: bool) -> (Option<Vec<u8>>, Option<Edge>) {
        if self.fault.at_reset == Resets::Cold && !cold {
            return (Some(atr), None);
        }
        if let Some(other) = &self.fault.wrong_atr {
            atr.clone_from(&other.0);
        }
        if self.fault.bad_ts
            && let Some(ts) = atr.first_mut()
        {
            *ts ^= 0x40;
        }
        if self.fault.bad_tck
            && let Some(tck) = atr.last_mut()
        {
            *tck ^= 0x01;
        }
        ((!self.fault.mute).then_some(atr), self.fault.late_atr)
    }

    pub(super) const fn pps(&self) -> Option<PpsFault> {
        self.fault.pps
    }

    /// Whether the card's next character comes with a parity error.
    pub(super) fn harms(&mut self, tally: Tally) -> bool {
        let due = |harm: Harm| (tally.apdu, tally.card + 1) >= (harm.apdu, harm.character);
        take(&mut self.parity, self.fault.parity.is_some_and(due))
    }

    /// Whether the card signals an error at the terminal's last character.
    pub(super) fn refuses(&mut self, tally: Tally) -> bool {
        let due = |harm: Harm| (tally.apdu, tally.terminal) >= (harm.apdu, harm.character);
        take(&mut self.error_signals, self.fault.error_signal.is_some_and(due))
    }

    /// Whether the card's next block has a wrong EDC.
    pub(super) fn harms_block(&mut self, tally: Tally) -> bool {
        let due = |harm: BlockHarm| tally.blocks + 1 >= harm.block;
        take(&mut self.edc, self.fault.edc.is_some_and(due))
    }

    pub(super) fn silences(&self, tally: Tally) -> bool {
        let due = |place: Place| (tally.apdu, tally.card) >= (place.apdu, place.character);
        self.fault.silence.is_some_and(due)
    }

    pub(super) fn pulls(&mut self, tally: Tally) -> bool {
        let characters = tally.card.saturating_add(tally.terminal);
        let due = |place: Place| (tally.apdu, characters) >= (place.apdu, place.character);
        let pulls = !self.pulled && self.fault.pull.is_some_and(due);
        self.pulled |= pulls;
        pulls
    }

    pub(super) fn late(&self, tally: Tally) -> Option<Edge> {
        self.fault.late.filter(|late| late.apdu == tally.apdu).map(|late| late.edge)
    }

    pub(super) fn storm(&self, tally: Tally) -> Option<Storm> {
        self.fault.storm.filter(|storm| storm.apdu == tally.apdu)
    }

    pub(super) fn procedure(&self, tally: Tally) -> Option<u8> {
        self.fault.procedure.filter(|wrong| wrong.apdu == tally.apdu).map(|wrong| wrong.byte)
    }

    pub(super) fn is_endless(&self, tally: Tally) -> bool {
        self.fault.endless == Some(tally.apdu)
    }

    pub(super) fn aborts(&self, tally: Tally) -> bool {
        self.fault.abort == Some(tally.apdu)
    }

    pub(super) fn resynchronises(&self, tally: Tally) -> bool {
        self.fault.resynch == Some(tally.apdu)
    }

    /// The noise before the answer to this command.
    pub(super) fn noise(&mut self, tally: Tally) -> Vec<u8> {
        let count =
            self.fault.noise.filter(|noise| noise.apdu == tally.apdu).map_or(0, |noise| noise.characters);
        (0..count).map(|_| self.noise.next_u32().to_le_bytes()[0]).collect()
    }
}

/// Uses one up of those that are left, where it is due.
const fn take(left: &mut u32, due: bool) -> bool {
    let takes = due && *left > 0;
    if takes {
        *left -= 1;
    }
    takes
}
