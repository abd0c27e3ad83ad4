//! The folder that a run leaves.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use jiff::Zoned;

use crate::{Report, Verdict};

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
    pub fn create(parent: &Path, rig: &str) -> io::Result<Self> {
        if let Some(id) = env::var_os("NEXTEST_RUN_ID") {
            return Self::at(parent.join(format!("nextest-{}-{rig}", id.to_string_lossy())));
        }
        fs::create_dir_all(parent)?;
        let stem = format!("{}-{rig}", Zoned::now().strftime("%Y%m%d-%H%M%S"));
        for n in 0_u32.. {
            let name = if n == 0 { stem.clone() } else { format!("{stem}-{n}") };
            match fs::create_dir(parent.join(&name)) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
                Ok(()) => return Ok(Self { path: parent.join(name) }),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Uses the folder at `path`, made where it is missing.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn at(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
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
    pub fn case(&self, name: &str) -> io::Result<PathBuf> {
        let mut path = self.path.clone();
        path.extend(name.split("::").map(file_name));
        let first = path.clone();
        for n in 2_u32.. {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            match fs::create_dir(&path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    path.clone_from(&first);
                    path.as_mut_os_string().push(format!(".try{n}"));
                }
                Err(e) => return Err(e),
                Ok(()) => return Ok(path),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Keeps the report of a case in its folder.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep_report(&self, report: &Report) -> io::Result<()> {
        let text = serde_json::to_string_pretty(report)?;
        fs::write(self.path.join(&report.folder).join(RESULT), text + "\n")
    }

    /// The reports of all cases that have ended in this folder, in the order of their names, whichever process ran them.
    ///
    /// # Errors
    /// A folder or file that cannot be read.
    pub fn reports(&self) -> io::Result<Vec<Report>> {
        let mut reports = Vec::new();
        let mut folders = vec![self.path.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|name| name == RESULT) {
                    reports.push(serde_json::from_str(&fs::read_to_string(path)?)?);
                }
            }
        }
        reports.sort_by(|a: &Report, b| (&a.case, &a.folder).cmp(&(&b.case, &b.folder)));
        Ok(reports)
    }

    /// Writes `results.json`: what was run (`about`), the verdict of every case that has ended in this folder, and their counts.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn write_results(&self, about: &serde_json::Value) -> io::Result<()> {
        const ALL: [Verdict; 5] =
            [Verdict::Pass, Verdict::Fail, Verdict::RigFault, Verdict::NotRun, Verdict::Inconclusive];
        let reports = self.reports()?;
        let counts: serde_json::Map<_, _> = ALL
            .into_iter()
            .map(|v| (v.word().to_owned(), reports.iter().filter(|r| r.verdict == v).count().into()))
            .collect();
        let results = serde_json::json!({ "format": 1, "run": about, "counts": counts, "cases": reports });
        // Several processes may share the folder: each leaves a whole file, the last one with all that have ended.
        let new = self.path.join(format!("results.{}.new", std::process::id()));
        fs::write(&new, serde_json::to_string_pretty(&results)? + "\n")?;
        fs::rename(new, self.path.join("results.json"))
    }
}

/// The report in a case's folder.
const RESULT: &str = "result.json";

/// The part of a case's name as a file name: everything but letters, digits and `._=-` becomes `-`.
pub(crate) fn file_name(part: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._=-".contains(c) { c } else { '-' };
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
    fn the_results_of_a_shared_folder_are_those_of_every_process() {
        let folder = tempfile::tempdir().unwrap();
        for case in ["b::one", "a::two"] {
            let run = RunFolder::at(folder.path().join("run")).unwrap();
            let path = run.case(case).unwrap();
            let folder = path.strip_prefix(run.path()).unwrap().display().to_string();
            let report = Report {
                case: case.into(),
                verdict: Verdict::Pass,
                why: None,
                wall_seconds: 1.0,
                clock_seconds: 0.0,
                figures: Vec::new(),
                folder,
            };
            run.keep_report(&report).unwrap();
            run.write_results(&serde_json::json!({ "rig": "sim" })).unwrap();
        }
        let text = fs::read_to_string(folder.path().join("run/results.json")).unwrap();
        let results: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(results["counts"]["pass"], 2);
        assert_eq!(results["cases"][0]["case"], "a::two");
        assert_eq!(fs::read_dir(folder.path().join("run")).unwrap().count(), 3, "no temporary file stays");
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
