//! The modems: two cellular modules and a line modem (INTERFACE.md, sections 7, 14 and 15).

mod command;
mod course;
mod decoder;
mod dial_exchange;
mod dial_frames;
mod dialect;
mod ec20;
mod exchange;
mod hayes;
mod lines;
pub(crate) mod link;
mod network;
mod refusals;
mod signal;
mod silence;
mod sim;
mod sim800;
pub(crate) mod stage;
mod wake;
