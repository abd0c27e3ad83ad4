//! The two transmission protocols, as a card speaks them (ISO/IEC 7816-3, 9 to 11).

mod block;
mod pps;
mod serve;
mod t0;
mod t1;

pub(super) use block::{Block, Kind, Supervisory};
pub(super) use serve::serve;
