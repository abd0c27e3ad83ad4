//! Finds secrets in a stream of bytes, however the stream is cut into chunks.

use std::sync::Arc;

use crate::form::bytes_to_nibbles;
use crate::pattern::{Found, Pattern, PatternSet};
use crate::piece::{Piece, PieceBuilder};
use crate::token::Token;

/// A stretch of the held nibbles that belongs to a secret.
#[derive(Clone)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) length: usize,
    pub(crate) pattern: Arc<Pattern>,
    /// Where in the pattern the stretch begins.
    pub(crate) from: usize,
}

/// Holds back what may be the beginning of a secret until it is decided. Works in nibbles; the first held nibble is always
/// the high one of a byte.
///
/// At each place the longest secret is taken; one that begins inside another and ends after it is covered too.
#[derive(Default)]
pub(crate) struct Scanner {
    held: Vec<u8>,
    /// Before this nibble all is decided.
    next: usize,
    /// Before this nibble all belongs to a span or is before `next`.
    covered: usize,
    spans: Vec<Span>,
}

impl Drop for Scanner {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.held);
    }
}

impl Scanner {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.held.extend(bytes_to_nibbles(bytes));
    }

    /// Decides as much as can be decided. With `end`, no more data will come and everything is decided.
    pub(crate) fn advance(&mut self, set: &PatternSet, end: bool) {
        while self.next < self.held.len() {
            match set.look(&self.held, self.next, end) {
                Found::Open => return,
                Found::Secret(pattern, length) => self.cover(pattern, length),
                Found::Nothing => {}
            }
            self.next += 1;
        }
    }

    fn cover(&mut self, pattern: Arc<Pattern>, length: usize) {
        let (start, end) = (self.next.max(self.covered), self.next + length);
        if end > start {
            self.spans.push(Span { start, length: end - start, from: start - self.next, pattern });
            self.covered = end;
        }
    }

    /// How many nibbles can be taken: decided ones that make whole bytes.
    pub(crate) fn decided(&self) -> usize {
        self.next & !1
    }

    /// Takes the first `count` decided nibbles as pieces.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Piece> {
        let (nibbles, spans) = self.take_spans(count);
        let mut pieces = PieceBuilder::default();
        let mut at = 0;
        for span in spans {
            pieces.plain(&nibbles[at..span.start]);
            at = span.start + span.length;
            pieces.token(Token::new(&span.pattern, span.from, &nibbles[span.start..at]));
        }
        pieces.plain(&nibbles[at..]);
        pieces.finish()
    }

    /// Takes the first `count` decided nibbles with the spans in them; spans that go on stay with their rest.
    pub(crate) fn take_spans(&mut self, count: usize) -> (Vec<u8>, Vec<Span>) {
        let count = count.min(self.decided());
        let nibbles = self.held.drain(..count).collect();
        self.next -= count;
        self.covered = self.covered.saturating_sub(count);
        let mut taken = Vec::new();
        let mut kept = Vec::new();
        for mut span in self.spans.drain(..) {
            let within = count.saturating_sub(span.start).min(span.length);
            if within > 0 {
                taken.push(Span { length: within, ..span.clone() });
            }
            if within < span.length {
                span.start = (span.start + within) - count;
                span.from += within;
                span.length -= within;
                kept.push(span);
            }
        }
        self.spans = kept;
        (nibbles, taken)
    }
}
