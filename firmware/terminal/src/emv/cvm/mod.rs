//! Cardholder verification (EMV Book 3, 10.5; Book 4, 6.3.4).

mod offline_pin;
mod rule;
pub(crate) mod verification;
