//! The language of screens and receipts.

/// A language that the terminal speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// ASCII.
    #[default]
    English,
    /// UTF-8 on the screen, GB18030 on paper.
    Chinese,
}
