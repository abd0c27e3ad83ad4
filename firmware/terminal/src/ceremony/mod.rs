//! The ceremony by which two custodians load a TMK (INTERFACE.md, section 16).

pub(crate) mod component;
pub(crate) mod course;
pub(crate) mod labels;
pub(crate) mod record;
pub(crate) mod screens;
