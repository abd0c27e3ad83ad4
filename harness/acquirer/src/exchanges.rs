//! The exchanges that a host remembers.

use std::collections::VecDeque;

use crate::exchange::Exchange;

/// The last exchanges of a host; all of them unless it is told to forget.
pub(crate) struct Exchanges {
    remembered: VecDeque<Exchange>,
    /// Those that were before them.
    forgotten: usize,
    most: usize,
}

impl Default for Exchanges {
    fn default() -> Self {
        Self { remembered: VecDeque::new(), forgotten: 0, most: usize::MAX }
    }
}

impl Exchanges {
    /// Remembers no more than `most` from now on.
    pub fn remember(&mut self, most: usize) {
        self.most = most;
        self.forget();
    }

    /// Adds one; how many there were in all.
    pub fn push(&mut self, exchange: Exchange) -> usize {
        self.remembered.push_back(exchange);
        self.forget();
        self.forgotten + self.remembered.len()
    }

    /// One by its number from 0; nothing where it is forgotten or has not happened.
    pub fn get(&self, index: usize) -> Option<&Exchange> {
        self.remembered.get(index.checked_sub(self.forgotten)?)
    }

    /// All that are remembered.
    pub fn all(&self) -> Vec<Exchange> {
        self.remembered.iter().cloned().collect()
    }

    fn forget(&mut self) {
        let over = self.remembered.len().saturating_sub(self.most);
        self.remembered.drain(..over);
        self.forgotten += over;
    }
}
