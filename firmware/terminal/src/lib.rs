//! The payment terminal's application: one future over port traits, no board.
//!
//! A board fills [`ports::Ports`] and runs the future that [`run`] returns. The future never ends: dropping it is
//! losing power, building it again is booting. Its outward specification is the file `INTERFACE.md` beside this
//! crate's manifest.
#![no_std]

#[cfg(test)]
extern crate std;

mod log;

mod access;
mod app;
mod batch;
mod boot;
mod byte_source;
mod ceremony;
mod checks;
mod chip_records;
mod clock;
mod crypto;
mod detail;
mod diagnosis;
mod emv;
mod erased;
mod front_end;
mod iso8583;
mod journal;
mod keystore;
mod language;
mod life;
mod modem;
mod money;
mod panel;
mod parameters;
pub mod ports;
mod provisioning;
mod receipt;
mod sign_on;
mod slot;
mod stores;
mod stripe;
#[cfg(test)]
mod vectors;
mod whole_units;

pub use app::run;
