//! What is wrong with a network profile, and where.

use std::{io, ops::Range, path::PathBuf, sync::Arc};

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// Why a network profile could not be used.
#[derive(Debug, Error, Diagnostic)]
pub enum ProfileError {
    /// The file could not be read.
    #[error("cannot read network profile {}: {source}", path.display())]
    #[diagnostic(help("profiles are in fixtures/networks; a world names one without its .toml"))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The text is not a network profile.
    #[error("{name}:{line}:{column}: {message}")]
    #[diagnostic(help("correct the marked place; fixtures/networks/cellular-normal.toml shows every key"))]
    Invalid {
        /// The file's name as it was given.
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

impl ProfileError {
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
