//! What people write into scenario files: what is refused, with which words, and what each kind of step and expectation finds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by its panic")]

mod books;
mod chips;
mod desk;
mod findings;
mod presentations;
mod refusals;
mod schema;
mod swipes;
