//! Blocks of T=1 (ISO/IEC 7816-3, 11.3).

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};
use zeroize::Zeroize;

use super::escape::Heard;
use super::limits::within;
use super::line::Line;

/// Bytes of a block's prologue: NAD, PCB, LEN.
const PROLOGUE: usize = 3;
/// Bytes of a block at most, with what LEN may say wrongly.
pub(super) const BLOCK: usize = PROLOGUE + 255 + 1;
/// LEN that no block has.
const NO_LENGTH: usize = 255;
/// Characters that are waited out behind a harmed block, at most.
const NOISE: usize = 1024;

/// What a block is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// I-block: N(S), and whether the chain goes on.
    Information { number: bool, more: bool },
    /// R-block: N(R).
    Ready { number: bool },
    /// S-block: a request.
    Request(Matter),
    /// S-block: the response to one.
    Response(Matter),
}

/// What an S-block is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Matter {
    Resynch,
    Ifs,
    Abort,
    Wtx,
}

/// Why there is no block. The discriminant is what an R-block says of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    /// A parity error, or a wrong EDC.
    Transmission,
    /// A block that is impossible, or that does not belong here.
    Other,
    /// Nothing came, or no more.
    Silence,
}

impl Harm {
    /// The error code in an R-block.
    fn code(self) -> u8 {
        match self {
            Self::Transmission => 1,
            Self::Other | Self::Silence => 2,
        }
    }
}

impl Matter {
    fn code(self) -> u8 {
        match self {
            Self::Resynch => 0,
            Self::Ifs => 1,
            Self::Abort => 2,
            Self::Wtx => 3,
        }
    }
}

impl Kind {
    /// The PCB's byte.
    pub(super) fn pcb(self) -> u8 {
        match self {
            Self::Information { number, more } => u8::from(number) << 6 | u8::from(more) << 5,
            Self::Ready { number } => 0x80 | u8::from(number) << 4,
            Self::Request(matter) => 0xC0 | matter.code(),
            Self::Response(matter) => 0xE0 | matter.code(),
        }
    }

    /// An R-block's PCB that says what was wrong.
    pub(super) fn ready_after(number: bool, harm: Option<Harm>) -> u8 {
        Self::Ready { number }.pcb() | harm.map_or(0, Harm::code)
    }

    /// What a PCB means, if it may stand before so many bytes.
    fn of(pcb: u8, length: usize) -> Option<Self> {
        let bit = |place: u8| pcb >> place & 1 == 1;
        if pcb & 0x9F == 0 {
            return Some(Self::Information { number: bit(6), more: bit(5) });
        }
        if pcb & 0xE0 == 0x80 {
            let is_known = pcb & 0x0F <= 2 && length == 0;
            return is_known.then_some(Self::Ready { number: bit(4) });
        }
        let (matter, fitting) = match pcb & 0xDF {
            0xC0 => (Matter::Resynch, 0),
            0xC1 => (Matter::Ifs, 1),
            0xC2 => (Matter::Abort, 0),
            0xC3 => (Matter::Wtx, 1),
            _ => return None,
        };
        let kind = if bit(5) { Self::Response(matter) } else { Self::Request(matter) };
        (length == fitting).then_some(kind)
    }
}

impl<R: Read, W: Write> Line<R, W> {
    /// Takes a block, whose first character has come by `first` and each other one within `cwt`.
    ///
    /// # Errors
    /// There is none that can be read. The line is silent then.
    pub(super) async fn take_block(&mut self, first: Instant, cwt: Duration) -> Result<Kind, Harm> {
        let taken = self.take_one(first, cwt).await;
        if taken == Err(Harm::Transmission) {
            // Where it was to end is not known.
            for _ in 0..NOISE {
                if self.hear(within(cwt)).await.is_none() {
                    break;
                }
            }
        }
        taken
    }

    async fn take_one(&mut self, first: Instant, cwt: Duration) -> Result<Kind, Harm> {
        self.block.zeroize();
        let (mut deadline, mut is_harmed) = (first, false);
        let mut length = PROLOGUE + 1;
        while self.block.len() < length {
            let byte = match self.hear(deadline).await.ok_or(Harm::Silence)? {
                Heard::Character(byte) => byte,
                Heard::Harmed(byte) => {
                    is_harmed = true;
                    byte
                }
                Heard::ErrorSignal => continue,
            };
            // There is room for the longest block.
            let _ = self.block.push(byte);
            if self.block.len() == PROLOGUE {
                length += usize::from(byte);
            }
            deadline = within(cwt);
        }
        if is_harmed || self.block.iter().fold(0, |sum, byte| sum ^ byte) != 0 {
            return Err(Harm::Transmission);
        }
        match *self.block.as_slice() {
            [0, pcb, ..] if length < PROLOGUE + 1 + NO_LENGTH => {
                Kind::of(pcb, length - PROLOGUE - 1).ok_or(Harm::Other)
            }
            _ => Err(Harm::Other),
        }
    }

    /// The INF of the block that was taken last.
    pub(super) fn information(&self) -> &[u8] {
        let inside = PROLOGUE..self.block.len().saturating_sub(1);
        self.block.get(inside).unwrap_or_default()
    }
}

/// A block's bytes.
pub(super) fn block(pcb: u8, information: impl Iterator<Item = u8> + Clone) -> impl Iterator<Item = u8> {
    // No caller has more than 254 bytes.
    let length = information.clone().count() as u8;
    let check = information.clone().fold(pcb ^ length, |sum, byte| sum ^ byte);
    [0, pcb, length].into_iter().chain(information).chain([check])
}
