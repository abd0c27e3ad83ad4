//! Looks for secrets where none must be: in the files of a run.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::capture_streams::capture_streams;
use crate::captured::is_capture;
use crate::form::Form;
use crate::lens::{Direction, Lens};
use crate::pattern::{Found, PatternSet};
use crate::secret::{Secret, SecretKind};
use crate::secrets::Secrets;
use crate::stretch::Stretch;
use crate::tape_streams::{is_tape, tape_streams};

/// Shorter PINs are met by chance in any file, and are looked for among the keys pressed on their lines only.
const SHORTEST_PIN: usize = 8;
/// Shorter PINs are met by chance where the numbers of a text are read without what separates them.
const SHORTEST_BARE_PIN: usize = 12;

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
/// text, without the spaces, rows and frames between them. A secret that is found as it is in a file is not told a second time.
///
/// A PIN of fewer than 8 digits is looked for among the keys pressed on its lines ([`Secret::on_lines`]) and nowhere else; digits that were
/// cleared again before the rest came do not hide it. Keys of one repeated byte are left out. Links are not followed, sockets and devices not
/// opened, files that vanish meanwhile are passed over. The leaks come in order of path.
///
/// # Errors
/// When a file or folder cannot be read, or a tape or capture is damaged: what was not searched is not clean.
pub fn leaks(dir: &Path, secrets: &Secrets) -> Result<Vec<Leak>, LeakError> {
    let mut search = Search::new(secrets);
    // A folder that is not there is a mistake of the caller's, not one that has vanished meanwhile.
    fs::metadata(dir).map_err(failed(dir))?;
    search.folder(dir, &Stretch::default())?;
    Ok(search.found)
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

struct Search {
    everywhere: PatternSet,
    bare: PatternSet,
    short_pins: Vec<Arc<Secret>>,
    found: Vec<Leak>,
}

impl Search {
    fn new(secrets: &Secrets) -> Self {
        let pin_below = |secret: &Secret, digits: usize| {
            secret.kind() == SecretKind::Pin && secret.value().len() < digits
        };
        let (short_pins, mut list): (Vec<_>, Vec<_>) =
            secrets.snapshot().into_iter().partition(|secret| pin_below(secret, SHORTEST_PIN));
        let everywhere = PatternSet::everywhere(&list, Lens::Binary);
        list.retain(|secret| !pin_below(secret, SHORTEST_BARE_PIN));
        let bare = PatternSet::everywhere(&list, Lens::Text);
        Self { everywhere, bare, short_pins, found: Vec::new() }
    }

    /// Searches a folder; `above` has the names from the searched folder down to this one, bare.
    fn folder(&mut self, dir: &Path, above: &Stretch) -> Result<(), LeakError> {
        let entries = fs::read_dir(dir).and_then(Iterator::collect);
        let Some(mut entries) = unless_vanished::<Vec<_>>(dir, entries)? else { return Ok(()) };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let before = self.found.len();
            let name = Stretch::at(Place::Name, entry.file_name().as_encoded_bytes());
            self.search(&path, before, &name, Part::Everything);
            let names = above.and(&name.bare());
            self.search(&path, before, &names, Part::Bare);
            let Some(kind) = unless_vanished(&path, entry.file_type())? else { continue };
            if kind.is_dir() {
                self.folder(&path, &names)?;
            } else if kind.is_file()
                && let Some(data) = unless_vanished(&path, fs::read(&path))?
            {
                self.file(&path, &data)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, data: &[u8]) -> Result<(), LeakError> {
        let before = self.found.len();
        let plain = Stretch::at(Place::Byte(0), data);
        self.search(path, before, &plain, Part::Everything);
        if is_tape(data) {
            for stretch in tape_streams(path, data).map_err(io::Error::other).map_err(failed(path))? {
                self.search(path, before, &stretch, Part::Everything);
                self.pressed(path, before, &stretch);
            }
        } else if is_capture(data) {
            for stretch in capture_streams(data).map_err(io::Error::other).map_err(failed(path))? {
                self.search(path, before, &stretch, Part::Everything);
            }
        } else if std::str::from_utf8(data).is_ok() {
            self.search(path, before, &plain.bare(), Part::Bare);
        }
        Ok(())
    }

    /// Keys that were pressed on a line: a short PIN as well, and what stays of digits that were cleared.
    fn pressed(&mut self, path: &Path, before: usize, stretch: &Stretch) {
        let Some(line) = stretch.pressed_on() else { return };
        let short = PatternSet::new(&self.short_pins, Lens::Text, Some(line));
        self.search(path, before, stretch, Part::These(&short));
        if let Some(stretch) = stretch.with_cleared_digits() {
            self.search(path, before, &stretch, Part::Everything);
            self.search(path, before, &stretch, Part::These(&short));
        }
    }

    /// Searches a stretch of `path`. Secrets that were told since `before`, of the same file, are not told again.
    fn search(&mut self, path: &Path, before: usize, stretch: &Stretch, part: Part<'_>) {
        let told: BTreeSet<String> = self.found[before..].iter().map(|leak| leak.name.clone()).collect();
        let set = match part {
            Part::Everything => &self.everywhere,
            Part::Bare => &self.bare,
            Part::These(set) => set,
        };
        let nibbles = stretch.nibbles();
        let mut at = 0;
        while at < nibbles.len() {
            match set.look(nibbles, at, true) {
                Found::Secret(pattern, length) if length == pattern.len() => {
                    let name = pattern.secret.name();
                    if at + length > stretch.known() && !told.contains(name) {
                        self.found.push(Leak {
                            path: path.to_owned(),
                            place: stretch.place(at),
                            name: name.to_owned(),
                            kind: pattern.secret.kind(),
                            form: pattern.form,
                        });
                    }
                    at += length;
                }
                _ => at += 1,
            }
        }
    }
}

/// Which secrets are looked for.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// Those that are not met by chance.
    Everything,
    /// Those that are not met by chance even where separators were left out.
    Bare,
    /// These.
    These(&'a PatternSet),
}
