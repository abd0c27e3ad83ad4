//! Why bytes are no answer to reset.

use thiserror::Error;

/// Why bytes are no answer to reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AtrError {
    /// It ends before the characters that it announces.
    #[error("the answer to reset ends after {found} characters, {expected} is missing")]
    Cut {
        /// How many there are.
        found: usize,
        /// The first that is missing.
        expected: &'static str,
    },
    /// TS is none of the two.
    #[error("TS is {0:02X}: expected 3B (direct convention) or 3F (inverse convention)")]
    Ts(u8),
    /// TCK is wrong.
    #[error("TCK is {found:02X}: expected {expected:02X}")]
    Tck {
        /// What stands there.
        found: u8,
        /// What makes the exclusive-or of T0 to TCK zero.
        expected: u8,
    },
    /// More characters than an answer to reset has.
    #[error("an answer to reset has 32 characters behind TS at most")]
    TooLong,
    /// Characters behind its end.
    #[error("{0} characters stand behind the answer to reset")]
    Behind(usize),
}
