//! Sales and balances with a chip, from the slot's line to the host.

mod balance;
mod card;
mod contacts;
mod fallback;
mod outcomes;
mod pins;
mod power;
mod removal;
mod rig;
mod sale;
mod scripts;
mod way;
