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

    /// Writes `results.json`: the verdict of each case and their counts.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_results(&self, rig: &str, reports: &[Report]) -> io::Result<()> {
        const ALL: [Verdict; 5] =
            [Verdict::Pass, Verdict::Fail, Verdict::RigFault, Verdict::NotRun, Verdict::Inconclusive];
        let counts: serde_json::Map<_, _> = ALL
            .into_iter()
            .map(|v| (v.word().to_owned(), reports.iter().filter(|r| r.verdict == v).count().into()))
            .collect();
        let results = serde_json::json!({ "format": 1, "rig": rig, "counts": counts, "cases": reports });
        let text = serde_json::to_string_pretty(&results)?;
        fs::write(self.path.join("results.json"), text + "\n")
    }
}

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
