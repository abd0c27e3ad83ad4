//! The tape: what every line carried, on one clock.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use tokio::time::Instant;

use crate::activity::{Activity, Recent};
use crate::lens::{Direction, Lens};
use crate::line::LineState;
use crate::record::{About, EndRecord, EventRecord, HeaderRecord, LineRecord, NoteRecord, VERSION, to_line};
use crate::secrets::Secrets;
use crate::sink::Sink;
use crate::stream::{Part, Stamp};
use crate::tapped::Tapped;
use crate::tidy::tidy;

/// The file's name within a case's folder.
pub const TAPE_FILE: &str = "tape.jsonl";

const DIRECTIONS: [Direction; 2] = [Direction::ToTerminal, Direction::FromTerminal];

/// What can go wrong with a tape's file.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file could not be made.
    #[error("failed to create {}: {source}; give each run of a case a folder of its own", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not everything could be written.
    #[error("failed to write {}: {bytes} bytes and {records} records are missing at its end: {source}", path.display())]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// Bytes that are not in the file.
        bytes: usize,
        /// Records that were given up besides.
        records: u64,
        /// The first error met.
        source: io::Error,
    },
    /// `finish` was called before.
    #[error("{} is finished already", path.display())]
    Finished {
        /// The file.
        path: PathBuf,
    },
}

/// What a finished tape holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The file.
    pub path: PathBuf,
    /// Recorded chunks.
    pub events: u64,
    /// Recorded notes.
    pub notes: u64,
    /// Recorded bytes of all lines.
    pub bytes: u64,
    /// A write that failed and succeeded later, or the reason why the records are not in order of time.
    pub fault: Option<String>,
}

/// The record of a case. Clones write to the same tape.
///
/// Each record is written to the file at once. Bytes that may be the beginning of a secret wait until the next bytes of the same
/// line and direction tell, however long that takes, so that a killed process loses at most these.
/// Such bytes are written after records that are younger: [`finish`](Self::finish) puts the file in order of time, and
/// [`read`](crate::read) does so for a tape that was never finished.
#[derive(Clone)]
pub struct Tape {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    recent: Mutex<Recent>,
    secrets: Secrets,
    path: PathBuf,
}

struct State {
    sink: Sink,
    start: Instant,
    /// Time of the last record; the tape's time never runs backwards.
    last: u64,
    next: u64,
    lines: BTreeMap<String, LineState>,
    events: u64,
    notes: u64,
    bytes: u64,
    /// Whether a record was written after a younger one or in parts.
    untidy: bool,
    finished: bool,
}

impl Tape {
    /// Creates `dir/tape.jsonl` and the folder. Times count from `start`.
    ///
    /// # Errors
    /// When the file exists or cannot be made: a tape is never written over.
    pub fn create(dir: &Path, start: Instant) -> Result<Self, TapeError> {
        Self::create_for(dir, start, &About::default())
    }

    /// Like [`create`](Self::create), with the case and the rig in the first line.
    ///
    /// # Errors
    /// As `create`.
    pub fn create_for(dir: &Path, start: Instant, about: &About) -> Result<Self, TapeError> {
        let path = dir.join(TAPE_FILE);
        let open = || {
            std::fs::create_dir_all(dir)?;
            OpenOptions::new().append(true).create_new(true).open(&path)
        };
        let file = open().map_err(|source| TapeError::Create { path: path.clone(), source })?;
        Ok(Self::on(Sink::new(Box::new(file)), path, start, about))
    }

    pub(crate) fn on(mut sink: Sink, path: PathBuf, start: Instant, about: &About) -> Self {
        sink.record(&to_line(&HeaderRecord { tape: VERSION, case: &about.case, rig: &about.rig }));
        let state = State {
            sink,
            start,
            last: 0,
            next: 0,
            lines: BTreeMap::new(),
            events: 0,
            notes: 0,
            bytes: 0,
            untidy: false,
            finished: false,
        };
        let (state, recent) = (Mutex::new(state), Mutex::default());
        Self { shared: Arc::new(Shared { state, recent, secrets: Secrets::new(), path }) }
    }

