//! The commands, one file each.

mod attach;
pub(crate) mod console;
pub(crate) mod decode;
pub(crate) mod doctor;
pub(crate) mod flash;
pub(crate) mod list;
pub(crate) mod panel;
pub(crate) mod power;
pub(crate) mod replay;
pub(crate) mod test;
