//! Thousands of swipes through the whole terminal: what it reads, by speed and jitter, and that damage never makes another card of one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by its panic")]

mod damage;
mod table;
mod till;
