//! Reads a tape back.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::piece::{Piece, join};
use crate::record::{About, AnyRecord, VERSION};
use crate::recording::{End, Entry, Event, Note, Recording};

/// Why a file is no tape.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read.
    #[error("failed to read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is no record.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What was expected.
        reason: String,
    },
}

/// Reads a tape, finished or not. A last line that was cut off is left out and counted.
///
/// # Errors
/// When the file cannot be read, or a line other than a cut-off last one is no record.
pub fn read(path: &Path) -> Result<Recording, ReadError> {
    let data = std::fs::read(path).map_err(|source| ReadError::File { path: path.to_owned(), source })?;
    read_data(path, &data)
}

/// Reads a tape from its file's contents; `path` is for errors.
pub(crate) fn read_data(path: &Path, data: &[u8]) -> Result<Recording, ReadError> {
    let whole = data.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (lines, torn) = data.split_at(whole);
    let mut reader = Reader::default();
    for (at, line) in lines.split_inclusive(|byte| *byte == b'\n').enumerate() {
        reader.line(line).map_err(|reason| ReadError::Line {
            path: path.to_owned(),
            line: at + 1,
            reason,
        })?;
    }
    Ok(reader.recording(torn.len()))
}

/// A line of the file.
pub(crate) enum Parsed {
    Header(About),
    /// A chunk, or a part of one of which more follows.
    Event(Event, bool),
    /// A declared line or a note.
    Entry(Entry),
    End(End),
}

/// Reads a line of the file; `first`: it is the first one, which says what the tape is.
pub(crate) fn parse(line: &[u8], first: bool) -> Result<Parsed, String> {
    let record: AnyRecord =
        serde_json::from_slice(line).map_err(|error| format!("not a record of a tape: {error}"))?;
    if first {
        return header(record).map(Parsed::Header);
    }
    let (Some(n), Some(t)) = (record.n, record.t) else {
        return Err("expected the number n and the time t of a record".to_owned());
    };
    let at = Duration::from_nanos(t);
    Ok(match record {
        AnyRecord { line: Some(line), dir: Some(direction), data: Some(data), more, .. } => {
            Parsed::Event(Event { n, at, line, direction, data }, more)
        }
        AnyRecord { line: Some(name), lens: Some(lens), .. } => {
            Parsed::Entry(Entry::Line { n, at, name, lens })
        }
        AnyRecord { note: Some(kind), text: Some(text), .. } => {
            Parsed::Entry(Entry::Note(Note { n, at, kind, text }))
        }
        AnyRecord {
            end: Some(end), events: Some(events), notes: Some(notes), bytes: Some(bytes), ..
        } if end == "complete" => Parsed::End(End { n, at, events, notes, bytes }),
        _ => return Err("expected a line, an event, a note or an end record".to_owned()),
    })
}

fn header(record: AnyRecord) -> Result<About, String> {
    match record.tape {
        Some(VERSION) => {
            let (case, rig) = (record.case.unwrap_or_default(), record.rig.unwrap_or_default());
            Ok(About { case, rig })
        }
        Some(other) => {
            Err(format!("this tape has format {other}, expected {VERSION}; read it with its own payrig"))
        }
        None => Err("expected the first record of a tape, {\"tape\":1,...}".to_owned()),
    }
}

#[derive(Default)]
struct Reader {
    about: Option<About>,
    entries: Vec<Entry>,
    /// Chunks of which a part has been read and the rest has not, by number.
    open: std::collections::BTreeSet<u64>,
    end: Option<End>,
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        match parse(line, self.about.is_none())? {
            Parsed::Header(about) => self.about = Some(about),
            Parsed::Event(event, more) => self.event(event, more),
            Parsed::Entry(entry) => self.entries.push(entry),
            Parsed::End(end) => self.end = Some(end),
        }
        Ok(())
    }

    fn event(&mut self, event: Event, more: bool) {
        let rest = self.open.remove(&event.n);
        if more {
            self.open.insert(event.n);
        }
        // The beginning is near the end of what has been read: only younger chunks of other lines lie between.
        let begun = self.entries.iter_mut().rev().take_while(|_| rest).find_map(|entry| match entry {
            Entry::Event(begun) if begun.n == event.n => Some(begun),
            _ => None,
        });
        match begun {
            Some(begun) => {
                let pieces: Vec<Piece> =
                    std::mem::take(&mut begun.data).into_iter().chain(event.data).collect();
                begun.data = join(pieces);
            }
            None => self.entries.push(Entry::Event(event)),
        }
    }

    fn recording(mut self, torn: usize) -> Recording {
        self.entries.sort_by_key(Entry::n);
        let count =
            |wanted: fn(&Entry) -> bool| self.entries.iter().filter(|entry| wanted(entry)).count() as u64;
        let events = count(|entry| matches!(entry, Entry::Event(_)));
        let notes = count(|entry| matches!(entry, Entry::Note(_)));
        let next = self.end.map(|end| end.n).or(self.entries.last().map(|entry| entry.n() + 1)).unwrap_or(0);
        let gaps = next.saturating_sub(self.entries.len() as u64);
        let missing = gaps + self.open.len() as u64;
        let agrees = self.end.is_some_and(|end| end.events == events && end.notes == notes);
        Recording {
            about: self.about.unwrap_or_default(),
            complete: agrees && torn == 0 && missing == 0,
            entries: self.entries,
            end: self.end,
            torn,
            missing,
        }
    }
}
