//! The debug architecture of a Cortex-M core: what QEMU does not model, modelled here.

pub(crate) mod breakpoints;
pub(crate) mod control;
pub(crate) mod core;
pub(crate) mod core_registers;
pub(crate) mod rom_table;
mod run_control;
mod sleep;
