//! What the tape knows of one line while it records.

use crate::frames::Frames;
use crate::lens::{Direction, Lens};
use crate::pattern::PatternSet;
use crate::piece::Piece;
use crate::secrets::Secrets;
use crate::stream::{Part, Stamp, Stream};

pub(crate) struct LineState {
    lens: Lens,
    /// The patterns and how many secrets they were made from: secrets are added, never taken away.
    patterns: Option<(usize, PatternSet)>,
    to_terminal: Way,
    from_terminal: Way,
}

/// One direction.
#[derive(Default)]
struct Way {
    stream: Stream,
    frames: Frames,
}

impl LineState {
    pub(crate) fn new(lens: Lens) -> Self {
        Self { lens, patterns: None, to_terminal: Way::default(), from_terminal: Way::default() }
    }

    pub(crate) fn lens(&self) -> Lens {
        self.lens
    }

    pub(crate) fn set_lens(&mut self, lens: Lens) {
        self.lens = lens;
    }

    pub(crate) fn record(
        &mut self,
        secrets: &Secrets,
        name: &str,
        direction: Direction,
        stamp: Stamp,
        bytes: &[u8],
    ) -> Vec<Part> {
        if self.lens == Lens::Withheld {
            return vec![Part { stamp, data: vec![Piece::Withheld(bytes.len() as u64)], more: false }];
        }
        let way = self.way(direction);
        way.stream.push(stamp, bytes);
        let whole = way.frames.push(bytes) && self.lens == Lens::Frames;
        self.drain(secrets, name, direction, whole)
    }

    /// What is still held back. A beginning of a secret that is long enough to matter becomes a token.
    pub(crate) fn release(&mut self, secrets: &Secrets, name: &str, direction: Direction) -> Vec<Part> {
        self.drain(secrets, name, direction, true)
    }

    fn drain(&mut self, secrets: &Secrets, name: &str, direction: Direction, end: bool) -> Vec<Part> {
        let patterns = match self.patterns.take() {
            Some((count, set)) if count == secrets.len() => (count, set),
            _ => {
                let list = secrets.snapshot();
                // A line whose lens was withdrawn may still hold back bytes of its former lens.
                let lens = if self.lens == Lens::Withheld { Lens::Binary } else { self.lens };
                (list.len(), PatternSet::new(&list, lens, Some(name)))
            }
        };
        let parts = self.way(direction).stream.drain(&patterns.1, end);
        self.patterns = Some(patterns);
        parts
    }

    /// Another stream goes over the line from now on: it begins with a frame.
    pub(crate) fn begin_stream(&mut self) {
        for way in [&mut self.to_terminal, &mut self.from_terminal] {
            way.frames = Frames::default();
        }
    }

    fn way(&mut self, direction: Direction) -> &mut Way {
        match direction {
            Direction::ToTerminal => &mut self.to_terminal,
            Direction::FromTerminal => &mut self.from_terminal,
        }
    }
}
