//! Provisioning records from the panel line (INTERFACE.md, section 5).

pub(crate) mod admission;
mod chip;
pub(crate) mod collector;
pub(crate) mod crc;
pub(crate) mod record;
pub(crate) mod record_key;
pub(crate) mod refusal;
pub(crate) mod rule;
