//! Looks for secrets where none must be: in the files of a run.

mod in_file;
mod in_text;
mod on_slot;
mod sought;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::form::Form;
use crate::lens::Direction;
use crate::secret::SecretKind;
use crate::secrets::Secrets;
use crate::stretch::Stretch;
use in_file::InFile;
use sought::Sought;

/// Where a secret was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the file's name, or in those of the folders above it.
    Name,
    /// In the file, from this byte on.
    Byte(usize),
    /// In what a line of a tape carried, from this record on.
    Line {
        /// The line.
        name: String,
        /// Which way.
        direction: Direction,
        /// Number of the record, its `n`.
        record: u64,
    },
    /// In a tape's notes of one kind, from this record on.
    Note {
        /// The kind.
        kind: String,
        /// Number of the record, its `n`.
        record: u64,
    },
    /// In what one end of a capture's connection sent, from this block on: the section's header is 0, the interface 1.
    Block(u64),
}

/// A secret that reached a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The file.
    pub path: PathBuf,
    /// Where it begins.
    pub place: Place,
    /// The secret's name.
    pub name: String,
    /// Its kind.
    pub kind: SecretKind,
    /// How it is written there.
    pub form: Form,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, name, kind, form, place } = self;
        // A path that holds a secret is not told: this sentence goes into records.
        let folder = path.parent().unwrap_or(path).display();
        let path = path.display();
        match place {
            Place::Name => return write!(f, "{kind} {name} as {form} in the name of a file in {folder}"),
            Place::Byte(byte) => write!(f, "{path}: byte {byte}")?,
            Place::Line { name, direction: Direction::ToTerminal, record } => {
                write!(f, "{path}: line {name} to the terminal, from record {record} on")?;
            }
            Place::Line { name, direction: Direction::FromTerminal, record } => {
                write!(f, "{path}: line {name} from the terminal, from record {record} on")?;
            }
            Place::Note { kind, record } => write!(f, "{path}: notes `{kind}`, from record {record} on")?,
            Place::Block(number) => write!(f, "{path}: packets of a connection, from block {number} on")?,
        }
        write!(f, ": {kind} {name} as {form}")
    }
}

/// Why a folder could not be searched.
#[derive(Debug, thiserror::Error)]
#[error("failed to search {} for secrets: {source}", path.display())]
pub struct LeakError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said, or what is wrong with the file.
    pub source: io::Error,
}

/// Searches every file under `dir`, and its name, for every registered secret: ASCII digits, packed digits at both
/// halves of a byte, raw bytes, hex in any case, base64 at any offset.
///
/// Each file is searched as it is. What belongs together and stands apart is put together and searched again: what a tape's
/// line carried one way, however it was cut into records; what one end of a capture's connection sent, in however many packets; the letters and digits of a
/// text, be it a file or what was carried, without the spaces, rows and frames between them, without escapes of JSON, markup, and the sequences by which a
/// terminal places its rows. A secret that is found as it is in a file is not told a second time.
///
/// All of it is read as bytes of a chip card's slot too, from hex digits as well: without the escape of its line, in the inverse convention, with
/// procedure bytes of T=0 or the ends of T=1's blocks between. A tape's slot lines are read as terminal and card read them.
///
/// A PIN of fewer than 8 digits is looked for in ISO 9564-1 format 2 blocks, among the keys pressed on its lines ([`Secret::on_lines`]) and nowhere else; digits that were
/// cleared again before the rest came do not hide it. Keys of one repeated byte are left out. Links are not followed, sockets and devices not
/// opened, files that vanish meanwhile are passed over. The leaks come in order of path.
///
/// # Errors
/// When a file or folder cannot be read, or a tape or capture is damaged: what was not searched is not clean.
pub fn leaks(dir: &Path, secrets: &Secrets) -> Result<Vec<Leak>, LeakError> {
    let sought = Sought::new(secrets);
    let mut found = Vec::new();
    for entry in entries(dir)? {
        found.extend(entry.search(&sought)?);
    }
    Ok(found)
}

/// The same with all of this machine's cores, for a folder of many files. `progress` is told how many of how many files have been searched,
/// from whichever thread has searched one.
///
/// # Errors
/// As [`leaks`].
pub fn leaks_with_progress(
    dir: &Path,
    secrets: &Secrets,
    progress: impl Fn(usize, usize) + Sync,
) -> Result<Vec<Leak>, LeakError> {
    let (sought, entries) = (Sought::new(secrets), entries(dir)?);
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut searched = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(entry) = entries.get(at) else { return searched };
            searched.push((at, entry.search(&sought)));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, entries.len());
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut searched = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            match other.join() {
                Ok(searched) => all.extend(searched),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    searched.sort_by_key(|(at, _)| *at);
    let mut found = Vec::new();
    for (_, leaks) in searched {
        found.extend(leaks?);
    }
    Ok(found)
}

/// A file, a folder, or whatever else has a name under the folder that is searched.
struct Entry {
    path: PathBuf,
    /// Its name as it is.
    name: Stretch,
    /// The names from the searched folder down to this one, bare.
    names: Stretch,
    is_file: bool,
}

impl Entry {
    fn search(&self, sought: &Sought) -> Result<Vec<Leak>, LeakError> {
        let mut search = InFile::new(sought, &self.path);
        search.names(&self.name, &self.names);
        let mut found = search.found;
        if self.is_file
            && let Some(data) = unless_vanished(&self.path, fs::read(&self.path))?
        {
            // A secret of its name is told again where it stands in the file as well.
            let mut search = InFile::new(sought, &self.path);
            search.data(&data)?;
            found.append(&mut search.found);
        }
        Ok(found)
    }
}

/// Everything under a folder, in order of path.
fn entries(dir: &Path) -> Result<Vec<Entry>, LeakError> {
    // A folder that is not there is a mistake of the caller's, not one that has vanished meanwhile.
    fs::metadata(dir).map_err(failed(dir))?;
    let mut entries = Vec::new();
    enter(dir, &Stretch::default(), &mut entries)?;
    Ok(entries)
}

/// Adds what is under a folder; `above` has the names from the searched folder down to this one, bare.
fn enter(dir: &Path, above: &Stretch, entries: &mut Vec<Entry>) -> Result<(), LeakError> {
    let listed = fs::read_dir(dir).and_then(Iterator::collect);
    let Some(mut listed) = unless_vanished::<Vec<_>>(dir, listed)? else { return Ok(()) };
    listed.sort_by_key(fs::DirEntry::file_name);
    for entry in listed {
        let path = entry.path();
        let name = Stretch::at(Place::Name, entry.file_name().as_encoded_bytes());
        let names = above.and(&name.bare());
        let kind = unless_vanished(&path, entry.file_type())?;
        let (is_dir, is_file) =
            (kind.is_some_and(|kind| kind.is_dir()), kind.is_some_and(|kind| kind.is_file()));
        entries.push(Entry { path: path.clone(), name, names: names.clone(), is_file });
        if is_dir {
            enter(&path, &names, entries)?;
        }
    }
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> LeakError {
    let path = path.to_owned();
    move |source| LeakError { path, source }
}

/// What a file of another process does that ends at the same time: it goes while the folder is being read.
fn unless_vanished<T>(path: &Path, result: io::Result<T>) -> Result<Option<T>, LeakError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path)(error)),
    }
}
