//! A card's times (ISO/IEC 7816-3, 8.3, 10.2, 11.4), at the clock of INTERFACE.md, section 9.

use std::time::Duration;

use crate::chip::{Atr, Edge};

/// An etu at F 372 and D 1: 372 clocks of 3.72 MHz.
const ETU: Duration = Duration::from_micros(100);
/// What a terminal gives beyond a limit for the line and its board, and as much again.
const BEYOND: Duration = Duration::from_millis(100);
/// So long before a limit is just inside it.
const BEFORE: Duration = Duration::from_millis(5);
/// The first character of an answer to reset: 42,000 clocks, rounded down.
const ATR: Duration = Duration::from_millis(11);

/// The times of a card in a session.
#[derive(Clone, Copy)]
pub(in crate::chip) struct Timing {
    wi: u32,
    bwi: u32,
    cwi: u32,
    d: u32,
}

impl Timing {
    pub(super) fn of(atr: &Atr) -> Self {
        let (wi, bwi, cwi) = (atr.wi().into(), u32::from(atr.bwi()).min(9), atr.cwi().into());
        Self { wi, bwi, cwi, d: 1 }
    }

    /// The times of a card whose answer to reset is none.
    pub(super) const fn unknown() -> Self {
        Self { wi: 10, bwi: 4, cwi: 13, d: 1 }
    }

    /// The rate that a TA1 of F 372 names; nothing for another one.
    pub(in crate::chip) const fn rate(ta1: u8) -> Option<u32> {
        match ta1 {
            0x01 | 0x11 => Some(1),
            0x02 | 0x12 => Some(2),
            0x03 | 0x13 => Some(4),
            _ => None,
        }
    }

    pub(in crate::chip) const fn set_rate(&mut self, d: u32) {
        self.d = d;
    }

    /// So many etu.
    pub(in crate::chip) fn etu(&self, count: u32) -> Duration {
        ETU * count / self.d
    }

    /// WWT: it does not depend on D. A WI of 0 counts as 1.
    pub(in crate::chip) fn work_waiting(&self) -> Duration {
        ETU * 960 * self.wi.max(1)
    }

    /// BWT, without its 11 etu.
    pub(in crate::chip) fn block_waiting(&self) -> Duration {
        ETU * 960 * (1 << self.bwi)
    }

    /// The longest a terminal's block may pause between characters, with what the line takes.
    pub(in crate::chip) fn character_waiting(&self) -> Duration {
        self.etu((1 << self.cwi) + 11) + Duration::from_millis(50)
    }

    /// When an answer at the edge of WWT (T=0) or BWT (T=1) comes. EMV gives a card 480 * D etu more at T=0, 960 * D at T=1.
    pub(in crate::chip) fn edge(&self, block: bool, edge: Edge) -> Duration {
        let limit = if block { self.block_waiting() + ETU * 960 } else { self.work_waiting() + ETU * 480 };
        match edge {
            Edge::Inside => limit - BEFORE,
            Edge::Outside => limit + BEYOND,
        }
    }

    /// When an answer to reset at the edge comes.
    pub(super) fn atr_edge(edge: Edge) -> Duration {
        match edge {
            Edge::Inside => ATR,
            Edge::Outside => ATR + BEYOND,
        }
    }
}
