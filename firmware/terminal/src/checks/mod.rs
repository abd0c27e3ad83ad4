//! Guided checks after a sign-on that failed (INTERFACE.md, section 19).

pub(crate) mod bars;
pub(crate) mod course;
pub(crate) mod path;
pub(crate) mod screens;
