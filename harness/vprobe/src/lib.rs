//! A virtual debug probe: probe-rs on one side, QEMU on the other.

mod ap;
mod board;
mod bus;
mod config;
mod cortex_m;
mod dp;
mod error;
mod flash_image;
mod glasgow;
mod machine;
mod memory;
mod qemu;

pub use config::{FlashRegion, MachineConfig};
pub use error::{Exit, Link, VprobeError};
pub use machine::Machine;
