//! The contact card's slot: characters, protocols, sessions (INTERFACE.md, section 9; ISO/IEC 7816-3).

mod activation;
pub(crate) mod apdu;
mod atr;
mod block;
pub(crate) mod contacts;
mod course;
mod escape;
pub(crate) mod fault;
mod get_response;
mod limits;
mod line;
pub(crate) mod presence;
pub(crate) mod session;
mod t0;
mod t1;

#[cfg(test)]
mod tests;
