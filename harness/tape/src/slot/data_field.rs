//! The blocks of T=1 both ways: what keeps which characters waiting, and what is searched together.

use super::session::Desk;
use super::t1::{Follows, Place, T1};
use super::verify::{DATA, Verify, may_bring_pin};
use super::way::{Search, Way};
use crate::lens::Direction::{self, FromTerminal, ToTerminal};

/// One direction.
#[derive(Default)]
struct Blocks {
    reader: T1,
    /// The information field of this block: it waits for the LRC.
    field: Vec<u64>,
    /// Fields of harmed blocks: they wait for the block to come again.
    harmed: Vec<Vec<u64>>,
}

/// The blocks of both directions.
#[derive(Default)]
pub(crate) struct DataField {
    blocks: [Blocks; 2],
    speaks: Option<Direction>,
    trusting: bool,
}

/// A block comes again three times at most.
const MOST_HARMED: usize = 4;
/// Fields that differ in more characters are not the same one.
const MOST_DIFFERENT: usize = 2;

impl DataField {
    /// With `trusting`, every LRC is taken as right.
    pub(crate) fn new(trusting: bool) -> Self {
        Self { trusting, ..Self::default() }
    }

    pub(crate) fn push(
        &mut self,
        desk: &mut Desk<'_>,
        verify: &mut Verify,
        direction: Direction,
        (symbol, value): (u64, u8),
    ) {
        if self.speaks.is_some_and(|speaks| speaks != direction) {
            self.interrupt(desk, verify, opposite(direction));
        }
        self.speaks = Some(direction);
        let blocks = &mut self.blocks[direction as usize];
        match blocks.reader.push(value, self.trusting) {
            Place::Begins => {
                if let Some(first) = desk.way(direction).get(symbol) {
                    first.begins = true;
                }
            }
            Place::Prologue => {}
            Place::Information { follows } => {
                if follows == Some(Follows::Context) {
                    resume(desk, verify, direction, blocks.reader.context());
                }
                desk.way(direction).search(Search::Data, symbol);
                desk.way(direction).hold(symbol);
                blocks.field.push(symbol);
                if direction == FromTerminal {
                    look_for_verify(desk, verify, blocks.reader.message(), symbol);
                }
            }
            Place::Check(right) => {
                if let Some(check) = desk.way(direction).get(symbol) {
                    check.checks = true;
                }
                let over = right && !blocks.reader.goes_on();
                blocks.end(desk.way(direction), right);
                if over && direction == FromTerminal {
                    verify.end(desk);
                }
            }
        }
    }

    /// Nothing more comes of what has begun.
    pub(crate) fn settle(&mut self, desk: &mut Desk<'_>) {
        for direction in [ToTerminal, FromTerminal] {
            let blocks = &mut self.blocks[direction as usize];
            let waiting = blocks.field.drain(..).chain(blocks.harmed.drain(..).flatten());
            waiting.for_each(|symbol| desk.way(direction).free(symbol));
        }
    }

    /// The other side speaks: the block of `direction` is over, whole or not.
    fn interrupt(&mut self, desk: &mut Desk<'_>, verify: &mut Verify, direction: Direction) {
        let blocks = &mut self.blocks[direction as usize];
        if !blocks.reader.interrupt() {
            return;
        }
        desk.cut(direction, Search::Data);
        if direction == FromTerminal {
            verify.end(desk);
        }
        blocks.field.drain(..).for_each(|symbol| desk.way(direction).free(symbol));
    }
}

impl Blocks {
    fn end(&mut self, way: &mut Way, right: bool) {
        let field = std::mem::take(&mut self.field);
        if field.is_empty() {
            return;
        }
        if !right {
            self.harmed.push(field);
            if self.harmed.len() > MOST_HARMED {
                self.harmed.remove(0).into_iter().for_each(|symbol| way.free(symbol));
            }
            return;
        }
        for harmed in self.harmed.drain(..) {
            if is_alike(way, &harmed, &field) {
                harmed.iter().zip(&field).for_each(|(harmed, later)| way.pair(*harmed, *later));
            }
            harmed.into_iter().for_each(|symbol| way.free(symbol));
        }
        field.into_iter().for_each(|symbol| way.free(symbol));
    }
}

/// Begins a search behind what a chain has told before.
fn resume(desk: &mut Desk<'_>, verify: &mut Verify, direction: Direction, context: &[u8]) {
    desk.cut(direction, Search::Data);
    desk.way(direction).resume(context);
    if direction == FromTerminal {
        verify.end(desk);
        if let Some(data) = context.get(DATA..).filter(|data| may_bring_pin(context) && !data.is_empty()) {
            verify.resume(data);
        }
    }
}

/// Whether the last character of `message` is one of what VERIFY brings. Lc says where a block ends; what goes beyond it, in whatever coding of the
/// length, is hidden as well.
fn look_for_verify(desk: &mut Desk<'_>, verify: &mut Verify, message: &[u8], symbol: u64) {
    let at = message.len().saturating_sub(1);
    let (Some(value), Some(length)) = (message.last(), message.get(DATA - 1)) else { return };
    if may_bring_pin(message) && at >= DATA {
        verify.push(desk, symbol, *value, at + 1 == DATA + usize::from(*length));
    }
}

/// Whether two fields are the same but for noise.
fn is_alike(way: &mut Way, one: &[u64], other: &[u64]) -> bool {
    let mut value = |symbol: &u64| way.get(*symbol).and_then(|symbol| symbol.value);
    let different = one.iter().zip(other).filter(|(one, other)| value(one) != value(other)).count();
    one.len() == other.len() && different <= MOST_DIFFERENT
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        ToTerminal => FromTerminal,
        FromTerminal => ToTerminal,
    }
}
