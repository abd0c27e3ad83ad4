//! Receipts (INTERFACE.md, section 13).

pub(crate) mod copy;
pub(crate) mod escpos;
pub(crate) mod labels;
pub(crate) mod printer;
pub(crate) mod sheet;
pub(crate) mod slip;
