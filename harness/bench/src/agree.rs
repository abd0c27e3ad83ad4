//! Whether two runs of a case agree: what went over each line, message by message, whatever rigs they were played on.
//!
//! Compared are the bytes of every message, both ways on every line, power-up by power-up; no order between lines is promised.
//! Declared to differ, and nothing else is:
//!
//! - the data of commands to a chip card and of its answers, which random numbers go into: compared is which commands and which
//!   statuses there were, and how long the data;
//! - times, and how bytes were cut into records; with that, whether the echo of an ESC came before the command behind it;
//! - the build and the source of random numbers in a boot line;
//! - polls of the modem that were told to wait and came again at once ([`payrig_network::is_still_waiting`],
//!   [`payrig_network::may_be_seen_late`]), with the ESC that goes before a poll that was repeated;
//! - where the module says by itself what it says ([`payrig_network::is_unasked`]): such lines are compared among themselves;
//! - how the network cut data (`+IPD`);
//! - how far the terminal had come when its power was cut or it was reset: what one of the two sent after the last screen that
//!   both had shown, or while that was being drawn, the other may not have sent yet; nor got the answer that the module owed for it.
//!   What both have is compared all the same.

mod difference;
mod lanes;
mod modem;
mod unit;

use std::{collections::BTreeSet, path::Path, sync::Arc};

use payrig_iso8583::Dialect;
use payrig_tape::{Direction, ReadError, TAPE_FILE};

pub use difference::{Difference, Side};

use crate::{PLAYED_FILE, Played, Transcript};
use lanes::{LaneName, Sorted};
use unit::Unit;

/// Why two runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum AgreeError {
    /// A tape cannot be read.
    #[error(transparent)]
    Tape(#[from] ReadError),
    /// A tape is not whole.
    #[error("{tape}: the tape is incomplete: run the case again")]
    Incomplete {
        /// The tape's file.
        tape: String,
    },
    /// What a case was played with cannot be read.
    #[error("{file}: {source}")]
    Played {
        /// The file.
        file: String,
        /// What the system said, or what is wrong in it.
        source: std::io::Error,
    },
    /// The two are of different worlds.
    #[error("{a} and {b} were played with another {what}: compare two runs of one case, with one seed")]
    Unlike {
        /// A folder.
        a: String,
        /// The other.
        b: String,
        /// What differs.
        what: &'static str,
    },
}

/// Compares what two case folders hold; host messages are told by `dialect`. No difference: the runs agree.
///
/// # Errors
/// Folders that do not hold the whole record of one case each, played with the same seed and fixtures.
pub fn agree(dialect: &Arc<Dialect>, a: &Path, b: &Path) -> Result<Vec<Difference>, AgreeError> {
    like(a, b)?;
    let (a, b) = (sorted(dialect, a)?, sorted(dialect, b)?);
    let names: BTreeSet<&LaneName> = a.lanes.keys().chain(b.lanes.keys()).collect();
    Ok(names.into_iter().flat_map(|name| compare(name, &a, &b)).collect())
}

/// Both were played with the same.
fn like(a: &Path, b: &Path) -> Result<(), AgreeError> {
    let read = |folder: &Path| {
        let file = || folder.join(PLAYED_FILE).display().to_string();
        Played::read(folder).map_err(|source| AgreeError::Played { file: file(), source })
    };
    let (first, second) = (read(a)?, read(b)?);
    let unlike = [
        ("case", first.case != second.case),
        ("seed", first.seed != second.seed),
        ("world", first.parts != second.parts),
    ];
    match unlike.into_iter().find(|(_, differs)| *differs) {
        None => Ok(()),
        Some((what, _)) => {
            Err(AgreeError::Unlike { a: a.display().to_string(), b: b.display().to_string(), what })
        }
    }
}

fn sorted(dialect: &Arc<Dialect>, folder: &Path) -> Result<Sorted, AgreeError> {
    let tape = folder.join(TAPE_FILE);
    let recording = payrig_tape::read(&tape)?;
    if !recording.complete {
        return Err(AgreeError::Incomplete { tape: tape.display().to_string() });
    }
    Ok(Sorted::of(Transcript::of(dialect.clone(), &recording)))
}

/// The differences of a lane. What the two share at its beginning and its end is not told; what lies between is told side by side.
fn compare(name: &LaneName, a: &Sorted, b: &Sorted) -> Vec<Difference> {
    let (a_units, b_units) = (a.units(name), b.units(name));
    let begins = a_units.iter().zip(b_units).take_while(|(a, b)| a.is_same(b)).count();
    let (rest_a, rest_b) = (&a_units[begins..], &b_units[begins..]);
    let shown = a.screens(name.boot).len().min(b.screens(name.boot).len());
    let in_flight = a.are_in_flight(name.boot, shown, rest_a) && b.are_in_flight(name.boot, shown, rest_b);
    if in_flight && a.booted == b.booted && was_cut_short(rest_a, rest_b) {
        return Vec::new();
    }
    let ends = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(a, b)| a.is_same(b)).count();
    let (rest_a, rest_b) = (&rest_a[..rest_a.len() - ends], &rest_b[..rest_b.len() - ends]);
    let pairs = (0..rest_a.len().max(rest_b.len())).map(|at| (rest_a.get(at), rest_b.get(at)));
    let differ = |(a, b): &(Option<&Unit>, Option<&Unit>)| !a.zip(*b).is_some_and(|(a, b)| a.is_same(b));
    pairs.filter(differ).filter_map(Difference::of).collect()
}

/// Whether, in each direction, one of the two has only gone on for longer than the other.
fn was_cut_short(a: &[Unit], b: &[Unit]) -> bool {
    let goes_on = |short: &[&Unit], long: &[&Unit]| match (short, long.first()) {
        ([], _) => true,
        ([begun], Some(whole)) => begun.is_beginning_of(whole),
        _ => false,
    };
    [Direction::FromTerminal, Direction::ToTerminal].into_iter().all(|direction| {
        let (a, b) = (one_way(a, direction), one_way(b, direction));
        let same = a.iter().zip(&b).take_while(|(a, b)| a.is_same(b)).count();
        goes_on(&a[same..], &b[same..]) || goes_on(&b[same..], &a[same..])
    })
}

fn one_way(units: &[Unit], direction: Direction) -> Vec<&Unit> {
    units.iter().filter(|unit| unit.direction() == Some(direction)).collect()
}

#[cfg(test)]
mod tests;
