//! The EMV contact kernel (EMV 4.3, Books 1 to 4; PBOC 3.0; INTERFACE.md, section 21).
//!
//! The state of a transaction lives in types: [`course::Course`] with the name of the step that it has come to. Each
//! step consumes the one before it, so that a step out of order does not compile. The kernel knows no screen, no
//! modem and no store: a card is a `CardPort`, the person a [`cardholder::Cardholder`], the parameters are
//! [`parameters::ChipParameters`].

pub(crate) mod action;
pub(crate) mod cardholder;
pub(crate) mod completion;
pub(crate) mod course;
pub(crate) mod fault;
pub(crate) mod field55;
pub(crate) mod first;
pub(crate) mod initiation;
pub(crate) mod memory;
pub(crate) mod pan;
pub(crate) mod parameters;
pub(crate) mod response_code;
pub(crate) mod selection;
pub(crate) mod tag;
pub(crate) mod tlv;
pub(crate) mod transaction;
pub(crate) mod tsi;
pub(crate) mod tvr;
pub(crate) mod values;

mod aid_list;
mod candidates;
mod card_data;
mod cryptogram;
mod cvm;
mod day;
mod directory;
mod dol;
mod fci;
mod interchange;
mod issuer_answer;
mod issuer_data;
mod kernel;
mod oda;
mod online;
mod reading;
mod records;
mod restrictions;
mod risk;
mod scripts;

#[cfg(test)]
mod tests;
