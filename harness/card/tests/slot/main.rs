//! The card's side of the slot line, held to a reader that knows nothing of it: one written from ISO/IEC 7816-3 in `reader.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers")]

mod atr;
mod card;
mod contact;
mod decoder;
mod faults;
mod moves;
mod play;
mod properties;
mod reader_t0;
mod reader_t1;
mod sessions;
