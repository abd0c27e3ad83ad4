//! Offline data authentication (EMV Book 2, 5 and 6).

pub(crate) mod authentication;
mod certificate;
mod chain;
pub(crate) mod dynamic;
pub(crate) mod rsa;
mod static_data;
