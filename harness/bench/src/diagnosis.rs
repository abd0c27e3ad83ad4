//! What a terminal says of each thing that can be wrong on its way to the host: a confusion matrix.
//!
//! Each behaviour of each condition (`fixtures/networks`) is played in many seeded variants: one sign-on of a fresh terminal on the
//! simulated board, in memory ([`Stand`]). What the terminal shows is held against what the fixture declares to be right; and where two
//! conditions have the same right answer, their dialogues must prove that no terminal could have told them apart ([`Pair`]).

mod attempt;
mod behaviour;
mod campaign;
mod dialogue;
mod matrix;
mod pair;
mod reader;
mod record;
mod small_world;
mod stand;
mod table;
mod tap;

pub use attempt::Attempt;
pub use behaviour::{Behaviour, behaviours, terminal_of};
pub use campaign::{Campaign, FIRST_SEED, VARIANTS};
pub use dialogue::Dialogue;
pub use matrix::{Matrix, Mistake, Row};
pub use pair::Pair;
pub use record::{MATRIX_JSON, MATRIX_TEXT, Records};
pub use small_world::{Between, SmallWorld};
pub use stand::{Setting, Stand};
