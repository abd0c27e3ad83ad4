//! One direction of a slot's line: symbols go in, pieces come out when it is sure that they hold no secret.

use std::collections::VecDeque;

use super::characters::Characters;
use super::queued::{Cover, Queued, Twin, pieces};
use super::view::View;
use crate::form::bytes_to_nibbles;
use crate::pattern::PatternSet;
use crate::piece::{Piece, PieceBuilder, join};
use crate::stream::{Part, Stamp};
use crate::token::Token;

/// In which characters is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// All of the direction.
    All,
    /// Those that are data of a message.
    Data,
}

struct Chunk {
    stamp: Stamp,
    /// Symbols that have not come out yet.
    left: usize,
}

#[derive(Default)]
pub(crate) struct Way {
    queue: VecDeque<Queued>,
    /// Number of the first one in the queue.
    base: u64,
    chunks: VecDeque<Chunk>,
    views: [View; 2],
    /// The tokens of the last character that came out, and its value.
    last: (Cover, u8),
    /// What a check character must not tell: the characters of this block that are a secret's, and their exclusive or.
    over: (Vec<Piece>, u8),
}

impl Way {
    /// A chunk of so many symbols begins.
    pub(crate) fn begin(&mut self, stamp: Stamp, symbols: usize) {
        self.chunks.push_back(Chunk { stamp, left: symbols });
    }

    /// Adds a symbol; its number.
    pub(crate) fn push(&mut self, symbol: Queued) -> u64 {
        self.queue.push_back(symbol);
        self.base + self.queue.len() as u64 - 1
    }

    /// The symbol, where it has not come out.
    pub(crate) fn get(&mut self, number: u64) -> Option<&mut Queued> {
        let at = usize::try_from(number.checked_sub(self.base)?).ok()?;
        self.queue.get_mut(at)
    }

    /// Has the symbol's character searched.
    pub(crate) fn search(&mut self, search: Search, number: u64) {
        let Some(symbol) = self.get(number) else { return };
        let Some(value) = symbol.value else { return };
        symbol.searched += 1;
        self.views[search as usize].push(Some(number), value);
    }

    /// What went over the line before and goes on now.
    pub(crate) fn resume(&mut self, values: &[u8]) {
        values.iter().for_each(|value| self.views[Search::Data as usize].push(None, *value));
    }

    /// Secrets end here.
    pub(crate) fn cut(&mut self, search: Search, set: &PatternSet) {
        self.advance(search, set, true);
    }

    pub(crate) fn hold(&mut self, number: u64) {
        if let Some(symbol) = self.get(number) {
            symbol.held += 1;
        }
    }

    pub(crate) fn free(&mut self, number: u64) {
        if let Some(symbol) = self.get(number) {
            symbol.held = symbol.held.saturating_sub(1);
        }
    }

    /// What came harmed says the same as what came `later`.
    pub(crate) fn pair(&mut self, harmed: u64, later: u64) {
        if let Some(symbol) = self.get(harmed) {
            symbol.twin = Twin::Later(later);
        }
    }

    /// The value of the last character that is in a search or has come out.
    pub(crate) fn last_value(&self) -> Option<u8> {
        let waiting = self.queue.iter().rev().find_map(|symbol| symbol.value);
        waiting.or((self.base > 0).then_some(self.last.1))
    }

    fn advance(&mut self, search: Search, set: &PatternSet, end: bool) {
        for decided in self.views[search as usize].advance(set, end) {
            if let Some(symbol) = self.get(decided.symbol) {
                symbol.searched = symbol.searched.saturating_sub(1);
                symbol.covers[search as usize] = decided.cover;
            }
        }
    }

    /// What can be told now; with `end`, everything.
    pub(crate) fn drain(&mut self, set: &PatternSet, end: bool) -> Vec<Part> {
        [Search::All, Search::Data].into_iter().for_each(|search| self.advance(search, set, end));
        if end {
            self.queue.iter_mut().for_each(|symbol| symbol.held = 0);
        }
        let mut parts = Vec::new();
        while let Some(mut chunk) = self.chunks.pop_front() {
            let mut data = PieceBuilder::default();
            let before = chunk.left;
            while chunk.left > 0
                && let Some((cover, value)) = self.settled()
            {
                self.tell(cover, value, &mut data);
                chunk.left -= 1;
            }
            let (stamp, more) = (chunk.stamp, chunk.left > 0);
            if chunk.left < before {
                parts.push(Part { stamp, data: data.finish(), more });
            }
            if more {
                self.chunks.push_front(chunk);
                break;
            }
        }
        parts
    }

    /// The tokens of the first symbol's halves and the value that they stand for, once they are certain.
    fn settled(&self) -> Option<(Cover, u8)> {
        let mut symbol = self.queue.front()?;
        // No character is harmed more often than it may come again.
        loop {
            if symbol.searched > 0 || symbol.held > 0 {
                return None;
            }
            match symbol.twin {
                Twin::Later(number) => {
                    let at = usize::try_from(number.checked_sub(self.base)?).ok()?;
                    symbol = self.queue.get(at)?;
                }
                Twin::Before => return Some(self.last.clone()),
                Twin::None => return Some((symbol.cover(), symbol.value.unwrap_or_default())),
            }
        }
    }

    /// Tells the first symbol, for which `cover` and `meant` are certain.
    fn tell(&mut self, cover: Cover, meant: u8, data: &mut PieceBuilder) {
        let Some(symbol) = self.queue.pop_front() else { return };
        self.base += 1;
        let plain = |data: &mut PieceBuilder| data.plain(&bytes_to_nibbles(&symbol.bytes));
        let Some(value) = symbol.value else { return plain(data) };
        if symbol.begins {
            self.over = (Vec::new(), 0);
        }
        if cover.iter().any(Option::is_some) {
            let told = pieces(&cover, meant);
            data.slot(match value ^ meant {
                0 => Characters::new(symbol.convention, told.clone()),
                harm => Characters::one(symbol.convention, told.clone(), harm),
            });
            let (over, sum) = &mut self.over;
            *over = join(std::mem::take(over).into_iter().chain(told));
            *sum ^= meant;
        } else if symbol.checks && !self.over.0.is_empty() {
            let (over, sum) = std::mem::take(&mut self.over);
            data.slot(Characters::one(symbol.convention, over, value ^ sum));
        } else {
            plain(data);
        }
        self.last = (cover, meant);
    }

    /// Gives a symbol the tokens that outweigh what searches find.
    pub(crate) fn fix(&mut self, number: u64, tokens: [Token; 2]) {
        if let Some(symbol) = self.get(number) {
            symbol.fixed = Some(tokens);
        }
    }
}
