//! A profile's card, as a reader finds it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers")]

mod faults;
mod offline;
mod order;
mod pin;
mod profiles;
mod reader;
mod scripts;
mod selection;
mod walk;
