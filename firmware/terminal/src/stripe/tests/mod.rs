//! The stripe's reader against cards that are drawn through it in every way.

pub(crate) mod card;
mod damage;
mod reading;
mod swipes;
