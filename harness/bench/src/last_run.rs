//! Which cases the last run on a rig left undone, for whoever runs these again.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    PLAYED_FILE, Report, Results, RunFolderError, Verdict,
    results::RESULTS_FILE,
    run_folder::{reports, result_files},
};

/// The newest run on a rig, and what in it did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// The run's folder.
    pub folder: PathBuf,
    /// The cases whose last try ended with fail, rig-fault or inconclusive, in the order of their names.
    pub failed: Vec<String>,
}

/// Looks in the newest run on `rig` among the folders in `runs`. A run that was killed has no `results.json`: there the reports in the
/// folders of its cases are read.
///
/// # Errors
/// [`RunFolderError::NoRun`] where there is none, or a file of the newest run that cannot be read.
pub fn last_failed(runs: &Path, rig: &str) -> Result<LastRun, RunFolderError> {
    for (_, folder) in newest_first(runs)? {
        let (its_rig, reports) = read(&folder)?;
        if its_rig.is_some_and(|its_rig| its_rig == rig) {
            return Ok(LastRun { folder, failed: failed(reports) });
        }
    }
    Err(RunFolderError::NoRun { runs: runs.to_owned(), rig: rig.to_owned() })
}

/// The folders in which cases have ended, each with the time of the newest result.
fn newest_first(runs: &Path) -> Result<Vec<(SystemTime, PathBuf)>, RunFolderError> {
    let entries = match fs::read_dir(runs) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(RunFolderError::file("read", runs))?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let folder = entry.map_err(RunFolderError::file("read", runs))?.path();
        if folder.is_dir()
            && let Some(time) = ended(&folder)?
        {
            folders.push((time, folder));
        }
    }
    folders.sort();
    folders.reverse();
    Ok(folders)
}

/// When the last case ended that the folder tells of.
fn ended(folder: &Path) -> Result<Option<SystemTime>, RunFolderError> {
    let modified = |path: &Path| {
        let metadata = fs::metadata(path).and_then(|metadata| metadata.modified());
        metadata.map_err(RunFolderError::file("read", path))
    };
    let results = folder.join(RESULTS_FILE);
    if results.exists() {
        return modified(&results).map(Some);
    }
    // What has no such file may be anybody's folder, and closed to us.
    let files = result_files(folder).unwrap_or_default();
    let times = files.iter().map(|file| modified(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(times.into_iter().max())
}

/// The rig of a run, where anything names it, and what is known of its cases.
fn read(folder: &Path) -> Result<(Option<String>, Vec<Report>), RunFolderError> {
    #[derive(Deserialize)]
    struct PlayedOn {
        rig: String,
    }
    let reports = reports(folder)?;
    let results = folder.join(RESULTS_FILE);
    if results.exists() {
        let results: Results = parse(&results)?;
        let reports = if reports.is_empty() { results.cases } else { reports };
        return Ok((Some(results.run.rig), reports));
    }
    for report in &reports {
        let played = folder.join(&report.folder).join(PLAYED_FILE);
        if played.exists() {
            return Ok((Some(parse::<PlayedOn>(&played)?.rig), reports));
        }
    }
    Ok((None, reports))
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, RunFolderError> {
    let text = fs::read_to_string(path).map_err(RunFolderError::file("read", path))?;
    serde_json::from_str(&text).map_err(|e| RunFolderError::broken(path, &e))
}

/// The cases whose last try did not end well. A case that was not run tells nothing that running it again could mend.
fn failed(reports: Vec<Report>) -> Vec<String> {
    let mut last = BTreeMap::<String, (u32, Verdict)>::new();
    for report in reports {
        let (attempt, verdict) = (report.attempt(), report.verdict);
        let known = last.entry(report.case).or_insert((attempt, verdict));
        if attempt >= known.0 {
            *known = (attempt, verdict);
        }
    }
    let undone = |verdict| matches!(verdict, Verdict::Fail | Verdict::RigFault | Verdict::Inconclusive);
    last.into_iter().filter(|(_, (_, verdict))| undone(*verdict)).map(|(case, _)| case).collect()
}
