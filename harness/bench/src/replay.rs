//! Feeds the recorded inputs of a run to the simulated terminal and tells the first difference in what it sent or showed.
//!
//! The tape may be any rig's. The terminal is alone: its modem, its host and its operator are what the tape says that they said.
//!
//! # How it is played
//!
//! - What the terminal sent is waited for, line by line; chunks do not matter, and no order between lines is assumed.
//! - What the terminal was given goes to it once everything recorded before has come from it, after the recorded pause since what
//!   happened last. A terminal that is slower or faster than the recorded one, or has slower lines, shifts the time and nothing else.
//! - Power cuts, removed batteries and resets act on the board, each after the recorded pause.
//!
//! # What is no difference
//!
//! - In the boot line the values of `build` and `entropy`, which are the board's.
//! - What comes so shortly before a power cut, a reset or the tape's end that the recorded terminal had no time for it: within a second, or
//!   no time at all where the replay has kept the tape's time to the nanosecond, as it does with a tape of a simulated board.
//! - What comes after the tape's end from a terminal that is at work. One that says something at once and then nothing for longer than it
//!   waits for anything has not been at work: if the case passed, so that nobody had disturbed the recorded one, that is a difference.
//! - What the tape leaves open about a terminal that was cut off: which of the inputs of its last second had an effect that lasts. And about
//!   one that boots: when it began to read its modem line. Each is tried where the tape as it is leads to a difference later; if that
//!   explains the tape, the remarks say so.
//!
//! Bytes beyond the recorded ones are a difference in every other case, and so is a terminal that stays silent.

mod boot_line;
mod choice;
mod course;
mod error;
mod expected;
mod happening;
mod pace;
mod picture;
mod report;
mod script;
mod search;
mod secrets;
mod source;
mod terminal;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use payrig_rig::{LineName, sim::SimBoard};

use crate::{Fixtures, fixtures::DIALECT, run_folder::file_name, watchdog};
pub use error::ReplayError;
use happening::happenings;
pub use report::{Deviation, DeviationKind, Difference};
use script::Life;
use search::{Recorded, Stage, on_paused_clock};
use source::Source;

/// What a replay came to.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The case's name.
    pub case: String,
    /// The rig that recorded it.
    pub rig: String,
    /// Records on the tape that were replayed.
    pub records: usize,
    /// Boots on the tape.
    pub boots: usize,
    /// Bytes of each line that came from the terminal as recorded; lines that carried none are left out.
    pub alike: BTreeMap<&'static str, u64>,
    /// Time that the replay took on the terminal's clock.
    pub virtual_time: Duration,
    /// Time that it took on the wall.
    pub wall_time: Duration,
    /// Whether the tape's time was kept to the nanosecond.
    pub exact: bool,
    /// The first difference.
    pub difference: Option<Difference>,
    /// Why the tape is not whole, if it is not: nothing is known of what is missing.
    pub incomplete: Option<String>,
    /// What is to be known besides.
    pub remarks: Vec<String>,
}

/// The folder of a case in a run's folder.
pub fn case_folder(run: &Path, case: &str) -> PathBuf {
    let mut path = run.to_owned();
    path.extend(case.split("::").map(file_name));
    path
}

/// Replays the case that left its records in `folder`. The values of its secrets come from `fixtures`.
///
/// # Errors
/// A folder without a tape, a tape that is damaged, or secrets that these fixtures do not hold.
pub fn replay(folder: &Path, fixtures: &Fixtures) -> Result<Replayed, ReplayError> {
    replay_on(folder, fixtures, Stage { board: || Box::new(SimBoard::new()), limit: watchdog::LIMIT })
}

/// Replays it on another board than the simulated one.
#[expect(clippy::disallowed_methods, reason = "a person wants to know how long it took")]
fn replay_on(folder: &Path, fixtures: &Fixtures, stage: Stage) -> Result<Replayed, ReplayError> {
    let started = std::time::Instant::now();
    let source = Source::read(folder)?;
    let dialect = fixtures.dialect(DIALECT).map_err(|e| ReplayError::Fixture(e.to_string()))?;
    let secrets = on_paused_clock(secrets::known(&source, fixtures))??;
    let tape = Arc::new(Recorded::of(&source, happenings(&source, &secrets)?));
    let (outcome, choices) = search::best(&tape, stage)?;
    let lives = tape.lives(&choices);
    let difference =
        outcome.fault.as_ref().map(|fault| report::difference(fault, &lives, &dialect, &secrets));
    let alike = LineName::ALL.into_iter().map(LineName::word).zip(outcome.alike);
    let mut remarks = outcome.remarks;
    remarks.extend(lives.iter().filter_map(Life::remark));
    Ok(Replayed {
        case: source.played.case,
        rig: source.played.rig,
        records: source.recording.entries.len(),
        boots: lives.len(),
        alike: alike.filter(|(_, bytes)| *bytes > 0).collect(),
        virtual_time: outcome.took,
        wall_time: started.elapsed(),
        exact: outcome.exact,
        difference: difference.transpose()?,
        incomplete: source.incomplete,
        remarks,
    })
}
