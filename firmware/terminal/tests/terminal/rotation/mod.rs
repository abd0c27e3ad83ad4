//! Sign-ons that come by themselves (INTERFACE.md, section 17).

mod before_a_transaction;
mod on_the_menu;
mod power;
pub mod rig;
