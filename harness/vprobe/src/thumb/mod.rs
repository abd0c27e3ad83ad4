//! Thumb code as far as one has to read it to find its BKPT instructions.

pub(crate) mod flow;
pub(crate) mod scan;
