//! Puts a finished tape in order of time.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use crate::read::read;
use crate::record::{EndRecord, EventRecord, HeaderRecord, LineRecord, NoteRecord, VERSION, to_line};
use crate::recording::{Entry, Recording};

/// Writes the tape anew beside the old file and puts it in its place in one step. On an error the old file is untouched.
pub(crate) fn tidy(path: &Path) -> io::Result<()> {
    let recording = read(path).map_err(io::Error::other)?;
    let beside = path.with_extension("jsonl.new");
    let written = write_all(&recording, &beside).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to tell; the left-over would be found by the next reader of the folder.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_all(recording: &Recording, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let header = HeaderRecord { tape: VERSION, case: &recording.about.case, rig: &recording.about.rig };
    file.write_all(&to_line(&header))?;
    for entry in &recording.entries {
        file.write_all(&entry_line(entry))?;
    }
    if let Some(end) = recording.end {
        let (events, notes, bytes) = (end.events, end.notes, end.bytes);
        file.write_all(&to_line(&EndRecord {
            n: end.n,
            t: nanos(end.at),
            end: "complete",
            events,
            notes,
            bytes,
        }))?;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_data()
}

fn entry_line(entry: &Entry) -> Vec<u8> {
    let (n, t) = (entry.n(), nanos(entry.at()));
    match entry {
        Entry::Line { name, lens, .. } => to_line(&LineRecord { n, t, line: name, lens: *lens }),
        Entry::Event(event) => {
            let (dir, data) = (event.direction, &event.data);
            to_line(&EventRecord { n, t, line: &event.line, dir, data, more: false })
        }
        Entry::Note(note) => to_line(&NoteRecord { n, t, note: &note.kind, text: &note.text }),
    }
}

fn nanos(at: Duration) -> u64 {
    u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)
}
