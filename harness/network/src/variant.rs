//! How else a module may say the same, within what the standards allow.

use std::{collections::VecDeque, time::Duration};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use tokio::time::Instant;

use crate::settings::Settings;

/// The longest that a variant draws one line out: with it a slow module still answers in the time that a terminal gives it.
const DRAWN_OUT: Duration = Duration::from_millis(20);
/// The most lines that a variant says unasked.
const UNASKED: u32 = 6;
/// Within which time of its beginning it says half of them; the others come within thirty times as long.
const SOON: Duration = Duration::from_secs(3);

/// What a seed makes of a module's manners. It draws from a source of its own: the times of the network stay those of its seed.
#[derive(Debug)]
pub(crate) struct Variant {
    rng: ChaCha8Rng,
    /// Whether characters are echoed at first.
    echo: bool,
    /// Whether result codes come as words at first, where the module can have it otherwise.
    verbose: bool,
    head: Head,
    /// Of eight lines so many have an empty one before them.
    blank: u32,
    cut: Cut,
}

/// What stands before a line (ITU-T V.250, 5.7.1, and what modules make of it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    /// CR LF.
    Usual,
    /// CR LF; nothing before a line that follows another one of the same answer.
    OncePerAnswer,
    /// CR CR LF.
    Doubled,
}

/// How what is said is cut into pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Whole,
    /// Two or three pieces.
    Few,
    /// A few bytes at a time.
    Many,
}

impl Variant {
    pub(crate) fn new(seed: u64) -> Self {
        // The same number must not give the variant's draws and the network's from one sequence.
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5641_5249_414E_5421);
        let mut below = |limit: u32| rng.next_u32() % limit;
        let (echo, verbose) = (below(2) == 0, below(2) == 0);
        let head = [Head::Usual, Head::OncePerAnswer, Head::Doubled][below(3) as usize];
        let blank = [0, 0, 1, 4][below(4) as usize];
        let cut = [Cut::Whole, Cut::Few, Cut::Many][below(3) as usize];
        Self { rng, echo, verbose, head, blank, cut }
    }

    /// What is set at power-up.
    pub(crate) fn settings(&self, may_be_digits: bool) -> Settings {
        Settings { echo: self.echo, verbose: self.verbose || !may_be_digits, ..Settings::default() }
    }

    /// When its lines come that answer nothing.
    pub(crate) fn unasked(&mut self) -> Vec<Duration> {
        let count = self.below(UNASKED + 1);
        (0..count)
            .map(|nth| {
                let within = if nth % 2 == 0 { SOON } else { SOON * 30 };
                within * self.below(10_000) / 10_000
            })
            .collect()
    }

    /// Which of several things.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.rng.next_u32() % limit.max(1)
    }

    /// What stands before a line that follows another one of the same answer, or not.
    fn head(&mut self, follows: bool, line_end: u8, line_feed: u8) -> Vec<u8> {
        let mut head = if self.below(8) < self.blank { vec![line_end, line_feed] } else { Vec::new() };
        match self.head {
            Head::OncePerAnswer if follows => {}
            Head::Usual | Head::OncePerAnswer => head.extend([line_end, line_feed]),
            Head::Doubled => head.extend([line_end, line_end, line_feed]),
        }
        head
    }

    /// The pieces that bytes come in, with the time between one and the next.
    fn pieces(&mut self, bytes: Vec<u8>) -> Vec<(Duration, Vec<u8>)> {
        let longest = match self.cut {
            Cut::Whole => return vec![(Duration::ZERO, bytes)],
            Cut::Few => bytes.len().div_ceil(2),
            // Data in mass are not drawn out further than a line.
            Cut::Many => bytes.len().div_ceil(8).max(4),
        };
        let mut pieces = Vec::new();
        let mut rest = bytes.as_slice();
        let mut left = DRAWN_OUT;
        while !rest.is_empty() {
            let length = 1 + self.below(u32::try_from(longest).unwrap_or(u32::MAX)) as usize;
            let (piece, after) = rest.split_at(length.min(rest.len()));
            let wait = if pieces.is_empty() { Duration::ZERO } else { left * self.below(500) / 1000 };
            left -= wait;
            pieces.push((wait, piece.to_vec()));
            rest = after;
        }
        pieces
    }
}

/// What the module has to say, on its way to the line: at once, or as a variant draws it out.
#[derive(Debug, Default)]
pub(crate) struct Mouth {
    pub(crate) variant: Option<Variant>,
    waiting: VecDeque<(Instant, Vec<u8>)>,
}

impl Mouth {
    /// What stands before a line.
    pub(crate) fn head(&mut self, follows: bool, line_end: u8, line_feed: u8) -> Vec<u8> {
        match &mut self.variant {
            Some(variant) => variant.head(follows, line_end, line_feed),
            None => vec![line_end, line_feed],
        }
    }

    /// Says these bytes behind all that was said before.
    pub(crate) fn say(&mut self, now: Instant, bytes: Vec<u8>, out: &mut VecDeque<u8>) {
        let Some(variant) = &mut self.variant else { return out.extend(bytes) };
        let mut at = self.waiting.back().map_or(now, |(at, _)| (*at).max(now));
        for (wait, piece) in variant.pieces(bytes) {
            at += wait;
            self.waiting.push_back((at, piece));
        }
        self.release(now, out);
    }

    /// Lets out what is due.
    pub(crate) fn release(&mut self, now: Instant, out: &mut VecDeque<u8>) {
        while let Some((_, piece)) = self.waiting.pop_front_if(|(at, _)| *at <= now) {
            out.extend(piece);
        }
    }

    /// When more is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.waiting.front().map(|(at, _)| *at)
    }

    /// Bytes that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.iter().map(|(_, piece)| piece.len()).sum()
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }
}
