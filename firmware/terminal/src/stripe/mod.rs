//! The magnetic stripe, from flux transitions to tracks (INTERFACE.md, section 8; ISO/IEC 7811 and 7813).

mod characters;
mod f2f;
mod flux;
pub(crate) mod reader;
pub(crate) mod swipe;
pub(crate) mod track2;
mod track3;
pub(crate) mod tracks;

#[cfg(test)]
pub(crate) mod tests;
