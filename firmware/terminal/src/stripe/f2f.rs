//! Two-frequency coding (ISO/IEC 7811-2, clause 8): a transition opens every cell, one more in its middle makes it a 1.
//!
//! The length of a cell follows the card's speed. Where an interval could be a whole cell or half of one, what follows it
//! decides; where that leaves a doubt, or an interval is neither, the cell is harmed. Nothing is mended.

use super::flux::View;

/// Times are kept in this fraction of a microsecond.
const FINE: u32 = 64;
/// A cell's length in the units of the limits below.
const CELL: u32 = 256;
/// A whole cell is no shorter and no longer.
const WHOLE: core::ops::RangeInclusive<u32> = 140..=384;
/// Half a cell is no shorter and no longer.
const HALF: core::ops::RangeInclusive<u32> = 40..=210;
/// Both halves together are no shorter and no longer.
const PAIR: core::ops::RangeInclusive<u32> = 180..=332;
/// What the weight of a deviation is in half a cell, against one in a whole cell.
const HALF_WEIGHT: u32 = 2;
/// Intervals that are looked at to tell a whole cell from half of one.
const AHEAD: usize = 8;
/// By how much the better reading must be the better one.
const MARGIN: u32 = 60;
/// What it costs a reading when nothing can follow it.
const DEAD_END: u32 = 1 << 15;
/// Cells behind the last character that must be zeros, as far as any come.
const LEAD_OUT: usize = 5;
/// None of them is shorter or longer, held against their mean.
const LED_OUT: core::ops::RangeInclusive<u32> = 166..=352;
/// Intervals at the beginning that the first period is taken from.
const FIRST: usize = 4;

/// How fast the period follows the cells: by this share, in sixteenths, of what a cell deviates from it.
#[derive(Clone, Copy)]
pub(crate) struct Pace(i64);

/// The paces to try: one that keeps up with a card that is pulled faster and faster, and one that jitter moves less.
pub(crate) const PACES: [Pace; 2] = [Pace(4), Pace(2)];

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Zero,
    One,
    /// No cell, or one that could be either.
    Harmed,
    /// There are no more transitions.
    Over,
}

/// The cells of a track, one after the other.
#[derive(Clone)]
pub(crate) struct Cells<'f> {
    flux: View<'f>,
    at: usize,
    /// The length of a cell.
    period: u32,
    pace: Pace,
}

impl<'f> Cells<'f> {
    /// Begins at an interval, where a few that are alike tell the first period; `None` where they are not.
    pub(crate) fn begin(flux: View<'f>, at: usize, pace: Pace) -> Option<Self> {
        let mut sum = 0;
        for place in at..at + FIRST {
            sum += flux.get(place)? * FINE;
        }
        let cells = Self { flux, at, period: (sum / FIRST as u32).max(1), pace };
        let alike = (at..at + FIRST)
            .all(|place| cells.share(place).is_some_and(|share| (192..=320).contains(&share)));
        alike.then_some(cells)
    }

    /// The place of the next interval.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The next cell.
    pub(crate) fn next(&mut self) -> Cell {
        if self.flux.get(self.at).is_none() {
            return Cell::Over;
        }
        let horizon = self.at + AHEAD;
        let (cell, intervals) = match (self.whole(self.at, horizon), self.halves(self.at, horizon)) {
            (Some(whole), Some(halves)) if whole.abs_diff(halves) < MARGIN => return Cell::Harmed,
            (Some(whole), Some(halves)) if whole > halves => (Cell::One, 2),
            (Some(_), _) => (Cell::Zero, 1),
            (None, Some(_)) => (Cell::One, 2),
            (None, None) => return Cell::Harmed,
        };
        let length: u32 = (self.at..self.at + intervals).filter_map(|at| self.flux.get(at)).sum();
        self.at += intervals;
        self.follow(length * FINE);
        cell
    }

    /// What it costs to read an interval as a whole cell, with the best reading of those up to the horizon behind it.
    fn whole(&self, at: usize, horizon: usize) -> Option<u32> {
        let share = self.share(at).filter(|share| WHOLE.contains(share))?;
        Some(share.abs_diff(CELL).pow(2) + self.rest(at + 1, horizon))
    }

    /// What it costs to read it and the next as the halves of a cell.
    fn halves(&self, at: usize, horizon: usize) -> Option<u32> {
        let first = self.share(at).filter(|share| HALF.contains(share))?;
        let second = self.share(at + 1).filter(|share| HALF.contains(share))?;
        let cost = first.abs_diff(CELL / 2).pow(2) + second.abs_diff(CELL / 2).pow(2);
        PAIR.contains(&(first + second)).then(|| HALF_WEIGHT * cost + self.rest(at + 2, horizon))
    }

    /// The cost of the best reading from an interval up to the horizon.
    fn rest(&self, at: usize, horizon: usize) -> u32 {
        if at >= horizon || self.flux.get(at).is_none() {
            return 0;
        }
        let (whole, halves) = (self.whole(at, horizon), self.halves(at, horizon));
        whole.into_iter().chain(halves).min().unwrap_or(DEAD_END)
    }

    /// Whether zeros of one length follow, or nothing more. A transition too many in the last characters, which leaves half a
    /// cell over, shows here at the latest.
    pub(crate) fn lead_out(mut self) -> bool {
        let from = self.at;
        while self.at < from + LEAD_OUT {
            match self.next() {
                Cell::Zero => {}
                Cell::Over => break,
                Cell::One | Cell::Harmed => return false,
            }
        }
        let length: u32 = (from..self.at).filter_map(|at| self.flux.get(at)).sum();
        let zeros = self.at - from;
        self.period = (length * FINE / zeros.max(1) as u32).max(1);
        (from..self.at).all(|at| self.share(at).is_some_and(|share| LED_OUT.contains(&share)))
    }

    fn follow(&mut self, length: u32) {
        let deviation = i64::from(length) - i64::from(self.period);
        let period = i64::from(self.period) + deviation * self.pace.0 / 16;
        self.period = u32::try_from(period).unwrap_or(1).max(1);
    }

    /// An interval as a share of the period, in units of [`CELL`].
    fn share(&self, at: usize) -> Option<u32> {
        Some(self.flux.get(at)? * (FINE * CELL) / self.period)
    }
}
