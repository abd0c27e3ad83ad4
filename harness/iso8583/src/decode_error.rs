//! Why bytes are not a frame.

use std::fmt;

use thiserror::Error;

/// The first thing that could not be understood, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("byte {offset}{place}: {problem}", place = place(self.field.as_ref()))]
pub struct DecodeError {
    /// Byte offset in what was decoded.
    pub offset: usize,
    /// The field being read, if the fields had begun.
    pub field: Option<FieldName>,
    /// What was expected and what was found.
    pub problem: Problem,
}

/// A field's number and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldName {
    /// Its number.
    pub number: u8,
    /// Its name in the dialect; empty where the dialect has no such field.
    pub name: String,
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field {}", self.number)?;
        if !self.name.is_empty() {
            write!(f, " ({})", self.name)?;
        }
        Ok(())
    }
}

fn place(field: Option<&FieldName>) -> String {
    field.map_or(String::new(), |f| format!(", {f}"))
}

/// What can be wrong with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// The frame ends inside something.
    #[error("{what}: expected {expected} bytes, {left} left")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Bytes that it takes.
        expected: usize,
        /// Bytes that were left.
        left: usize,
    },
    /// The length in front says more than there is, although all fields are whole.
    #[error("the length says {declared} bytes, {actual} follow; cut the frame again or correct the length")]
    Length {
        /// What the length says.
        declared: usize,
        /// What follows.
        actual: usize,
    },
    /// More than the dialect's largest frame.
    #[error("the length says {declared} bytes, this dialect's largest frame has {largest}")]
    TooLong {
        /// What the length says.
        declared: usize,
        /// The dialect's largest.
        largest: usize,
    },
    /// A half byte that is not a decimal digit.
    #[error("expected decimal digits, found {found:X}")]
    Digit {
        /// The half byte.
        found: u8,
    },
    /// A variable field says that it is longer than it may be.
    #[error("its length says {said}, expected at most {max}")]
    FieldLength {
        /// What its length says.
        said: usize,
        /// The most.
        max: usize,
    },
    /// The bitmap names a field that the dialect lacks.
    #[error("the bitmap has bit {0}, this dialect has no such field")]
    UnknownField(u8),
}
