//! The books: what the terminal's journal holds, what its host has booked, and what the customers were told. They must agree.
//!
//! [`Books::compare`] is held after recovery and before settlement: the same captured and the same voided sales, each once, on every side, and
//! nobody told of anything else. What it finds is a list of [`Disagreement`]s, each a sentence.

mod agreement;
mod disagreement;
mod entry;
mod journal;
mod money;
mod records;
mod rows;
mod table;
mod tally;
mod told;

pub use agreement::{Allowed, Books};
pub use disagreement::{Disagreement, What};
pub use journal::{Journal, RecordState, Sum, TerminalRecord, Totals};
pub use tally::{BooksExpected, Tally};
pub use told::{Origin, Told};

#[cfg(test)]
mod tests;
