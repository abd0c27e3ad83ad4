//! What a line is expected to carry from the terminal between two boots, with where on the tape each byte is.

use std::time::Duration;

use payrig_rig::LineName;

use super::boot_line::BootLine;

/// Where on the tape something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The record's number.
    pub n: u64,
    /// The record's time.
    pub at: Duration,
}

/// The expected bytes of a line.
pub(super) struct Expected {
    filter: Option<BootLine>,
    /// How many bytes the line had carried since the tape's start.
    begins: u64,
    /// `None` for a byte that was recorded by number only.
    bytes: Vec<Option<u8>>,
    marks: Vec<Mark>,
}

/// From a byte on, the tape's record and the byte's number on the line since the tape's start.
struct Mark {
    from: usize,
    place: Place,
    raw: u64,
}

impl Expected {
    /// An empty one of a line that has carried `begins` bytes since the tape's start.
    pub(super) fn on(line: LineName, begins: u64) -> Self {
        let filter = (line == LineName::Panel).then(BootLine::default);
        Self { filter, begins, bytes: Vec::new(), marks: Vec::new() }
    }

    /// Adds a recorded byte; `raw` counts the line's bytes since the tape's start.
    pub(super) fn push(&mut self, byte: Option<u8>, place: Place, raw: u64) {
        let byte = match (byte, &mut self.filter) {
            (Some(byte), Some(filter)) => match filter.pass(byte) {
                Some(byte) => Some(byte),
                None => return,
            },
            (byte, _) => byte,
        };
        let follows = self.marks.last().is_some_and(|last| {
            last.place == place && last.raw + (self.bytes.len() - last.from) as u64 == raw
        });
        if !follows {
            self.marks.push(Mark { from: self.bytes.len(), place, raw });
        }
        self.bytes.push(byte);
    }

    /// How many bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The first of `found`, from byte `from` on, that is not as expected. Bytes beyond the expected ones are not looked at.
    pub(super) fn first_difference(&self, found: &[u8], from: usize) -> Option<usize> {
        let pairs = self.bytes.iter().zip(found).enumerate().skip(from);
        pairs.filter_map(|(at, (expected, found))| expected.is_some_and(|e| e != *found).then_some(at)).next()
    }

    /// The record that holds byte `at`.
    pub(super) fn place(&self, at: usize) -> Option<Place> {
        self.mark(at).filter(|_| at < self.bytes.len()).map(|mark| mark.place)
    }

    /// The number of byte `at` on the line, counted from 0 at the tape's start.
    pub(super) fn number(&self, at: usize) -> u64 {
        self.mark(at).map_or(self.begins, |mark| mark.raw + (at - mark.from) as u64)
    }

    fn mark(&self, at: usize) -> Option<&Mark> {
        self.marks.get(self.marks.partition_point(|mark| mark.from <= at).checked_sub(1)?)
    }

    /// The bytes; nothing where they were not recorded.
    pub(super) fn recorded(&self) -> Option<Vec<u8>> {
        self.bytes.iter().copied().collect()
    }
}
