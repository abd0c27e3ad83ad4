//! Finds secrets in a stream of bytes, however the stream is cut into chunks.

use std::sync::Arc;

use crate::form::bytes_to_nibbles;
use crate::pattern::{Found, Pattern, PatternSet};
use crate::piece::{Piece, PieceBuilder};
use crate::token::{Token, cases_of, characters};

/// A stretch of the held nibbles that belongs to a secret.
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) length: usize,
    pub(crate) pattern: Arc<Pattern>,
    /// Where in the pattern the stretch begins.
    pub(crate) from: usize,
    /// Case of each character of a form in hex: told of the whole stretch, so that chunks change nothing.
    cases: String,
}

impl Span {
    pub(crate) fn token(&self) -> Token {
        Token::new(&self.pattern, self.from, self.length, &self.cases)
    }

    /// Cuts off the first `length` nibbles.
    fn split(&mut self, length: usize) -> Self {
        let cases = self.cases.split_off(self.cases.len().min(characters(self.from, length)));
        let cases = std::mem::replace(&mut self.cases, cases);
        let head =
            Self { start: self.start, length, pattern: Arc::clone(&self.pattern), from: self.from, cases };
        self.start += length;
        self.from += length;
        self.length -= length;
        head
    }
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
            let from = start - self.next;
            let cases =
                if pattern.form.any_case() { cases_of(from, &self.held[start..end]) } else { String::new() };
            self.spans.push(Span { start, length: end - start, from, pattern, cases });
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
            pieces.token(span.token());
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
                taken.push(span.split(within));
            }
            if span.length > 0 {
                span.start -= count;
                kept.push(span);
            }
        }
        self.spans = kept;
        (nibbles, taken)
    }
}
