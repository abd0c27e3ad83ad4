//! Whole transactions with a card that is played here.

pub(super) mod card;
mod courses;
mod damage;
mod holder;
mod issuing;
mod order;
mod parameters;
mod pins;
mod records;
mod results;
mod run;
mod selections;
mod vectors;
