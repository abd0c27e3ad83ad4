//! The folder that a run leaves.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Zoned;
use serde::Serialize;

use crate::{
    Report, Requirements, Results, RunFolderError, Subject,
    junit::{self, JUNIT_FILE},
    results::RESULTS_FILE,
    whole_file,
};

/// `runs/<time>-<rig>/`, with a folder for each case and `results.json`.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes a new run folder under `parent`, named by the time and the rig. The processes of one nextest run share a
    /// folder, which is named by `NEXTEST_RUN_ID` instead of the time.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn create(parent: &Path, rig: &str) -> Result<Self, RunFolderError> {
        if let Some(id) = env::var_os("NEXTEST_RUN_ID") {
            return Self::at(parent.join(format!("nextest-{}-{rig}", id.to_string_lossy())));
        }
        let stem = parent.join(format!("{}-{rig}", Zoned::now().strftime("%Y%m%d-%H%M%S")));
        Ok(Self { path: create_new(&stem, "-", 1)? })
    }

    /// Uses the folder at `path`, made where it is missing.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn at(path: PathBuf) -> Result<Self, RunFolderError> {
        fs::create_dir_all(&path).map_err(RunFolderError::file("make", &path))?;
        Ok(Self { path })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder of a case; the name's `::` becomes a level, characters beyond file names become `-`. An earlier run
    /// of the same case into the same folder (a retry) is kept under another number.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn case(&self, name: &str) -> Result<PathBuf, RunFolderError> {
        let mut path = self.path.clone();
        path.extend(name.split("::").map(file_name));
        create_new(&path, TRY, 2)
    }

    /// Keeps the report of a case in its folder; beside the others where it could have none.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep_report(&self, report: &Report) -> Result<(), RunFolderError> {
        let file = match report.folder.as_str() {
            "" => self.path.join(format!("{}.{RESULT}", file_name(&report.case))),
            folder => self.path.join(folder).join(RESULT),
        };
        whole_file::write(&file, &json(report))
    }

    /// The reports of all cases that have ended in this folder, in the order of their names and then of their tries, whichever
    /// process ran them.
    ///
    /// # Errors
    /// A folder or file that cannot be read.
    pub fn reports(&self) -> Result<Vec<Report>, RunFolderError> {
        reports(&self.path)
    }

    /// Writes `results.json` and `junit.xml`: what was run, the verdict of every case that has ended in this folder, their counts,
    /// and what they say of each requirement.
    ///
    /// Several processes may share the folder. Each file is replaced as a whole; and whoever replaced them last looks once more for
    /// cases that ended meanwhile, so that those of no process are missing at the end.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn write_results(&self, run: &Subject, requirements: &Requirements) -> Result<(), RunFolderError> {
        let mut written = None;
        loop {
            let found = result_files(&self.path)?.len();
            if written == Some(found) {
                return Ok(());
            }
            let results = Results::of(run.clone(), reports(&self.path)?, requirements);
            whole_file::write(&self.path.join(RESULTS_FILE), &json(&results))?;
            let junit_file = self.path.join(JUNIT_FILE);
            let junit = junit::document(&results, self.path()).map_err(io::Error::other);
            whole_file::write(&junit_file, &junit.map_err(RunFolderError::file("write", &junit_file))?)?;
            written = Some(results.cases.len());
        }
    }
}

/// The report in a case's folder.
const RESULT: &str = "result.json";

/// Between a case's name and the number of its try, from the second on.
pub(crate) const TRY: &str = ".try";

/// Makes a folder that was not there: `path`, or else `path`, `mark` and a number from `first` on.
fn create_new(path: &Path, mark: &str, first: u32) -> Result<PathBuf, RunFolderError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(RunFolderError::file("make", parent))?;
    }
    let mut new = path.to_owned();
    for n in first.. {
        match fs::create_dir(&new) {
            Ok(()) => return Ok(new),
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                return Err(RunFolderError::file("make", &new)(e));
            }
            Err(_) => {
                new = path.to_owned();
                new.as_mut_os_string().push(format!("{mark}{n}"));
            }
        }
    }
    Err(RunFolderError::file("make", &new)(io::ErrorKind::AlreadyExists.into()))
}

/// See [`RunFolder::reports`].
pub(crate) fn reports(run: &Path) -> Result<Vec<Report>, RunFolderError> {
    let mut reports = Vec::new();
    for path in result_files(run)? {
        let text = fs::read_to_string(&path).map_err(RunFolderError::file("read", &path))?;
        let report: Report = serde_json::from_str(&text).map_err(|e| RunFolderError::broken(&path, &e))?;
        reports.push(report);
    }
    reports.sort_by(|a, b| (&a.case, a.attempt()).cmp(&(&b.case, b.attempt())));
    Ok(reports)
}

/// The files of all reports in a run's folder.
pub(crate) fn result_files(run: &Path) -> Result<Vec<PathBuf>, RunFolderError> {
    let mut files = Vec::new();
    let mut folders = vec![run.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = || RunFolderError::file("read", &folder);
        for entry in fs::read_dir(&folder).map_err(unreadable())? {
            let entry = entry.map_err(unreadable())?;
            if entry.file_type().map_err(unreadable())?.is_dir() {
                folders.push(entry.path());
            } else if is_result(&entry.file_name()) {
                files.push(entry.path());
            }
        }
    }
    Ok(files)
}

/// Whether a file of this name is a report, rather than one that is just being written.
fn is_result(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        name.strip_suffix(RESULT).is_some_and(|case| case.is_empty() || case.ends_with('.'))
    })
}

/// As a file's text. These types have no map with keys that are not text, the only thing that JSON refuses.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// The part of a case's name as a file name: everything but letters, digits and `._=-` becomes `-`.
pub(crate) fn file_name(part: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._=-#".contains(c) { c } else { '-' };
    part.trim_end_matches(']').chars().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_keeps_the_first_try() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::at(folder.path().join("run")).unwrap();
        let name = "sign-on::kcv-wrong[key=PIK]";
        assert_eq!(run.case(name).unwrap(), run.path().join("sign-on/kcv-wrong-key=PIK"));
        assert_eq!(run.case(name).unwrap(), run.path().join("sign-on/kcv-wrong-key=PIK.try2"));
        assert_eq!(run.case(name).unwrap(), run.path().join("sign-on/kcv-wrong-key=PIK.try3"));
    }

    #[test]
    fn two_runs_at_once_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        // A process under nextest shares its folder on purpose; here each run has its own parent then.
        let make = |n: &str| RunFolder::create(&folder.path().join(n), "sim").unwrap();
        if env::var_os("NEXTEST_RUN_ID").is_none() {
            assert_ne!(make("a").path(), make("a").path());
        } else {
            assert_eq!(make("a").path(), make("a").path());
        }
    }
}
