//! The line of a chip card's slot: ISO/IEC 7816-3 characters with DLE for what is none (INTERFACE.md, section 9).
//!
//! A secret is looked for in what the characters say, so that neither the escape, nor the card's convention, nor how a protocol cuts a
//! message up hides it: [`symbol`] undoes the escape, [`session`] knows the convention and the protocol, and [`way`] looks for secrets in all the
//! characters of a direction and in its data fields alone, and says which characters are a secret's. The record keeps the line's bytes around them.

mod atr;
mod characters;
mod convention;
mod data_field;
mod gapped;
mod line;
mod on_tape;
mod queued;
mod session;
mod symbol;
mod t0;
mod t1;
mod verify;
mod view;
mod way;
mod written;

pub use characters::Characters;
pub use convention::Convention;

pub(crate) use convention::DLE;
pub(crate) use gapped::{Gapped, bytes_of};
pub(crate) use line::SlotLine;
pub(crate) use on_tape::said;
pub(crate) use written::{hex_runs, readings};
