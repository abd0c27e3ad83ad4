//! The paper: read from ESC/POS, printed or not, shown as text and as a picture, told by a slip.
#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

mod copy;
mod pictures;
mod printer;
mod reader;
mod slips;
