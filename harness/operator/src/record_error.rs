//! What is wrong with a provisioning record, and where.

use miette::Diagnostic;
use thiserror::Error;

/// A record that no terminal would take.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[error("{file}:{line}: {problem}")]
#[diagnostic(help("INTERFACE.md, section 5, has the form of a provisioning record"))]
pub struct RecordError {
    /// The file's name as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What was expected and what to do. Never a key's value.
    pub problem: String,
}
