//! A rig and a world put together: cases are played, checked, held against snapshots, and given a verdict.
//!
//! [`Bench`] owns the runtime and with it the clock. For each [`Case`] it powers a board of its own, plays the network,
//! the host and the operator around it, records every line on one tape, and answers with a [`Report`].

mod agree;
mod attend;
mod bench;
mod case;
mod case_player;
mod cases;
mod fixtures;
mod front_end;
mod hold;
mod junit;
mod key_screen;
mod keys_seen;
mod last_run;
mod meaning;
mod person;
mod played;
mod quiet;
mod record_secrets;
pub mod replay;
mod results;
mod run_folder;
mod run_folder_error;
pub mod runner;
pub mod scenario;
pub mod snapshot;
mod steps;
mod suite;
mod transcript;
mod uplink;
mod verdict;
mod watchdog;
mod whole_file;
mod world;

pub use agree::{AgreeError, Difference, Side, agree};
pub use attend::{Attended, Setup};
pub use bench::{Bench, Settings, local_runtime};
pub use case::{Case, CaseFuture, Parts};
pub use fixtures::Fixtures;
pub use hold::{Held, Hold};
pub use key_screen::KeyScreen;
pub use last_run::{LastRun, last_failed};
pub use person::Person;
pub use played::{PLAYED_FILE, Played};
pub use results::{ImageSubject, Results, Subject};
pub use run_folder::RunFolder;
pub use run_folder_error::RunFolderError;
pub use suite::{Suite, SuiteError};
pub use transcript::{Meaning, Message, Row, Transcript};
pub use verdict::{Aftermath, Figure, Finding, Report, Verdict, with_causes};
pub use world::World;
