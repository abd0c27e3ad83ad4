//! The drivers of the Arm MPS2+ AN386 FPGA image, as QEMU emulates it, for the terminal.
//!
//! The stores compile everywhere and are tested on the host; the drivers compile for the board alone.
#![cfg_attr(target_os = "none", no_std)]

pub mod battery_ram;
pub mod entropy;
pub mod last_fault;
pub mod nor;
pub mod persistent;
pub mod ring;
pub mod tamper_unit;

#[cfg(target_os = "none")]
pub mod build_id;
#[cfg(target_os = "none")]
pub mod executor;
#[cfg(target_os = "none")]
pub mod fault;
#[cfg(target_os = "none")]
pub mod interrupts;
#[cfg(target_os = "none")]
pub mod regions;
#[cfg(target_os = "none")]
pub mod registers;
#[cfg(target_os = "none")]
pub mod scrub;
#[cfg(target_os = "none")]
pub mod time;
#[cfg(target_os = "none")]
pub mod uart;
