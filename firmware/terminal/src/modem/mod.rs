//! The cellular modem: a SIMCom SIM800 (INTERFACE.md, section 7).

pub(crate) mod at;
pub(crate) mod lines;
pub(crate) mod session;
pub(crate) mod sim800;
