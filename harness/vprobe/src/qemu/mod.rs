//! The emulator: its process and the three connections to it.

pub(crate) mod battery;
pub(crate) mod gdb;
pub(crate) mod gdb_registers;
pub(crate) mod lines;
pub(crate) mod process;
pub(crate) mod qmp;
pub(crate) mod qtest;

/// How long QEMU may take to answer before it counts as hung.
pub(crate) const ANSWER_LIMIT: std::time::Duration = std::time::Duration::from_secs(20);
