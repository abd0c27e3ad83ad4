//! T=1 as a card speaks it (ISO/IEC 7816-3, 11).

mod answer;
mod receive;
mod state;

pub(super) use state::serve;
