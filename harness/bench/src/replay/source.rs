//! What a case left in its folder, and how much of it can be trusted.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use payrig_tape::{Entry, Recording, TAPE_FILE};
use serde::Deserialize;

use super::error::ReplayError;
use crate::{PLAYED_FILE, Played, Report, Verdict};

/// No run is longer. A damaged record may name any time, and virtual time would go there.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 3600);

/// What a case came to, in its folder.
const RESULT: &str = "result.json";
/// The name of a person's session, which is played on the rig's kept board.
const SESSION: &str = "panel";

/// A case's tape and what it was played with.
pub(super) struct Source {
    /// The tape's file.
    pub tape: PathBuf,
    /// What it holds, up to where something is missing.
    pub recording: Recording,
    /// What the case was played with.
    pub played: Played,
    /// Why the tape is not whole, if it is not.
    pub incomplete: Option<String>,
}

impl Source {
    /// Reads a case's folder.
    pub(super) fn read(folder: &Path) -> Result<Self, ReplayError> {
        if !folder.is_dir() {
            return Err(ReplayError::NoFolder { path: folder.to_owned() });
        }
        let tape = folder.join(TAPE_FILE);
        if !tape.is_file() {
            return Err(no_tape(folder));
        }
        let mut recording = payrig_tape::read(&tape)?;
        check_order(&tape, &recording)?;
        let (last, incomplete) = match recording.complete {
            true => (None, None),
            false => missing(&tape, &recording)?,
        };
        if let Some(last) = last {
            recording.entries.retain(|entry| entry.n() < last);
            recording.end = None;
        }
        let played = Played::read(folder)
            .map_err(|source| ReplayError::Played { path: folder.join(PLAYED_FILE), source })?;
        Ok(Self { tape, recording, played, incomplete })
    }

    /// Whether the board may have had a life before the tape.
    pub(super) fn is_of_kept_board(&self) -> bool {
        self.played.case == SESSION
    }

    /// An error about one record.
    pub(super) fn wrong(&self, n: u64, reason: impl Into<String>) -> ReplayError {
        ReplayError::Record { path: self.tape.clone(), n, reason: reason.into() }
    }
}

/// Why there is no tape.
fn no_tape(folder: &Path) -> ReplayError {
    let path = folder.to_owned();
    let report =
        fs::read(folder.join(RESULT)).ok().and_then(|text| serde_json::from_slice::<Report>(&text).ok());
    match report.filter(|report| report.verdict == Verdict::NotRun) {
        Some(report) => ReplayError::NotRun { path, why: report.why.unwrap_or_default() },
        None => ReplayError::NoTape { path, hint: hint(folder) },
    }
}

/// What to name instead of a folder without a tape: a case in it, where it is a run's.
fn hint(folder: &Path) -> String {
    match cases(folder, CASE_DEPTH).iter().min() {
        Some(case) => format!("it holds the cases of a run: name one, such as {}", case.display()),
        None => "name the folder of a case, such as runs/20261122-194027-qemu/sign-on/succeeds".to_owned(),
    }
}

/// A run's folder holds a folder for each group of cases; the folder of all runs is above it.
const CASE_DEPTH: usize = 3;

/// The folders with a tape, so many levels below this one.
fn cases(folder: &Path, levels: usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let below = folders.map(|entry| entry.path()).flat_map(|path| match path.join(TAPE_FILE).is_file() {
        true => vec![path],
        false if levels > 1 => cases(&path, levels - 1),
        false => Vec::new(),
    });
    below.collect()
}

/// The numbers of records grow, and time does not run backwards.
fn check_order(tape: &Path, recording: &Recording) -> Result<(), ReplayError> {
    let wrong = |n, reason| Err(ReplayError::Record { path: tape.to_owned(), n, reason });
    for pair in recording.entries.windows(2) {
        let [before, entry] = pair else { continue };
        if entry.n() == before.n() {
            return wrong(entry.n(), "the tape has two records of this number".to_owned());
        }
        if entry.at() < before.at() {
            let reason = format!("its time is before that of record {}", before.n());
            return wrong(entry.n(), reason);
        }
    }
    match end_of(recording) {
        (n, at) if at > LONGEST => {
            wrong(n, format!("expected a time within {} days of the tape's start", LONGEST.as_secs() / 86400))
        }
        _ => Ok(()),
    }
}

/// The first record that is not there as it was, if one can be named, and what is missing.
fn missing(tape: &Path, recording: &Recording) -> Result<(Option<u64>, Option<String>), ReplayError> {
    let mut reasons = Vec::new();
    let gap = (0..).zip(&recording.entries).find(|(n, entry)| entry.n() != *n).map(|(n, _)| n);
    let last = gap.into_iter().chain(first_unfinished(tape)?).min();
    if let Some(n) = last {
        reasons.push(format!("record {n} or a part of it is missing"));
    }
    if recording.torn > 0 {
        reasons.push(format!("its last line is cut off after {} bytes", recording.torn));
    }
    match recording.end {
        None => reasons.push("it has no end record, so its writer was killed or still runs".to_owned()),
        Some(end) if reasons.is_empty() => reasons.push(format!(
            "its end record counts {} chunks and {} notes, which are not those that it has",
            end.events, end.notes
        )),
        Some(_) => {}
    }
    Ok((last, Some(format!("{}: the tape is incomplete: {}", tape.display(), reasons.join("; ")))))
}

/// The first chunk of which the end was held back and never written.
fn first_unfinished(tape: &Path) -> Result<Option<u64>, ReplayError> {
    #[derive(Deserialize)]
    struct Chunk {
        n: Option<u64>,
        #[serde(default)]
        more: bool,
    }
    let unreadable =
        |source: io::Error| ReplayError::Tape(payrig_tape::ReadError::File { path: tape.to_owned(), source });
    let text = fs::read(tape).map_err(unreadable)?;
    let mut unfinished = BTreeSet::new();
    for chunk in text.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice::<Chunk>(line).ok()) {
        let Some(n) = chunk.n else { continue };
        if chunk.more {
            unfinished.insert(n);
        } else {
            unfinished.remove(&n);
        }
    }
    Ok(unfinished.first().copied())
}

/// The time up to which the terminal was recorded.
pub(super) fn end_of(recording: &Recording) -> (u64, Duration) {
    match (recording.end, recording.entries.last()) {
        (Some(end), _) => (end.n, end.at),
        (None, Some(Entry::Line { n, at, .. })) => (*n, *at),
        (None, Some(entry)) => (entry.n(), entry.at()),
        (None, None) => (0, Duration::ZERO),
    }
}
