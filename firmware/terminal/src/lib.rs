//! The payment terminal's application: one future over port traits, no board.
//!
//! [`INTERFACE.md`](https://example.invalid) beside this crate is its outward specification.
#![no_std]

pub mod ports;
