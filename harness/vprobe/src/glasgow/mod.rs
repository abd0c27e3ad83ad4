//! The probe's wire: what the Glasgow "probe-rs" applet speaks over a socket.

pub(crate) mod applet;
pub(crate) mod cobs;
pub(crate) mod frame;
pub(crate) mod server;
