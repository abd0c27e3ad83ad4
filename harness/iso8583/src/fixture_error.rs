//! Why a fixture file was refused, with the place.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// A fixture file could not be read, or says something that it cannot mean.
#[derive(Debug, Error, Diagnostic)]
pub enum FixtureError {
    /// The file itself could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file's content was refused.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Content(Box<Refusal>),
}

/// One sentence about one place of a fixture file; as a `miette` diagnostic it shows the line.
#[derive(Error, Diagnostic)]
#[error("{file}:{line}:{column}: {message}")]
pub struct Refusal {
    /// The file's name as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What was expected and what was found.
    pub message: String,
    #[source_code]
    content: NamedSource<String>,
    #[label("here")]
    span: SourceSpan,
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FixtureError {
    /// A refusal of `span` (byte offsets) in `text`, which came from `file`.
    #[must_use]
    pub fn at(file: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = (0..=span.start.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let (before, _) = text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let column = before.get(line_start..).map_or(0, |s| s.chars().count()) + 1;
        Self::Content(Box::new(Refusal {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column,
            message: message.into(),
            content: NamedSource::new(file, text.to_owned()),
            span: SourceSpan::from(start..span.end.max(start)),
        }))
    }

    /// What `toml` said about `text`, put into this crate's words: unknown keys get a suggestion.
    #[must_use]
    pub fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        Self::at(file, text, error.span().unwrap_or(0..0), reworded(error.message()))
    }

    /// Reads a fixture file as text.
    ///
    /// # Errors
    /// [`FixtureError::Read`] when the file is missing, unreadable, or not UTF-8.
    pub fn read(path: &Path) -> Result<String, Self> {
        std::fs::read_to_string(path).map_err(|source| Self::Read { path: path.to_owned(), source })
    }
}

/// `unknown field` becomes `unknown key`, and the list of all keys becomes the nearest one where there is one.
fn reworded(message: &str) -> String {
    let Some((head, list)) = message.split_once(", expected ") else { return message.to_owned() };
    let Some(rest) = head.strip_prefix("unknown ") else { return message.to_owned() };
    let Some((kind, name)) = rest.split_once(' ') else { return message.to_owned() };
    let kind = if kind == "field" { "key" } else { "value" };
    let known: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    match nearest(name.trim_matches('`'), &known) {
        Some(near) => format!("unknown {kind} {name}; did you mean `{near}`?"),
        None => format!("unknown {kind} {name}; expected {list}"),
    }
}

/// The known name that `name` was most likely meant to be.
#[must_use]
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |k: &str| (strsim::damerau_levenshtein(name, k), name.len().abs_diff(k.len()));
    let best = known.iter().map(|k| (distance(k), *k)).min()?;
    (best.0.0 <= name.chars().count().div_ceil(3).max(1)).then_some(best.1)
}