    /// The registry of this tape's secrets.
    pub fn secrets(&self) -> &Secrets {
        &self.shared.secrets
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Declares a line. A line keeps its first lens, but that `Withheld` wins at any time.
    pub fn line(&self, name: &str, lens: Lens) -> LineTap {
        self.shared.lock().declare(name, lens);
        LineTap { shared: Arc::clone(&self.shared), name: name.into() }
    }

    /// Records something that is no line's: power, reset, a step, a verdict. Secrets in it become tokens.
    pub fn note(&self, kind: &str, text: &str) {
        let secrets = &self.shared.secrets;
        let (kind, text) = (secrets.scrub(kind), secrets.scrub(text));
        let records = {
            let mut state = self.shared.lock();
            state.note(&kind, &text);
            state.next
        };
        self.shared.recent().records = records;
    }

    /// How many records there are so far. Does not wait for somebody who is writing one, as [`last_activity`](Self::last_activity)
    /// does not, so that a case that hangs anywhere can be watched from another thread.
    pub fn records(&self) -> u64 {
        self.shared.recent().records
    }

    /// The last bytes that went over any line.
    pub fn last_activity(&self) -> Option<Activity> {
        self.shared.recent().last.clone()
    }

    /// Ends the record of a case that does not go on, from another thread: what was held back is written, and a note of the time of
    /// the last record. The tape gets no end record, and what is recorded later is ignored. `false`: somebody hangs while he writes
    /// a record; the file stays as it is.
    pub fn abandon(&self, kind: &str, text: &str) -> bool {
        let secrets = &self.shared.secrets;
        let mut state = match self.shared.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        if !state.finished {
            state.release_all(secrets);
            state.note_late(&secrets.scrub(kind), &secrets.scrub(text));
            state.sink.write_out();
            state.finished = true;
        }
        true
    }

    /// Writes what was held back, when nothing more comes on any line: whoever follows the file has all of it before the notes
    /// that come now.
    pub fn settle(&self) {
        let mut state = self.shared.lock();
        if !state.finished {
            state.release_all(&self.shared.secrets);
        }
    }

    /// The first failure to write, if there was one: the disk was full, for instance. What could not be written is kept, tried
    /// again with each record, and told by [`finish`](Self::finish) if it never succeeds.
    pub fn fault(&self) -> Option<String> {
        self.shared.lock().sink.fault().map(ToString::to_string)
    }

    /// Writes what was held back and the end record, and puts the file in order of time. What is recorded later is ignored.
    ///
    /// # Errors
    /// When something could not be written, or the tape is finished already.
    pub fn finish(&self) -> Result<Summary, TapeError> {
        let path = self.shared.path.clone();
        let mut state = self.shared.lock();
        if state.finished {
            return Err(TapeError::Finished { path });
        }
        state.release_all(&self.shared.secrets);
        state.end("complete");
        state.finished = true;
        state.sink.write_out();
        let (bytes, records) = state.sink.unwritten();
        if bytes > 0 || records > 0 {
            let source = state.sink.cause();
            return Err(TapeError::Unwritten { path, bytes, records, source });
        }
        if state.untidy
            && let Err(error) = tidy(&path)
        {
            state.sink.keep_fault(error);
        }
        let fault = state.sink.fault().map(ToString::to_string);
        Ok(Summary { path, events: state.events, notes: state.notes, bytes: state.bytes, fault })
    }
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    /// A tape that nobody finished keeps what it held back, without an end record.
    fn drop(&mut self) {
        let secrets = self.secrets.clone();
        let mut state = self.lock();
        if !state.finished {
            state.release_all(&secrets);
            state.sink.write_out();
        }
    }
}

impl State {
    fn stamp(&mut self) -> Stamp {
        let elapsed = Instant::now().saturating_duration_since(self.start).as_nanos();
        self.last = u64::try_from(elapsed).unwrap_or(u64::MAX).max(self.last);
        self.stamp_late()
    }

    /// The next stamp, at the time of the last record: another thread cannot know what time it is on the bench's clock.
    fn stamp_late(&mut self) -> Stamp {
        let n = self.next;
        self.next += 1;
        Stamp { n, t: self.last }
    }

    fn declare(&mut self, name: &str, lens: Lens) {
        let before = self.lines.get(name).map(LineState::lens);
        if before == Some(lens) || (before.is_some() && lens != Lens::Withheld) || self.finished {
            return;
        }
        let Stamp { n, t } = self.stamp();
        self.sink.record(&to_line(&LineRecord { n, t, line: name, lens }));
        self.lines.entry(name.to_owned()).or_insert_with(|| LineState::new(lens)).set_lens(lens);
    }

