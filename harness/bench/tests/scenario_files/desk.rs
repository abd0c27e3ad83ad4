//! A copy of the fixtures with scenarios of the test's own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use payrig_bench::{Bench, Fixtures, Report, RunFolder, Settings, Suite};
use payrig_rig::RigFile;
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

    /// Plays a scenario of this text on the simulated board.
    pub fn play(&self, text: &str) -> Report {
        self.write("a/case.toml", text);
        let suite = self.suite().unwrap();
        let bench = Bench::new(Settings {
            rig: RigFile::load(&root().join("rigs/sim.toml")).unwrap(),
            fixtures: Fixtures::open(self.0.path()).unwrap(),
            run: RunFolder::at(self.0.path().join("run")).unwrap(),
            seed: 1,
        });
        bench.run(suite.case("a::case").unwrap())
    }
}
