//! Why a receipt does not tell what it should.

use thiserror::Error;

use super::receipt::CutShort;

/// What a receipt lacks, or says wrongly. It never shows what stands in the card's row.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SlipError {
    /// A line or a row is not there.
    #[error("expected {what} {labels}; the receipt has none{}", because(*.cut_short))]
    Missing {
        /// `a row` or `a line`, for what.
        what: String,
        /// The texts by which it would be known.
        labels: String,
        /// Why the receipt is not whole, if it is not.
        cut_short: Option<CutShort>,
    },
    /// It is there more than once.
    #[error("expected {labels} once; lines {first} and {second} of the receipt both have it")]
    Twice {
        /// The texts by which it is known.
        labels: String,
        /// A line, from 1.
        first: usize,
        /// Another one.
        second: usize,
    },
    /// A row's value is none.
    #[error("line {line} of the receipt: expected {expected} behind {labels}{}", but(.found.as_deref()))]
    Value {
        /// The line, from 1.
        line: usize,
        /// The texts by which the row is known.
        labels: String,
        /// What the value must be.
        expected: String,
        /// What it is, where that may be shown.
        found: Option<String>,
    },
}

fn because(cut_short: Option<CutShort>) -> String {
    cut_short.map_or_else(String::new, |why| format!(" (it is incomplete: {why})"))
}

fn but(found: Option<&str>) -> String {
    found.map_or_else(String::new, |found| format!(", found `{found}`"))
}
