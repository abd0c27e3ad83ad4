//! A described bench: the rig file, the board that it names, and what this machine lacks to run it.
//!
//! A [`RigFile`] says which [`Board`] there is. A board is powered, flashed, reset and read by the same calls whatever
//! stands behind it: the terminal compiled into this process ([`sim`]), the real image in QEMU flashed by probe-rs
//! ([`qemu`]). What a board cannot do, its [`Capabilities`] do not list, and the call answers
//! [`RigError::NoSuchInterface`].
//!
//! ```no_run
//! # async fn example() -> Result<(), payrig_rig::RigError> {
//! use payrig_rig::{RigFile, State};
//! let rig = RigFile::load("rigs/sim.toml".as_ref())?;
//! let mut board = rig.board(State::Private)?;
//! let lines = board.power_on().await?;
//! # drop(lines);
//! board.power_off().await
//! # }
//! ```

mod board;
mod capability;
mod card_reader;
pub mod doctor;
mod error;
mod external;
mod image;
mod lines;
mod probe;
mod pty;
mod pty_port;
pub mod qemu;
mod rig_file;
mod scratch;
pub mod sim;
mod state;
mod watched;

pub use board::{Board, BoardFuture, FlashReport, JournalAccess, Mishap, Progress};
pub use capability::{Capabilities, Capability, lacking};
pub use card_reader::CardReader;
pub use error::RigError;
pub use external::{Access, Device, DeviceAddress, ExternalModem, Lease, tcp_address};
pub use image::Image;
pub use lines::{BoxLine, LineName, LineStream, Lines};
pub use pty_port::{PtyPort, PtyStream};
pub use rig_file::{BoardKind, LineCarrier, QemuSection, RigFile, TimeKind};
pub use scratch::{Scratch, remove_temporary_folders};
pub use state::State;
