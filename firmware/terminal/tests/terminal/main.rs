//! The whole terminal on virtual time: boot, provisioning, sign-on, tamper.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(missing_docs, reason = "a test's support is no library")]

mod bench;
mod causes;
mod ceremony;
mod checks;
mod chip;
mod chip_records;
mod connection;
mod keys_and_batch;
mod languages;
mod money;
mod noise;
mod operator;
mod power_and_tamper;
mod rotation;
mod sign_on;
mod sm4_scheme;
mod stripe;
