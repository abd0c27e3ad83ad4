//! Noise on a telephone line: bytes of a frame that arrive with a wrong bit.

use rand_chacha::{ChaCha8Rng, rand_core::Rng};
use serde::{Deserialize, Deserializer, de};

const STX: u8 = 0x02;
/// Bytes of a frame before its message: STX and length.
const FRONT: usize = 3;
/// Behind it: ETX and LRC.
const BACK: usize = 2;

/// Of so many bytes of a frame one arrives with a wrong bit; 0: none.
///
/// STX, length and whatever is outside a frame are spared: without them nothing is heard at all, which is silence and not noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Noise(u16);

impl<'de> Deserialize<'de> for Noise {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match u16::deserialize(input)? {
            every @ (0 | 8..=9999) => Ok(Self(every)),
            every => Err(de::Error::custom(format!(
                "expected of how many bytes one is harmed, 8 to 9999, or 0 for no noise, found {every}"
            ))),
        }
    }
}

/// What passes one way, byte by byte.
#[derive(Debug, Default)]
pub(crate) struct Harm {
    /// Bytes of the frame so far; 0 outside one.
    at: usize,
    length: usize,
    next: usize,
    bit: u32,
}

impl Harm {
    /// The byte as it arrives. One bit after the other is hit, so that the LRC of a frame with fewer than 16 hits is wrong.
    pub(crate) fn pass(&mut self, byte: u8, noise: Noise, rng: &mut ChaCha8Rng) -> u8 {
        if noise.0 == 0 || (self.at == 0 && byte != STX) {
            return byte;
        }
        let at = self.at;
        self.at += 1;
        match at {
            0 => {
                self.length = 0;
                return byte;
            }
            1..FRONT => {
                self.length = self.length * 100 + usize::from(byte >> 4) * 10 + usize::from(byte & 0x0F);
                self.next = FRONT + (rng.next_u32() % u32::from(noise.0)) as usize;
                self.bit = rng.next_u32() % 8;
                return byte;
            }
            _ if at + 1 >= FRONT + self.length + BACK => self.at = 0,
            _ => {}
        }
        if at != self.next {
            return byte;
        }
        self.next += usize::from(noise.0);
        self.bit = (self.bit + 1) % 8;
        byte ^ 1 << self.bit
    }

    /// The frame that has begun goes no further.
    pub(crate) fn end_frame(&mut self) {
        self.at = 0;
    }
}
