//! The card's side: what a terminal's readers see of a card. It knows of no rig, no host and no terminal.
//!
//! [`stripe`] is the magnetic stripe, down to the flux transitions that pass a head. [`chip`] is the chip; [`pcsc`]
//! relays a chip in a reader of this machine, [`vpcd`] puts one of ours into a virtual reader.

pub mod chip;
pub mod pcsc;
pub mod stripe;
pub mod vpcd;