    fn note(&mut self, kind: &str, text: &str) {
        if !self.finished {
            let stamp = self.stamp();
            self.note_at(stamp, kind, text);
        }
    }

    fn note_late(&mut self, kind: &str, text: &str) {
        let stamp = self.stamp_late();
        self.note_at(stamp, kind, text);
    }

    fn note_at(&mut self, Stamp { n, t }: Stamp, kind: &str, text: &str) {
        self.sink.record(&to_line(&NoteRecord { n, t, note: kind, text }));
        self.notes += 1;
    }

    fn record(&mut self, secrets: &Secrets, name: &str, direction: Direction, bytes: &[u8]) {
        if self.finished {
            return;
        }
        let Some(line) = self.lines.get_mut(name) else { return };
        let count = line.gather(direction, bytes);
        if count > 0 {
            self.record_gathered(secrets, name, direction, (bytes, count));
        }
    }

    /// Records a chunk that counts as so many bytes.
    fn record_gathered(
        &mut self,
        secrets: &Secrets,
        name: &str,
        direction: Direction,
        (bytes, count): (&[u8], usize),
    ) {
        let stamp = self.stamp();
        self.events += 1;
        self.bytes += count as u64;
        let Some(line) = self.lines.get_mut(name) else { return };
        let told = line.record(secrets, name, direction, stamp, bytes);
        for (way, parts) in &told {
            self.write(name, *way, parts);
            self.untidy |= *way != direction && !parts.is_empty();
        }
        let last = told.last().and_then(|(_, parts)| parts.last());
        self.untidy |= !last.is_some_and(|part| part.stamp.n == stamp.n && !part.more);
    }

    fn write(&mut self, name: &str, dir: Direction, parts: &[Part]) {
        for Part { stamp: Stamp { n, t }, data, more } in parts {
            let (n, t, more) = (*n, *t, *more);
            self.sink.record(&to_line(&EventRecord { n, t, line: name, dir, data, more }));
        }
    }

    fn release_all(&mut self, secrets: &Secrets) {
        let names: Vec<String> = self.lines.keys().cloned().collect();
        for (name, direction) in names.iter().flat_map(|name| DIRECTIONS.map(|way| (name, way))) {
            let count = self.lines.get_mut(name).map_or(0, |line| line.gather_rest(direction));
            if count > 0 {
                self.record_gathered(secrets, name, direction, (&[], count));
            }
        }
        let mut lines = std::mem::take(&mut self.lines);
        for (name, line) in &mut lines {
            for direction in DIRECTIONS {
                let parts = line.release(secrets, name, direction);
                self.write(name, direction, &parts);
            }
        }
        self.lines = lines;
    }

    fn end(&mut self, end: &str) {
        let Stamp { n, t } = self.stamp();
        let Self { events, notes, bytes, .. } = *self;
        self.sink.record(&to_line(&EndRecord { n, t, end, events, notes, bytes }));
    }
}

/// Records one line. Clones record the same line.
#[derive(Clone)]
pub struct LineTap {
    shared: Arc<Shared>,
    name: Arc<str>,
}

impl LineTap {
    /// The line's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Records a chunk that went over the line now.
    pub fn record(&self, direction: Direction, bytes: &[u8]) {
        let secrets = &self.shared.secrets;
        if bytes.is_empty() {
            return;
        }
        let (records, at) = {
            let mut state = self.shared.lock();
            state.record(secrets, &self.name, direction, bytes);
            (state.next, Duration::from_nanos(state.last))
        };
        let mut recent = self.shared.recent();
        recent.records = records;
        recent.bytes(&self.name, direction, bytes.len(), at);
    }

    /// Puts the tap on a stream: what the harness reads comes from the terminal, what it writes goes to the terminal.
    pub fn wrap<S>(&self, stream: S) -> Tapped<S> {
        if let Some(line) = self.shared.lock().lines.get_mut(&*self.name) {
            line.begin_stream();
        }
        Tapped::new(stream, self.clone())
    }
}

impl std::fmt::Debug for LineTap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineTap").field("name", &self.name).finish_non_exhaustive()
    }
}
