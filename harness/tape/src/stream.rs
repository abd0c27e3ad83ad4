//! One direction of one line: chunks go in, pieces come out when it is sure that they hold no secret.

use std::collections::VecDeque;

use crate::pattern::PatternSet;
use crate::piece::Piece;
use crate::scan::Scanner;

/// When a chunk was recorded.
#[derive(Clone, Copy)]
pub(crate) struct Stamp {
    /// Number of the record on the tape.
    pub(crate) n: u64,
    /// Nanoseconds since the tape's start.
    pub(crate) t: u64,
}

struct Chunk {
    stamp: Stamp,
    /// Nibbles that have not come out yet.
    left: usize,
}

/// A chunk, or a part of one, that has come out.
pub(crate) struct Part {
    pub(crate) stamp: Stamp,
    pub(crate) data: Vec<Piece>,
    /// The rest of the chunk is held back and follows.
    pub(crate) more: bool,
}

#[derive(Default)]
pub(crate) struct Stream {
    scanner: Scanner,
    chunks: VecDeque<Chunk>,
}

impl Stream {
    pub(crate) fn push(&mut self, stamp: Stamp, bytes: &[u8]) {
        self.scanner.push(bytes);
        self.chunks.push_back(Chunk { stamp, left: bytes.len() * 2 });
    }

    /// What can be told now; with `end`, everything.
    pub(crate) fn drain(&mut self, set: &PatternSet, end: bool) -> Vec<Part> {
        self.scanner.advance(set, end);
        let mut parts = Vec::new();
        while let Some(chunk) = self.chunks.front_mut() {
            let count = chunk.left.min(self.scanner.decided());
            if count == 0 {
                break;
            }
            chunk.left -= count;
            let (stamp, more) = (chunk.stamp, chunk.left > 0);
            parts.push(Part { stamp, data: self.scanner.take(count), more });
            if more {
                break;
            }
            self.chunks.pop_front();
        }
        parts
    }
}
