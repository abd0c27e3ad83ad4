//! Which characters are a block at T=1.

use super::{SlotDirection, SlotMeaning, lane::Lane, t0::Step};
use crate::chip::transport::Kind;

/// The chains under way.
#[derive(Default)]
pub(super) struct T1 {
    /// The terminal's last I-block announced more.
    is_command_open: bool,
    /// The last byte of the card's chain so far.
    tail: Option<Option<u8>>,
}

impl T1 {
    /// The lane has one more character.
    pub(super) fn take(&mut self, direction: SlotDirection, lane: &Lane) -> Step {
        let Some(length) = lane.characters.get(2) else { return Step::Wait };
        let Some(length) = length.map(usize::from) else { return Step::Stray };
        if lane.characters.len() < length + 4 {
            return Step::Wait;
        }
        let Some(pcb) = lane.characters.get(1).copied().flatten() else { return Step::Stray };
        let inf = lane.characters.get(3..length + 3).unwrap_or_default();
        let sum = lane.known().map(|known| known.iter().fold(0, |sum, byte| sum ^ byte));
        let is_harmed = lane.is_harmed || sum.is_some_and(|sum| sum != 0);
        let kind = Kind::of(pcb);
        let (mut command, mut status) = (None, None);
        if let (Kind::Information { more, .. }, false) = (kind, is_harmed) {
            match direction {
                SlotDirection::FromTerminal => {
                    command = if self.is_command_open { None } else { header(inf) };
                    self.is_command_open = more;
                }
                SlotDirection::ToTerminal => status = self.status(inf, more),
            }
        }
        Step::Found(SlotMeaning::Block { kind: kind.to_string(), length, command, status, is_harmed })
    }

    /// SW1 and SW2, where a chain ends: SW1 may stand in the block before.
    fn status(&mut self, inf: &[Option<u8>], more: bool) -> Option<[u8; 2]> {
        let before = self.tail.take();
        if more {
            self.tail = inf.last().copied().or(before);
            return None;
        }
        match inf {
            [.., sw1, sw2] => Some([(*sw1)?, (*sw2)?]),
            [sw2] => Some([before??, (*sw2)?]),
            [] => None,
        }
    }
}

fn header(inf: &[Option<u8>]) -> Option<[u8; 4]> {
    match inf {
        [cla, ins, p1, p2, ..] => Some([(*cla)?, (*ins)?, (*p1)?, (*p2)?]),
        _ => None,
    }
}
