//! The terminal's cryptography over published block ciphers.

pub(crate) mod kcv;
pub(crate) mod keys;
pub(crate) mod sm4;
pub(crate) mod tdes;
