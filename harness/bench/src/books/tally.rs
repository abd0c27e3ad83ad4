//! How many transactions have come to what.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Finding;

/// How many transactions have come to what, on all sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sales that are captured.
    pub captured: usize,
    /// Sales that a card approved without the host: they are captured at the terminal only.
    pub offline: usize,
    /// Sales that were voided.
    pub voided: usize,
    /// Sales and voids that were reversed, or that the host never had in force.
    pub reversed: usize,
    /// Sales and voids that the host declined and the terminal does not keep.
    pub declined: usize,
    /// Sales and voids whose reversal was given up.
    pub open: usize,
    /// Those of which the terminal does not know.
    pub in_doubt: usize,
}

/// What a scenario expects of the books: that they agree, and as many transactions as it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BooksExpected {
    /// So many sales are captured.
    pub captured: Option<usize>,
    /// So many sales were approved by a card without the host. Where it is left out, none may be.
    pub offline: Option<usize>,
    /// So many sales were voided.
    pub voided: Option<usize>,
    /// So many sales and voids were reversed.
    pub reversed: Option<usize>,
    /// So many sales and voids were declined.
    pub declined: Option<usize>,
    /// The reversals of so many sales and voids were given up.
    pub open: Option<usize>,
    /// So many sales and voids are in doubt. Where it is left out, none may be.
    pub in_doubt: Option<usize>,
}

impl BooksExpected {
    /// Holds a tally against what is expected.
    pub(crate) fn hold(self, tally: Tally) -> Result<(), Finding> {
        let counts = [
            ("captured", self.captured, tally.captured),
            ("offline", self.offline.or(Some(0)), tally.offline),
            ("voided", self.voided, tally.voided),
            ("reversed", self.reversed, tally.reversed),
            ("declined", self.declined, tally.declined),
            ("open", self.open, tally.open),
            ("in-doubt", self.in_doubt, tally.in_doubt),
        ];
        let differs = |(name, expected, came): (&str, Option<usize>, usize)| {
            expected.filter(|expected| *expected != came).map(|expected| format!("{name} = {expected}"))
        };
        let differing: Vec<_> = counts.into_iter().filter_map(differs).collect();
        if differing.is_empty() {
            return Ok(());
        }
        Err(Finding::terminal(format!("expected {}; the books agree on {tally}", differing.join(", "))))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { captured, offline, voided, reversed, declined, open, in_doubt } = self;
        write!(
            f,
            "captured = {captured}, voided = {voided}, reversed = {reversed}, declined = {declined}, open = {open}, \
             in-doubt = {in_doubt}"
        )?;
        if *offline > 0 { write!(f, ", offline = {offline}") } else { Ok(()) }
    }
}
