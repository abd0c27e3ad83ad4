//! What the tape knows of one line while it records.

use crate::frames::Frames;
use crate::growing::GrowingPatterns;
use crate::lens::{Direction, Lens};
use crate::piece::Piece;
use crate::secrets::Secrets;
use crate::slot::SlotLine;
use crate::stream::{Part, Stamp, Stream};

pub(crate) struct LineState {
    lens: Lens,
    /// Made when something is recorded, for the lens of then.
    patterns: Option<GrowingPatterns>,
    to_terminal: Way,
    from_terminal: Way,
    /// In place of both, on the line of a slot.
    slot: Option<Box<SlotLine>>,
}

/// One direction.
#[derive(Default)]
struct Way {
    stream: Stream,
    frames: Frames,
}

impl LineState {
    pub(crate) fn new(lens: Lens) -> Self {
        let slot = (lens == Lens::Slot).then(Box::default);
        Self { lens, patterns: None, to_terminal: Way::default(), from_terminal: Way::default(), slot }
    }

    /// How many bytes of a chunk are recorded with it. On a slot's line a symbol that is cut waits for its end, and symbols are counted, as
    /// their number alone does not tell what a secret's characters are.
    pub(crate) fn gather(&mut self, direction: Direction, bytes: &[u8]) -> usize {
        match &mut self.slot {
            Some(slot) if self.lens == Lens::Slot => slot.gather(direction, bytes),
            _ => bytes.len(),
        }
    }

    /// How many bytes wait for others that do not come.
    pub(crate) fn gather_rest(&mut self, direction: Direction) -> usize {
        self.slot.as_mut().map_or(0, |slot| slot.gather_rest(direction))
    }

    pub(crate) fn lens(&self) -> Lens {
        self.lens
    }

    pub(crate) fn set_lens(&mut self, lens: Lens) {
        self.lens = lens;
        self.patterns = None;
    }

    pub(crate) fn record(
        &mut self,
        secrets: &Secrets,
        name: &str,
        direction: Direction,
        stamp: Stamp,
        bytes: &[u8],
    ) -> Vec<(Direction, Vec<Part>)> {
        if self.lens == Lens::Withheld {
            let data = vec![Piece::Withheld(bytes.len() as u64)];
            return vec![(direction, vec![Part { stamp, data, more: false }])];
        }
        if let Some(slot) = &mut self.slot {
            let patterns = self.patterns.get_or_insert_with(|| GrowingPatterns::on_slot(name));
            return slot.record(patterns.of(secrets), (secrets, name), direction, stamp);
        }
        let way = self.way(direction);
        way.stream.push(stamp, bytes);
        let whole = way.frames.push(bytes) && self.lens == Lens::Frames;
        vec![(direction, self.drain(secrets, name, direction, whole))]
    }

    /// What is still held back. A beginning of a secret that is long enough to matter becomes a token.
    pub(crate) fn release(&mut self, secrets: &Secrets, name: &str, direction: Direction) -> Vec<Part> {
        self.drain(secrets, name, direction, true)
    }

    fn drain(&mut self, secrets: &Secrets, name: &str, direction: Direction, end: bool) -> Vec<Part> {
        let (lens, is_slot) = (self.lens, self.slot.is_some());
        let patterns = self.patterns.get_or_insert_with(|| match lens {
            _ if is_slot => GrowingPatterns::on_slot(name),
            // A line whose lens was withdrawn may still hold back bytes of its former lens.
            Lens::Withheld => GrowingPatterns::through(Lens::Binary, Some(name)),
            lens => GrowingPatterns::through(lens, Some(name)),
        });
        let set = patterns.of(secrets);
        match (&mut self.slot, direction) {
            (Some(slot), _) => slot.release(set, (secrets, name), direction),
            (None, Direction::ToTerminal) => self.to_terminal.stream.drain(set, end),
            (None, Direction::FromTerminal) => self.from_terminal.stream.drain(set, end),
        }
    }

    /// Another stream goes over the line from now on: it begins with a frame.
    pub(crate) fn begin_stream(&mut self) {
        for way in [&mut self.to_terminal, &mut self.from_terminal] {
            way.frames = Frames::default();
        }
        if let Some(slot) = &mut self.slot {
            slot.begin_stream();
        }
    }

    fn way(&mut self, direction: Direction) -> &mut Way {
        match direction {
            Direction::ToTerminal => &mut self.to_terminal,
            Direction::FromTerminal => &mut self.from_terminal,
        }
    }
}
