//! Looks for secrets where none must be: in the files of a run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::form::{Form, bytes_to_nibbles};
use crate::lens::Lens;
use crate::pattern::{Found, PatternSet};
use crate::secret::SecretKind;
use crate::secrets::Secrets;

/// Shorter PINs are met by chance in any file: a case that is to be checked for its PIN uses a long one.
const SHORTEST_PIN: usize = 8;

/// A secret that reached a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The file.
    pub path: PathBuf,
    /// Where it begins, in bytes; nothing where it is the file's name that holds the secret.
    pub offset: Option<usize>,
    /// The secret's name.
    pub name: String,
    /// Its kind.
    pub kind: SecretKind,
    /// How it is written there.
    pub form: Form,
}

impl std::fmt::Display for Leak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, name, kind, form, offset } = self;
        match offset {
            Some(offset) => write!(f, "{}: byte {offset}: {kind} {name} as {form}", path.display()),
            None => write!(f, "{kind} {name} as {form} in the name of a file in {}", path.display()),
        }
    }
}

/// Why a folder could not be searched.
#[derive(Debug, thiserror::Error)]
#[error("failed to search {} for secrets: {source}", path.display())]
pub struct LeakError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Searches every file under `dir`, and its name, for every registered secret: ASCII digits, packed digits at both
/// halves of a byte, raw bytes, hex in any case, base64 at any offset.
///
/// PINs of fewer than 8 digits and keys of one repeated byte are left out. Links are not followed, sockets and devices not opened.
/// The leaks come in order of path and place.
///
/// # Errors
/// When a file or folder cannot be read: what was not searched is not clean.
pub fn leaks(dir: &Path, secrets: &Secrets) -> Result<Vec<Leak>, LeakError> {
    let mut list = secrets.snapshot();
    list.retain(|secret| secret.kind() != SecretKind::Pin || secret.value().len() >= SHORTEST_PIN);
    let set = PatternSet::everywhere(&list, Lens::Binary);
    let mut found = Vec::new();
    search_folder(dir, &set, &mut found)?;
    Ok(found)
}

fn search_folder(dir: &Path, set: &PatternSet, found: &mut Vec<Leak>) -> Result<(), LeakError> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| LeakError { path, source }
    };
    let entries: io::Result<Vec<_>> = fs::read_dir(dir).and_then(Iterator::collect);
    let mut entries = entries.map_err(fail(dir))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        search(entry.file_name().as_encoded_bytes(), dir, false, set, found);
        let path = entry.path();
        let kind = entry.file_type().map_err(fail(&path))?;
        if kind.is_dir() {
            search_folder(&path, set, found)?;
        } else if kind.is_file() {
            search(&fs::read(&path).map_err(fail(&path))?, &path, true, set, found);
        }
    }
    Ok(())
}

fn search(data: &[u8], path: &Path, content: bool, set: &PatternSet, found: &mut Vec<Leak>) {
    let nibbles = bytes_to_nibbles(data);
    let mut at = 0;
    while at < nibbles.len() {
        match set.look(&nibbles, at, true) {
            Found::Secret(pattern, length) if length == pattern.len() => {
                found.push(Leak {
                    path: path.to_owned(),
                    offset: content.then_some(at / 2),
                    name: pattern.secret.name().to_owned(),
                    kind: pattern.secret.kind(),
                    form: pattern.form,
                });
                at += length;
            }
            _ => at += 1,
        }
    }
}
