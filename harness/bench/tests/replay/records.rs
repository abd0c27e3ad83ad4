//! Runs whose records are replayed.

use std::path::{Path, PathBuf};

use payrig_bench::{
    Bench, Case, Fixtures, Report, RunFolder, Settings, Suite,
    replay::{Replayed, replay},
};
use payrig_rig::RigFile;
use tempfile::TempDir;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn fixtures() -> Fixtures {
    Fixtures::open(&root().join("fixtures")).unwrap()
}

/// A bench that leaves its records in a temporary folder.
pub struct Recorder {
    folder: TempDir,
    bench: Bench,
}

impl Recorder {
    pub fn on(rig: &str) -> Self {
        Self::with_seed(rig, 1)
    }

    pub fn with_seed(rig: &str, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rig = RigFile::load(&root().join(format!("rigs/{rig}.toml"))).unwrap();
        let run = RunFolder::at(folder.path().join("run")).unwrap();
        Self { folder, bench: Bench::new(Settings { rig, fixtures: fixtures(), run, seed }) }
    }

    /// Plays a case; its report and its folder.
    pub fn play(&self, case: &Case) -> (Report, PathBuf) {
        let report = self.bench.run(case);
        let records = self.bench.settings().run.path().join(&report.folder);
        (report, records)
    }

    /// Plays a case of the suite; its folder.
    pub fn play_named(&self, name: &str) -> PathBuf {
        let suite = Suite::load(&fixtures()).unwrap();
        let (report, records) = self.play(suite.case(name).unwrap());
        assert_eq!(report.verdict.word(), "pass", "{:?}", report.why);
        records
    }

    /// A new folder beside the run.
    pub fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Replays a case that must be no different.
pub fn replay_alike(records: &Path) -> Replayed {
    let replayed = replay(records, &fixtures()).unwrap_or_else(|error| panic!("{error}"));
    if let Some(difference) = &replayed.difference {
        panic!("{}: {difference}\n{:?}", records.display(), replayed.remarks);
    }
    assert_eq!(replayed.incomplete, None);
    replayed
}
