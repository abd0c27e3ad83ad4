//! The simulated board and the real image in QEMU agree: every case that both can play leaves the same on every line. And the comparison is not
//! greedy: whatever is changed or put out of order on a tape is found.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

mod planted;
mod restless;
mod tape;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, LazyLock, Mutex, OnceLock},
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use payrig_bench::{Bench, Case, Fixtures, RunFolder, Settings, Suite, Verdict, agree};
use payrig_iso8583::Dialect;
use payrig_rig::RigFile;

/// Cases whose tapes have something on each line that any case has traffic on, a power cut, and a reset.
const PLANTED_IN: [&str; 5] = [
    "sign-on::succeeds",
    "sign-on::three-in-a-row",
    "power::keys-survive-a-power-cut",
    "power::keys-survive-a-reset",
    "tamper::keys-are-erased",
];

/// The fixtures with more networks.
static CHANGED: LazyLock<tempfile::TempDir> = LazyLock::new(|| restless::fixtures(&root().join("fixtures")));

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases: Vec<_> = Suite::load(&fixtures()).unwrap().cases.into_iter().map(Arc::new).collect();
    let rigs = Arc::new(Rigs::new(|| root().join("fixtures")));
    let changed = Arc::new(Rigs::new(|| CHANGED.path().to_owned()));
    let suite = cases.iter().map(|case| (&rigs, case.clone()));
    let restless = restless::cases().into_iter().map(|case| (&changed, Arc::new(case)));
    let mut trials = Vec::new();
    for (rigs, case) in suite.chain(restless) {
        let (rigs, name) = (rigs.clone(), format!("agree::{}", case.name));
        trials.push(Trial::ignorable_test(name, move || rigs.play(&case)));
    }
    for name in PLANTED_IN {
        let case = cases.iter().find(|case| case.name == name).unwrap();
        for (kind, plant) in planted::KINDS {
            let (rigs, case) = (rigs.clone(), case.clone());
            trials.push(Trial::test(format!("planted::{kind}::{name}"), move || {
                let (sim, qemu) = rigs.on_both(&case)?;
                plant(&rigs.dialect, &sim, &qemu).map_err(Failed::from)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fixtures() -> Fixtures {
    Fixtures::open(&root().join("fixtures")).unwrap()
}

fn dialect() -> Arc<Dialect> {
    Arc::new(Dialect::load(&root().join("fixtures/dialects/cup.toml")).unwrap())
}

fn bench(rig: &str, fixtures: &Path) -> Bench {
    let rig = RigFile::load(&root().join(format!("rigs/{rig}.toml"))).unwrap();
    let runs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("agree");
    let run = RunFolder::create(&runs, &rig.name).unwrap();
    Bench::new(Settings { rig, fixtures: Fixtures::open(fixtures).unwrap(), run, seed: 1 })
}

/// What is opened by the first trial that needs it: listing opens nothing.
struct Rigs {
    sim: OnceLock<Bench>,
    qemu: OnceLock<Bench>,
    fixtures: fn() -> PathBuf,
    dialect: LazyLock<Arc<Dialect>>,
    /// Folders of cases that were played on both.
    played: Mutex<BTreeMap<String, (PathBuf, PathBuf)>>,
}

impl Rigs {
    fn new(fixtures: fn() -> PathBuf) -> Self {
        Self {
            sim: OnceLock::new(),
            qemu: OnceLock::new(),
            fixtures,
            dialect: LazyLock::new(dialect),
            played: Mutex::default(),
        }
    }

    fn sim(&self) -> &Bench {
        self.sim.get_or_init(|| bench("sim", &(self.fixtures)()))
    }

    fn qemu(&self) -> &Bench {
        self.qemu.get_or_init(|| bench("qemu", &(self.fixtures)()))
    }

    /// Plays a case on both and compares.
    fn play(&self, case: &Case) -> Result<Completion, Failed> {
        for bench in [self.sim(), self.qemu()] {
            let rig = &bench.settings().rig;
            if let Some(lacks) = rig.capabilities().missing(&case.needs).first() {
                return Ok(Completion::ignored_with(format!("not compared: {} has no {lacks}", rig.name)));
            }
        }
        let (sim, qemu) = self.on_both(case)?;
        let differences = agree(&self.dialect, &sim, &qemu).map_err(|e| Failed::from(e.to_string()))?;
        if differences.is_empty() {
            return Ok(Completion::Completed);
        }
        let told: Vec<_> = differences.iter().map(ToString::to_string).collect();
        let folders = format!("{}\n{}", sim.display(), qemu.display());
        Err(Failed::from(format!("{} differences:\n{}\n{folders}", differences.len(), told.join("\n"))))
    }

    /// The folders that a case leaves on the simulated board and in QEMU.
    fn on_both(&self, case: &Case) -> Result<(PathBuf, PathBuf), Failed> {
        let before = self.played.lock().unwrap().get(&case.name).cloned();
        if let Some(folders) = before {
            return Ok(folders);
        }
        let folders = (played(self.sim(), case)?, played(self.qemu(), case)?);
        self.played.lock().unwrap().insert(case.name.clone(), folders.clone());
        Ok(folders)
    }
}

/// Plays a case and gives its folder.
fn played(bench: &Bench, case: &Case) -> Result<PathBuf, Failed> {
    let report = bench.run(case);
    let folder = bench.settings().run.path().join(&report.folder);
    match report.verdict {
        Verdict::Pass => Ok(folder),
        verdict => {
            let rig = &bench.settings().rig.name;
            let why = report.why.unwrap_or_default();
            Err(Failed::from(format!("on {rig}: {verdict}: {why}\n{}", folder.display())))
        }
    }
}
