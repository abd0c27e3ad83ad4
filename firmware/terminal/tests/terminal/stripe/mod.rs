//! Cards that are swiped (INTERFACE.md, sections 8 and 12).

pub mod rig;
mod sale;
mod screens;
mod secrecy;
