//! A search in some of a direction's characters.

use std::collections::VecDeque;

use zeroize::Zeroizing;

use crate::pattern::PatternSet;
use crate::scan::Scanner;
use crate::token::Token;

/// What a search says of one character.
pub(crate) struct Decided {
    pub(crate) symbol: u64,
    /// The tokens of its halves.
    pub(crate) cover: [Option<Token>; 2],
}

/// The characters that have not been decided, by their symbols.
#[derive(Default)]
pub(crate) struct View {
    scanner: Scanner,
    /// Nothing for what went over the line before.
    symbols: VecDeque<Option<u64>>,
}

impl View {
    pub(crate) fn push(&mut self, symbol: Option<u64>, value: u8) {
        self.scanner.push(&[value]);
        self.symbols.push_back(symbol);
    }

    /// What can be told now; with `end`, everything.
    pub(crate) fn advance(&mut self, set: &PatternSet, end: bool) -> Vec<Decided> {
        self.scanner.advance(set, end);
        let (nibbles, spans) = self.scanner.take_spans(self.scanner.decided());
        let nibbles = Zeroizing::new(nibbles);
        let mut covers: Vec<[Option<Token>; 2]> = vec![[None, None]; nibbles.len() / 2];
        for span in spans {
            let mut rest = Some(span.token());
            let mut at = span.start;
            while let Some(token) = rest {
                let (one, after) = token.split(1);
                if let Some(cover) = covers.get_mut(at / 2) {
                    cover[at % 2] = one;
                }
                at += 1;
                rest = after;
            }
        }
        let symbols = self.symbols.drain(..covers.len());
        let told = symbols.zip(covers).filter_map(|(symbol, cover)| Some(Decided { symbol: symbol?, cover }));
        told.collect()
    }
}
