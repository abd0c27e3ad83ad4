//! Physical cards, in the readers of PC/SC.
//!
//! A [`PhysicalCard`] is a [`ChipCard`](crate::chip::ChipCard) that lies in a reader. It is used in real time: a paused clock would run on
//! while the reader works.

mod exchange;
mod obstacle;
mod physical;
mod presence;
mod reader;
mod worker;

pub use obstacle::Obstacle;
pub use physical::PhysicalCard;
pub use reader::{Reader, find_reader, readers};
