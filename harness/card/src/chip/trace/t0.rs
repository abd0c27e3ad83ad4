//! Which character is what at T=0.

use super::{SlotMeaning, lane::Lane};

/// What a character completes.
pub(super) enum Step {
    /// Nothing yet.
    Wait,
    Found(SlotMeaning),
    /// It belongs to nothing.
    Stray,
}

/// Where an exchange is.
#[derive(Clone, Copy, Default)]
pub(super) enum T0 {
    /// A header is awaited, or under way.
    #[default]
    Header,
    /// The card is to send a procedure byte; so many bytes of data are left.
    Reply { ins: u8, left: usize },
    /// So many bytes of data go either way.
    Transfer { ins: u8, left: usize, count: usize },
    /// SW2 is awaited.
    Status,
}

impl T0 {
    /// What the other side had begun will not be ended.
    pub(super) const fn break_off(&mut self, by_terminal: bool) {
        *self = match *self {
            Self::Transfer { ins, left, .. } if !by_terminal => Self::Reply { ins, left },
            _ => Self::Header,
        };
    }

    /// The terminal's lane has one more character, which came again where `repeated`.
    pub(super) fn terminal(&mut self, lane: &Lane, repeated: bool) -> Step {
        match *self {
            Self::Reply { .. } | Self::Status if repeated => Step::Stray,
            Self::Reply { .. } | Self::Status => {
                *self = Self::Header;
                Step::Wait
            }
            Self::Transfer { ins, left, count } => self.transfer(lane, ins, left, count),
            Self::Header if lane.characters.len() < 5 => Step::Wait,
            Self::Header => match lane.known().as_deref() {
                Some([cla, ins, p1, p2, p3]) => {
                    let left = if *p3 == 0 { 256 } else { usize::from(*p3) };
                    *self = Self::Reply { ins: *ins, left };
                    Step::Found(SlotMeaning::Command([*cla, *ins, *p1, *p2, *p3]))
                }
                _ => Step::Stray,
            },
        }
    }

    /// The card's lane has one more character.
    pub(super) fn card(&mut self, lane: &Lane) -> Step {
        match *self {
            Self::Header => Step::Stray,
            Self::Transfer { ins, left, count } => self.transfer(lane, ins, left, count),
            Self::Status if lane.characters.len() < 2 => Step::Wait,
            Self::Status => {
                *self = Self::Header;
                match lane.known().as_deref() {
                    Some([sw1, sw2]) => Step::Found(SlotMeaning::Status([*sw1, *sw2])),
                    _ => Step::Stray,
                }
            }
            Self::Reply { ins, left } => match lane.characters.first().copied().flatten() {
                Some(0x60) => Step::Found(SlotMeaning::Procedure(0x60)),
                Some(byte) if byte == ins && left > 0 => {
                    *self = Self::Transfer { ins, left, count: left };
                    Step::Found(SlotMeaning::Procedure(byte))
                }
                Some(byte) if byte == !ins && left > 0 => {
                    *self = Self::Transfer { ins, left, count: 1 };
                    Step::Found(SlotMeaning::Procedure(byte))
                }
                Some(0x61..=0x6F | 0x90..=0x9F) => {
                    *self = Self::Status;
                    Step::Wait
                }
                _ => Step::Stray,
            },
        }
    }

    fn transfer(&mut self, lane: &Lane, ins: u8, left: usize, count: usize) -> Step {
        if lane.characters.len() < count {
            return Step::Wait;
        }
        *self = Self::Reply { ins, left: left.saturating_sub(count) };
        Step::Found(SlotMeaning::Data(count))
    }
}
