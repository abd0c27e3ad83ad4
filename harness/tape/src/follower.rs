//! Follows a tape that is being written.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::read::{Parsed, ReadError, parse};
use crate::record::About;
use crate::recording::{End, Entry};

/// Reads a tape as it grows, whoever writes it.
///
/// Entries come in the order in which they were written. A chunk of which a part was held back comes in parts of the same number,
/// in order, the later ones after younger records. The file is kept open: a tape that is put in order at its end, or removed,
/// is followed to the end of what was written.
///
/// ```
/// use payrig_tape::{Entry, Follower, Tape};
/// use tokio::time::Instant;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let mut follower = Follower::new(&dir.path().join("tape.jsonl"));
/// assert_eq!(follower.news()?, [], "there is no tape yet");
///
/// let tape = Tape::create(dir.path(), Instant::now())?;
/// tape.note("power", "on");
/// let news = follower.news()?;
/// assert!(matches!(&news[..], [Entry::Note(note)] if note.text == "on"));
///
/// tape.finish()?;
/// assert_eq!(follower.news()?, []);
/// assert_eq!(follower.end().map(|end| end.notes), Some(1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    file: Option<File>,
    /// What was read and not told yet: the beginning of a line, as a rule.
    begun: Vec<u8>,
    /// Lines told so far.
    lines: usize,
    about: Option<About>,
    end: Option<End>,
}

impl Follower {
    /// A follower of the tape at `path`, which need not exist yet.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), file: None, begun: Vec::new(), lines: 0, about: None, end: None }
    }

    /// The tape's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Case and rig, once they are known.
    pub fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    /// The end record of a tape that was finished: nothing follows it.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// What was written since the last call, as far as its lines are whole.
    ///
    /// # Errors
    /// When the file is there and cannot be read, or a line is no record: that line is left out, the next call goes on behind it.
    pub fn news(&mut self) -> Result<Vec<Entry>, ReadError> {
        self.read().map_err(|source| ReadError::File { path: self.path.clone(), source })?;
        let mut entries = Vec::new();
        let mut done = 0;
        while let Some(length) = self.begun[done..].iter().position(|byte| *byte == b'\n').map(|at| at + 1) {
            match parse(&self.begun[done..done + length], self.about.is_none()) {
                Ok(Parsed::Header(about)) => self.about = Some(about),
                Ok(Parsed::Event(event, _)) => entries.push(Entry::Event(event)),
                Ok(Parsed::Entry(entry)) => entries.push(entry),
                Ok(Parsed::End(end)) => self.end = Some(end),
                // What came before it is told first.
                Err(_) if !entries.is_empty() => break,
                Err(reason) => {
                    self.lines += 1;
                    self.begun.drain(..length);
                    return Err(ReadError::Line { path: self.path.clone(), line: self.lines, reason });
                }
            }
            done += length;
            self.lines += 1;
        }
        self.begun.drain(..done);
        Ok(entries)
    }

    fn read(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = match File::open(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                opened => Some(opened?),
            };
        }
        if let Some(file) = &mut self.file {
            file.read_to_end(&mut self.begun)?;
        }
        Ok(())
    }
}
