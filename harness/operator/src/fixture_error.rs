//! What is wrong with a terminal fixture, and where.

use std::{io, ops::Range, path::PathBuf, sync::Arc};

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// Why a terminal fixture, or a file that it names, could not be used.
#[derive(Debug, Error, Diagnostic)]
pub enum FixtureError {
    /// A file could not be read.
    #[error("cannot read {what} {}: {source}", path.display())]
    #[diagnostic(help(
        "terminal fixtures are in fixtures/terminals; paths in one start from its own folder"
    ))]
    Read {
        /// What the file is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The text is not what it should be.
    #[error("{name}:{line}:{column}: {message}")]
    #[diagnostic(help("correct the marked place; fixtures/terminals/keyed.toml is a whole example"))]
    Invalid {
        /// The file.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What was expected there.
        message: String,
        /// The text, for a drawn message.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// The place, for a drawn message.
        #[label("here")]
        span: SourceSpan,
    },
}

impl FixtureError {
    pub(crate) fn at(name: &str, text: &str, span: Range<usize>, message: &str) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self::Invalid {
            name: name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or("").chars().count() + 1,
            message: message.trim_end().replace('\n', "; "),
            text: Arc::new(NamedSource::new(name, text.to_owned())),
            span: span.into(),
        }
    }
}
