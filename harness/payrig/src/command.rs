//! The commands, one file each.

pub(crate) mod acquirer;
mod attach;
pub(crate) mod card;
pub(crate) mod console;
pub(crate) mod decode;
pub(crate) mod diagnose;
pub(crate) mod doctor;
pub(crate) mod flash;
pub(crate) mod key;
pub(crate) mod list;
pub(crate) mod modem;
pub(crate) mod panel;
pub(crate) mod power;
pub(crate) mod replay;
pub(crate) mod test;
