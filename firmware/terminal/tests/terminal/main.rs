//! The whole terminal on virtual time: boot, provisioning, sign-on, tamper.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(missing_docs, reason = "a test's support is no library")]

mod bench;
mod connection;
mod keys_and_batch;
mod noise;
mod operator;
mod power_and_tamper;
mod sign_on;
