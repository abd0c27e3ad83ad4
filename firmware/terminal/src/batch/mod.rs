//! The batch: every sale and void since the last settlement, in flash (INTERFACE.md, section 12, records).

pub(crate) mod card_seal;
pub(crate) mod chip_part;
pub(crate) mod entry;
pub(crate) mod ledger;
pub(crate) mod log;
