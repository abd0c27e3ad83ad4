//! A byte stream cut into frames by the length in front of each.

use std::fmt;

use thiserror::Error;

/// Collects bytes as they come and hands out whole frames, each with its 2-byte length.
///
/// It keeps no more than one frame and the bytes of the last push. A length beyond the largest frame
/// means that the stream is not made of frames (any more): from there on it gives nothing, and
/// [`FrameSplitter::fault`] says why.
#[derive(Clone)]
pub struct FrameSplitter {
    largest: usize,
    buffer: Vec<u8>,
    taken: u64,
    fault: Option<SplitError>,
}

/// The stream is not made of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "byte {offset} of the stream: a frame's length says {declared} bytes, expected {SMALLEST} to {largest}; close the connection"
)]
pub struct SplitError {
    /// Offset of the length in the stream.
    pub offset: u64,
    /// What the length says.
    pub declared: usize,
    /// The most that it may say.
    pub largest: usize,
}

/// TPDU, header, MTI and bitmap.
const SMALLEST: usize = 21;

/// Counts only: the bytes may hold a PAN.
impl fmt::Debug for FrameSplitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes taken, {} pending, fault {:?}", self.taken, self.buffer.len(), self.fault)
    }
}

impl FrameSplitter {
    /// A splitter for frames of at most `largest` bytes after the length: [`Dialect::largest_frame`](crate::Dialect::largest_frame).
    #[must_use]
    pub const fn new(largest: usize) -> Self {
        Self { largest, buffer: Vec::new(), taken: 0, fault: None }
    }

    /// Takes the next bytes of the stream. After a fault they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.fault.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next whole frame, its length in front; nothing while it is not whole, and nothing after a fault.
    pub fn next_frame(&mut self) -> Option<Vec<u8>> {
        if self.fault.is_some() {
            return None;
        }
        let declared = usize::from(u16::from_be_bytes(*self.buffer.first_chunk()?));
        if !(SMALLEST..=self.largest).contains(&declared) {
            self.fault = Some(SplitError { offset: self.taken, declared, largest: self.largest });
            return None;
        }
        if self.buffer.len() < 2 + declared {
            return None;
        }
        let rest = self.buffer.split_off(2 + declared);
        let frame = std::mem::replace(&mut self.buffer, rest);
        self.taken += frame.len() as u64;
        Some(frame)
    }

    /// Why there will be no more frames.
    #[must_use]
    pub const fn fault(&self) -> Option<SplitError> {
        self.fault
    }

    /// The bytes of a frame that is not whole yet; after a fault, those that are no frame.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        &self.buffer
    }
}
