//! The terminal's cryptography over published block ciphers.

pub(crate) mod kcv;
pub(crate) mod keys;
pub(crate) mod mac;
pub(crate) mod pin_block;
pub(crate) mod sm4;
pub(crate) mod tdes;
pub(crate) mod track;
pub(crate) mod working_keys;
