//! What passed on a slot line, put in words: for records and reports.

mod decoder;
mod item;
mod lane;
mod names;
mod t0;
mod t1;

pub use decoder::SlotDecoder;
pub use item::{SlotDirection, SlotItem, SlotMeaning, SlotSignal};
pub use names::command_name;
