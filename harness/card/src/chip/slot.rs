//! The card's side of the slot line (INTERFACE.md, section 9): contacts below, a [`ChipCard`](super::ChipCard) above.

mod event;
mod faults;
mod handle;
mod in_use;
mod interrupt;
mod line_end;
mod session;
mod settings;
mod side;
mod symbol;
mod timing;
mod wire;

pub use event::SlotEvent;
pub use handle::SlotHandle;
pub use settings::{Procedure, SlotSettings};
pub use side::SlotSide;

pub(super) use interrupt::{Interrupt, Never};
pub(super) use symbol::{ESCAPE, Symbol, SymbolReader};
pub(super) use timing::Timing;
pub(super) use wire::Wire;
