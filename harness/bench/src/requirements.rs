//! What must hold, row by row, and what a run says of each row.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use payrig_fixture::{FixtureError, FixtureFile};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::{Case, Fixtures, Report, Verdict};

/// The file under the fixtures.
const FILE: &str = "requirements.toml";

/// Every requirement, in the order of the file.
#[derive(Clone, Debug)]
pub struct Requirements {
    rows: Vec<Requirement>,
}

/// One thing that must hold.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Words with dots between, such as `sign-on.keys.kcv`; scenarios name it by this.
    pub id: String,
    /// What must hold, in a sentence.
    pub text: String,
    /// The document and the clause that want it.
    pub source: String,
    /// The beginning of the line of `fixtures/PROTOCOL.md` that says it, where one does.
    pub fact: Option<String>,
    /// Whether a terminal may go without it.
    pub level: Level,
    /// Why no scenario covers it, and what shows it instead if anything does.
    pub reason: Option<String>,
    /// `file:line`.
    place: String,
}

/// Whether a terminal may go without something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It may not.
    Mandatory,
    /// It may.
    Optional,
}

/// What a run says of a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementVerdict {
    /// The requirement.
    pub id: String,
    /// Whether a terminal may go without it.
    pub level: Level,
    /// The worst verdict of the cases that cover it; `not-run` where none was played.
    pub verdict: Verdict,
    /// How many cases that cover it were played.
    pub cases: usize,
    /// Why no case covers it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    requirement: Vec<Spanned<RawRow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    id: Spanned<String>,
    text: String,
    source: String,
    fact: Option<String>,
    #[serde(default = "mandatory")]
    level: Level,
    reason: Option<String>,
}

const fn mandatory() -> Level {
    Level::Mandatory
}

impl Requirements {
    /// Reads `fixtures/requirements.toml`; fixtures without this file have no requirements.
    ///
    /// # Errors
    /// A file that cannot be read, or says something that it cannot mean, with file, line and column.
    pub fn load(fixtures: &Fixtures) -> Result<Self, FixtureError> {
        let path = fixtures.root().join(FILE);
        if !path.exists() {
            return Ok(Self { rows: Vec::new() });
        }
        let file = FixtureFile::open_as(&path, format!("fixtures/{FILE}"))?;
        let raw: RawFile = file.parse()?;
        let mut ids = BTreeSet::new();
        let mut rows = Vec::new();
        for row in raw.requirement {
            let place = file.place(&row.span());
            let RawRow { id, text, source, fact, level, reason } = row.into_inner();
            if !is_id(id.get_ref()) {
                return Err(file.wrong(&id, EXPECTED));
            }
            if !ids.insert(id.get_ref().clone()) {
                return Err(file.wrong(
                    &id,
                    &format!("`{}` is there already: give each row an id of its own", id.get_ref()),
                ));
            }
            rows.push(Requirement { id: id.into_inner(), text, source, fact, level, reason, place });
        }
        Ok(Self { rows })
    }

    /// The rows.
    pub fn rows(&self) -> &[Requirement] {
        &self.rows
    }

    /// What is wrong between these rows and the cases: a sentence each.
    pub fn disagreements(&self, cases: &[Case]) -> Vec<String> {
        let covered: BTreeSet<_> =
            cases.iter().flat_map(|case| &case.requirements).map(String::as_str).collect();
        let disagreement =
            self.rows.iter().filter_map(|row| match (covered.contains(row.id.as_str()), &row.reason) {
                (false, None) => Some(format!(
                    "{}: no case covers `{}`: name it in a scenario's `requirements`, or give the `reason`",
                    row.place, row.id
                )),
                (true, Some(_)) => Some(format!(
                    "{}: a case covers `{}`: take its `reason` away, which says why none does",
                    row.place, row.id
                )),
                _ => None,
            });
        disagreement.collect()
    }

    /// What the cases that were played say of each row.
    pub(crate) fn verdicts(&self, reports: &[Report]) -> Vec<RequirementVerdict> {
        let mut played: BTreeMap<&str, Vec<Verdict>> = BTreeMap::new();
        for report in reports {
            for id in &report.requirements {
                played.entry(id).or_default().push(report.verdict);
            }
        }
        let verdict = |row: &Requirement| {
            let of_row = played.get(row.id.as_str()).map_or(&[][..], Vec::as_slice);
            RequirementVerdict {
                id: row.id.clone(),
                level: row.level,
                verdict: worst(of_row),
                cases: of_row.len(),
                reason: row.reason.clone(),
            }
        };
        self.rows.iter().map(verdict).collect()
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.id, self.text, self.source)
    }
}

/// What an id looks like, for whoever wrote another.
pub(crate) const EXPECTED: &str =
    "expected words of a-z, 0-9 and `-` with dots between, as in `sign-on.keys.kcv`";

/// Whether this can be a requirement's id.
pub(crate) fn is_id(id: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    id.split('.').all(word)
}

/// One failure counts for more than any number of passes; a case that was not played says nothing beside one that was.
fn worst(verdicts: &[Verdict]) -> Verdict {
    const ORDER: [Verdict; 4] = [Verdict::Fail, Verdict::RigFault, Verdict::Inconclusive, Verdict::Pass];
    ORDER.into_iter().find(|verdict| verdicts.contains(verdict)).unwrap_or(Verdict::NotRun)
}

#[cfg(test)]
mod tests;
