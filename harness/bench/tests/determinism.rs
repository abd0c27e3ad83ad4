//! On the simulated board the same seed leaves the same records, byte for byte.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use payrig_bench::{Bench, Fixtures, RunFolder, Settings, Suite};
use payrig_rig::RigFile;

fn suite() -> Suite {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Suite::load(&Fixtures::open(&root.join("fixtures")).unwrap()).unwrap()
}

/// What every case leaves, but for its report, which tells wall time.
fn records(seed: u64) -> BTreeMap<PathBuf, Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Settings {
        rig: RigFile::load(&root.join("rigs/sim.toml")).unwrap(),
        fixtures: Fixtures::open(&root.join("fixtures")).unwrap(),
        run: RunFolder::at(folder.path().join("run")).unwrap(),
        seed,
    });
    let mut records = BTreeMap::new();
    for case in suite().cases {
        let report = bench.run(&case);
        let folder = bench.settings().run.path().join(&report.folder);
        for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if file.file_name().is_some_and(|name| name != "result.json") {
                let name = Path::new(&report.folder).join(file.file_name().unwrap());
                records.insert(name, fs::read(&file).unwrap());
            }
        }
    }
    records
}

#[test]
fn the_same_seed_leaves_the_same_tapes_and_captures() {
    let (first, second) = (records(1), records(1));
    let tapes = first.keys().filter(|name| name.ends_with("tape.jsonl")).count();
    assert!(tapes + 1 >= suite().cases.len(), "{tapes} tapes");
    for (name, bytes) in &first {
        assert!(second.get(name) == Some(bytes), "{} differs", name.display());
    }
    assert_eq!(first.len(), second.len());
    // The comparison can fail: another seed brings other keys.
    assert!(records(2) != first);
    println!("{} files of {tapes} cases are the same twice", first.len());
}
