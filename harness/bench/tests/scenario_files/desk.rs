//! A copy of the fixtures with scenarios of the test's own.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use payrig_bench::{Bench, Fixtures, Report, RunFolder, Settings, Suite};
use payrig_rig::RigFile;
use payrig_tape::Recording;
use tempfile::TempDir;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub struct Desk(TempDir);

impl Desk {
    /// All fixtures but scenarios and snapshots.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for kind in [
            "acquirers",
            "acquirers/behaviours",
            "cards",
            "dialects",
            "keys",
            "networks",
            "terminals",
            "terminals/panels",
        ] {
            let to = folder.path().join(kind);
            fs::create_dir_all(&to).unwrap();
            for file in
                fs::read_dir(root().join("fixtures").join(kind)).unwrap().map(|entry| entry.unwrap().path())
            {
                if file.is_file() {
                    fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
                }
            }
        }
        let requirements = "requirements.toml";
        fs::copy(root().join("fixtures").join(requirements), folder.path().join(requirements)).unwrap();
        fs::create_dir(folder.path().join("scenarios")).unwrap();
        Self(folder)
    }

    /// Writes `scenarios/<name>`.
    pub fn write(&self, name: &str, text: &str) {
        let file = self.0.path().join("scenarios").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub fn suite(&self) -> Result<Suite, String> {
        Suite::load(&Fixtures::open(self.0.path()).unwrap()).map_err(|e| e.to_string())
    }

    /// The tape of the case that was played.
    pub fn tape(&self) -> Recording {
        payrig_tape::read(&self.0.path().join("run/a/case/tape.jsonl")).unwrap()
    }

    /// What the cases of this desk leave.
    pub fn run(&self) -> PathBuf {
        self.0.path().join("run")
    }

    /// A bench of the simulated board.
    pub fn bench(&self) -> Bench {
        Bench::new(Settings {
            rig: RigFile::load(&root().join("rigs/sim.toml")).unwrap(),
            fixtures: Fixtures::open(self.0.path()).unwrap(),
            run: RunFolder::at(self.run()).unwrap(),
            seed: 1,
        })
    }

    /// Plays a scenario of this text on the simulated board.
    pub fn play(&self, text: &str) -> Report {
        self.write("a/case.toml", text);
        self.bench().run(self.suite().unwrap().case("a::case").unwrap())
    }

    /// The contents of the files of the last case whose names begin so.
    pub fn left(&self, begins: &str) -> Vec<String> {
        let folder = self.0.path().join("run/a/case");
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.file_name().unwrap().to_str().unwrap().starts_with(begins));
        files.sort();
        files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
    }
}
