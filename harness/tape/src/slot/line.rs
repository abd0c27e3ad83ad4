//! A slot's line, both directions.

use super::session::{Desk, Session};
use super::symbol::Splitter;
use super::way::Way;
use crate::lens::Direction;
use crate::pattern::PatternSet;
use crate::secrets::Secrets;
use crate::stream::{Part, Stamp};

/// What is known of the line. The index is the direction.
#[derive(Default)]
pub(crate) struct SlotLine {
    splitters: [Splitter; 2],
    ways: [Way; 2],
    session: Session,
}

impl SlotLine {
    /// One for a record: check characters that were not kept are right.
    pub(crate) fn trusting() -> Self {
        Self { session: Session::trusting(), ..Self::default() }
    }

    /// Takes bytes; how many symbols wait to be recorded. What has begun of one waits for its end.
    pub(crate) fn gather(&mut self, direction: Direction, bytes: &[u8]) -> usize {
        let splitter = &mut self.splitters[direction as usize];
        splitter.push(bytes);
        splitter.ready()
    }

    /// Nothing more comes of a symbol that has begun; how many wait to be recorded.
    pub(crate) fn gather_rest(&mut self, direction: Direction) -> usize {
        let splitter = &mut self.splitters[direction as usize];
        splitter.end();
        splitter.ready()
    }

    /// Records the symbols that wait, as one chunk. What comes out may be of either direction.
    pub(crate) fn record(
        &mut self,
        set: &PatternSet,
        (secrets, line): (&Secrets, &str),
        direction: Direction,
        stamp: Stamp,
    ) -> Vec<(Direction, Vec<Part>)> {
        let symbols = self.splitters[direction as usize].take();
        self.ways[direction as usize].begin(stamp, symbols.len());
        let mut desk = Desk { ways: &mut self.ways, set, secrets, line };
        for symbol in symbols {
            self.session.symbol(&mut desk, direction, symbol);
        }
        // The direction of this chunk comes last.
        let other = match direction {
            Direction::ToTerminal => Direction::FromTerminal,
            Direction::FromTerminal => Direction::ToTerminal,
        };
        [other, direction].map(|way| (way, desk.way(way).drain(set, false))).into()
    }

    /// What is still held back.
    pub(crate) fn release(
        &mut self,
        set: &PatternSet,
        (secrets, line): (&Secrets, &str),
        direction: Direction,
    ) -> Vec<Part> {
        let mut desk = Desk { ways: &mut self.ways, set, secrets, line };
        self.session.settle(&mut desk);
        desk.way(direction).drain(set, true)
    }

    /// Another stream goes over the line from now on: a board that has been started.
    pub(crate) fn begin_stream(&mut self) {
        self.splitters.iter_mut().for_each(Splitter::end);
        // What is held back stays until the next RST or the end.
    }
}
