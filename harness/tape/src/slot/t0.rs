//! Where data stand in T=0: a header, then data behind procedure bytes, one by one or all at once (ISO/IEC 7816-3, 10.3).

use super::verify::may_bring_pin;
use crate::lens::Direction;

/// What a character is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// One of a header, a procedure byte or a status.
    Other,
    /// The first one of a header.
    Command,
    /// One of the data.
    Data,
    /// One of what VERIFY brings.
    Verify {
        /// Whether it is the last one.
        last: bool,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// A header is to come, or the rest of it.
    #[default]
    Header,
    /// A procedure byte is to come; so many data are left.
    Procedure { left: usize },
    /// So many data are to come, of whoever begins; `after` that so many are left.
    Data { from: Option<Direction>, left: usize, after: usize },
    /// SW2 is to come.
    Status,
}

/// The commands of a session.
#[derive(Default)]
pub(crate) struct T0 {
    header: Vec<u8>,
    state: State,
}

/// As many characters as a header has.
const HEADER: usize = 5;
/// GET RESPONSE, which brings the rest of what a command before it has answered.
const GET_RESPONSE: u8 = 0xC0;

impl T0 {
    /// Takes a character's value.
    pub(crate) fn push(&mut self, direction: Direction, value: u8) -> Place {
        match (self.state, direction) {
            (State::Data { from, left, after }, _) if from.is_none_or(|from| from == direction) => {
                self.state = match left {
                    0 | 1 => State::Procedure { left: after },
                    _ => State::Data { from: Some(direction), left: left - 1, after },
                };
                let verify = direction == Direction::FromTerminal && may_bring_pin(&self.header);
                if verify { Place::Verify { last: left + after <= 1 } } else { Place::Data }
            }
            // A terminal that does not wait for the procedure byte brings the same.
            (State::Procedure { left: left @ 1.. }, Direction::FromTerminal)
                if may_bring_pin(&self.header) =>
            {
                self.state = State::Procedure { left: left - 1 };
                Place::Verify { last: left == 1 }
            }
            (_, Direction::FromTerminal) => self.header(value),
            (State::Procedure { left }, _) => self.procedure(value, left),
            (State::Data { left, after, .. }, _) => self.procedure(value, left + after),
            (State::Status, _) => {
                self.state = State::Header;
                Place::Other
            }
            (State::Header, _) => Place::Other,
        }
    }

    /// Whether the command goes on with what the one before it has answered.
    pub(crate) fn goes_on(&self) -> bool {
        self.header.get(1) == Some(&GET_RESPONSE)
    }

    /// Whether the header is whole with the last character taken.
    pub(crate) fn is_commanded(&self) -> bool {
        self.header.len() == HEADER
    }

    fn header(&mut self, value: u8) -> Place {
        if self.state != State::Header || self.header.len() >= HEADER {
            self.header.clear();
            self.state = State::Header;
        }
        self.header.push(value);
        if self.header.len() == HEADER {
            let left = if value == 0 { 256 } else { usize::from(value) };
            self.state = State::Procedure { left };
        }
        if self.header.len() == 1 { Place::Command } else { Place::Other }
    }

    fn procedure(&mut self, value: u8, left: usize) -> Place {
        let instruction = self.header.get(1).copied().unwrap_or_default();
        self.state = match value {
            _ if value == instruction && left > 0 => State::Data { from: None, left, after: 0 },
            _ if value == !instruction && left > 0 => State::Data { from: None, left: 1, after: left - 1 },
            0x61..=0x6F | 0x90..=0x9F => State::Status,
            _ => State::Procedure { left },
        };
        Place::Other
    }
}
