//! All cases: those that are files, and those that compute.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use crate::{Case, Fixtures, cases, run_folder::file_name, scenario, snapshot};

/// All cases, in the order of their names.
#[derive(Debug)]
pub struct Suite {
    /// The cases. No two have the same name, nor would leave their records in one folder.
    pub cases: Vec<Case>,
}

/// What is wrong with the scenario files: a sentence each, with file, line and column.
#[derive(Debug, thiserror::Error)]
pub struct SuiteError(Vec<String>);

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Suite {
    /// Reads every scenario file and everything that it names. Opens no hardware.
    ///
    /// # Errors
    /// Every file that cannot be used, not the first alone.
    pub fn load(fixtures: &Fixtures) -> Result<Self, SuiteError> {
        let folder = fixtures.scenarios();
        let (scenarios, errors) = scenario::read_all(fixtures)
            .map_err(|e| SuiteError(vec![format!("{}: cannot be read: {e}", folder.display())]))?;
        let mut problems: Vec<_> = errors.iter().map(ToString::to_string).collect();
        let mut sources = BTreeMap::new();
        let mut cases = Vec::new();
        let files = scenarios.into_iter().map(|scenario| (scenario.file.clone(), Case::of(scenario)));
        let computing = cases::all().into_iter().map(|case| ("the harness itself".to_owned(), case));
        for (source, case) in computing.chain(files) {
            match sources.insert(records(&case.name), source.clone()) {
                Some(other) => problems.push(format!(
                    "{source}: its case `{}` has the same name, or the same folder in a run, as one of {other}; rename the file",
                    case.name
                )),
                None => cases.push(case),
            }
        }
        if problems.is_empty() {
            cases.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(Self { cases })
        } else {
            Err(SuiteError(problems))
        }
    }

    /// The case of a name.
    pub fn case(&self, name: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.name == name)
    }

    /// Where the reviewed snapshots of all cases are, whether they are there or not.
    pub fn snapshots(&self, root: &Path) -> Vec<PathBuf> {
        let places = self.cases.iter().flat_map(|case| {
            case.snapshots.iter().map(|kind| snapshot::place(root, &case.name, kind.word()))
        });
        places.map(|(place, name)| place.join(format!("{name}.snap"))).collect()
    }
}

/// Where a case leaves its records, on a file system that does not tell upper case from lower.
fn records(case: &str) -> Vec<String> {
    case.split("::").map(|part| file_name(part).to_lowercase()).collect()
}
