//! A terminal that speaks to the host under test, built from the codec and the keys.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "clippy sees no test in a file that tests share")]

pub mod chip;
mod host;
mod line;
pub mod money;

pub use host::*;
pub use line::*;
