//! A TOML file of a fixture, with its text kept for messages that name a place.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::fixture_error::FixtureError;

pub(crate) struct FixtureFile {
    path: PathBuf,
    name: String,
    text: String,
}

impl FixtureFile {
    pub(crate) fn open(what: &'static str, path: &Path) -> Result<Self, FixtureError> {
        let text = fs::read_to_string(path).map_err(|source| FixtureError::Read {
            what,
            path: path.to_owned(),
            source,
        })?;
        Ok(Self { path: path.to_owned(), name: path.display().to_string(), text })
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, FixtureError> {
        toml::from_str(&self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            FixtureError::at(&self.name, &self.text, span, error.message())
        })
    }

    /// A path that this file names, seen from its folder.
    pub(crate) fn beside(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// An error at a value of this file.
    pub(crate) fn wrong<T>(&self, value: &Spanned<T>, message: &str) -> FixtureError {
        FixtureError::at(&self.name, &self.text, value.span(), message)
    }
}
