//! The cellular modem.

pub(crate) mod sim800;
