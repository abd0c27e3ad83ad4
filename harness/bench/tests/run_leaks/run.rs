//! A run that was played, and the files that it left.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use payrig_bench::{Bench, Case, Fixtures, RunFolder, Settings, Suite, Verdict};
use payrig_rig::RigFile;
use payrig_tape::Leak;
use tempfile::TempDir;

/// A chip card that checks the PIN itself, one whose slot, screen, receipt and host are kept as snapshots, and a stripe.
const CASES: [&str; 3] = ["chip::offline-pin[card=plaintext-pin]", "chip::sale", "stripe::sale"];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Keys by name, and their bytes.
type Keys = Vec<(String, Vec<u8>)>;

/// A file that the run left.
pub struct Left {
    pub path: PathBuf,
    pub content: Vec<u8>,
}

pub struct Run {
    bench: Bench,
    /// What the run's host gave out.
    pub working_keys: Keys,
    pub files: Vec<Left>,
    _folder: TempDir,
}

impl Run {
    /// On the simulated board, or on the rig of `PAYRIG_RIG`.
    pub fn play() -> Self {
        let rig =
            env::var_os("PAYRIG_RIG").map_or_else(|| root().join("rigs/sim.toml"), |rig| root().join(rig));
        let folder = tempfile::tempdir().unwrap();
        let fixtures = Fixtures::open(&root().join("fixtures")).unwrap();
        let suite = Suite::load(&fixtures).unwrap();
        let path = folder.path().join("run");
        let run = RunFolder::at(path.clone()).unwrap();
        let bench = Bench::new(Settings { rig: RigFile::load(&rig).unwrap(), fixtures, run, seed: 1 });
        let issued = Arc::new(Mutex::new(Vec::new()));
        let signing_on = signing_on(&issued);
        for case in CASES.iter().map(|name| suite.case(name).expect(name)).chain([&signing_on]) {
            let report = bench.run(case);
            assert_eq!(report.verdict, Verdict::Pass, "{}: {:?}", report.case, report.why);
        }
        bench.write_results().unwrap();
        let working_keys = issued.lock().unwrap().clone();
        let mut files = Vec::new();
        collect(&path, &mut files);
        Self { bench, working_keys, files, _folder: folder }
    }

    /// Puts what `planted` makes of each file in its place.
    pub fn plant(&self, planted: impl Fn(&Left) -> Vec<u8>) {
        for file in &self.files {
            fs::write(&file.path, planted(file)).unwrap();
        }
    }

    /// What the search finds with which a run ends.
    pub fn leaks(&self) -> Vec<Leak> {
        self.bench.leaks(|_, _| {}).unwrap()
    }
}

/// A case that keeps the keys that its host gives out.
fn signing_on(issued: &Arc<Mutex<Keys>>) -> Case {
    let issued = Arc::clone(issued);
    Case::new("leaks::sign-on", "The keys of a sign-on", move |world| {
        let issued = Arc::clone(&issued);
        Box::pin(async move {
            world.prepare().await?;
            world.sign_on().await?;
            let sets = world.acquirer().map(payrig_acquirer::Acquirer::issued).unwrap_or_default();
            let keys = sets.iter().flat_map(payrig_acquirer::IssuedKeys::secrets);
            issued.lock().unwrap().extend(keys.map(|(name, key)| (name, key.bytes().to_vec())));
            Ok(())
        })
    })
}

fn collect(folder: &Path, files: &mut Vec<Left>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else {
            let content = fs::read(&path).unwrap();
            files.push(Left { path, content });
        }
    }
}
