//! What a case was played with, for whoever reads its record later.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::{Parts, RunFolderError, whole_file};

/// The file in a case's folder, written before anything is powered.
pub const PLAYED_FILE: &str = "case.json";

/// What a case was played with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Played {
    /// The case's name.
    pub case: String,
    /// The rig's name.
    pub rig: String,
    /// What the host's keys and the network's timing were drawn from.
    pub seed: u64,
    /// The fixtures of the world that the case began in.
    pub parts: Parts,
}

impl Played {
    /// Writes it into a case's folder.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), RunFolderError> {
        let file = folder.join(PLAYED_FILE);
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other);
        let mut text = text.map_err(RunFolderError::file("write", &file))?;
        text.push('\n');
        whole_file::write(&file, &text)
    }

    /// Reads it from a case's folder.
    ///
    /// # Errors
    /// A file that cannot be read, or is none of these.
    pub fn read(folder: &Path) -> io::Result<Self> {
        Ok(serde_json::from_str(&fs::read_to_string(folder.join(PLAYED_FILE))?)?)
    }
}
