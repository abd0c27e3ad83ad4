//! Chip records in flash: applications, CA keys, what is revoked or refused, issuers' names (INTERFACE.md, section 5).

pub(crate) mod application;
pub(crate) mod ca_key;
pub(crate) mod exception;
mod index;
mod item;
mod kind;
pub(crate) mod record;
pub(crate) mod store;
#[cfg(test)]
mod tests;
