//! The key store: two copies in battery-backed RAM.

mod image;
pub(crate) mod secrets;
pub(crate) mod store;
