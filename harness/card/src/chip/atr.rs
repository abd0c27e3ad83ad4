//! The answer to reset (ISO/IEC 7816-3, 8): read, made, and put in words.

mod builder;
mod error;
mod explain;
mod parse;

pub use builder::AtrBuilder;
pub use error::AtrError;
pub use explain::AtrLine;
pub use parse::{Atr, Convention};
