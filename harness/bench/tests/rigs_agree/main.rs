//! The simulated board and the real image in QEMU agree: every case that both can play leaves the same on every line. And the comparison is not
//! greedy: whatever is changed or put out of order on a tape is found.
//!
//! The emulated board runs by the clock of a machine that may be busy, the simulated one by its own. Where two things come within a few
//! milliseconds, a machine that was busy then turns their order round. So a difference is one that comes each time that the image plays the case
//! anew ([`PLAYS`]), from the second time on with the machine for itself. The verdict must be a pass each time; only a failure before which the
//! bench was late itself says nothing, and the image must then pass [`PLAYS_ALONE`] times with the machine for itself. Where that happens more than
//! [`EXCUSED`] times it is not the machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

mod planted;
mod restless;
mod tape;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc, LazyLock, Mutex, OnceLock, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use payrig_bench::{
    Aftermath, Bench, Case, Fixtures, Report, RunFolder, Settings, Suite, Turn, Verdict, agree,
};
use payrig_iso8583::Dialect;
use payrig_rig::RigFile;

/// How often the image may play a case until it leaves what the simulated board has left. What a terminal does otherwise it does each time.
const PLAYS: usize = 3;

/// How often the image must pass with the machine for itself where it has failed beside a bench that was late.
const PLAYS_ALONE: usize = 2;

/// In how many plays at most, and in how many so far.
const EXCUSED: usize = 10;
static SO_FAR: AtomicUsize = AtomicUsize::new(0);

/// Cases whose tapes have something on each line that any case has traffic on, a power cut, and a reset.
const PLANTED_IN: [&str; 5] = [
    "sign-on::succeeds",
    "sign-on::three-in-a-row",
    "power::keys-survive-a-power-cut",
    "power::keys-survive-a-reset",
    "tamper::keys-are-erased",
];

/// Cases in which something comes at the moment at which the terminal does something: the host closes as it does, a slot loses contact while
/// it asks, its own clock is printed. What comes first differs from rig to rig, and both are right.
const CROSSING: [&str; 11] = [
    "ceremony::host-not-told",
    "ceremony::succeeds",
    "ceremony::succeeds-in-chinese",
    // How often a card asks for more time in 30 s is the clock's.
    "chip::faults-t1[fault=storm]",
    // The block that was late and the one that the terminal asked for again come together: it speaks while the second one does.
    "chip::mended[fault=too-late-t1]",
    "network::ec20-host-closes",
    "network::ec20-no-fault[network=sim-flapping]",
    "network::line-faults[network=line-busy-digits]",
    "network::line-faults[network=line-no-dial-tone-digits]",
    "sale::host-behaves[host=close-after-answer]",
    "void::host-behaves[host=close-after-answer]",
];

/// Scenarios whose receipts have the date of the terminal's own clock: an approval that no host has made. On a board it is as late as the board was.
const OWN_CLOCK: [&str; 2] = ["chip::approved-offline", "chip::no-host"];

/// Conditions whose faults come by the clock or by the byte, not by the dialogue: in their cases, too, the one or the other comes first.
const RESTLESS: [&str; 3] = ["network.line-carrier-lost", "network.line-noise", "network.module-echo"];

/// The machine, which a case that swipes has for itself: the frames of a swipe must follow each other within 300 ms on the emulated board, too.
static MACHINE: RwLock<()> = RwLock::new(());

/// The fixtures with more networks.
static CHANGED: LazyLock<tempfile::TempDir> = LazyLock::new(|| restless::fixtures(&root().join("fixtures")));

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases: Vec<_> = Suite::load(&fixtures()).unwrap().cases.into_iter().map(Arc::new).collect();
    let rigs = Arc::new(Rigs::new(|| root().join("fixtures")));
    let changed = Arc::new(Rigs::new(|| CHANGED.path().to_owned()));
    let suite = cases.iter().map(|case| (&rigs, case.clone()));
    let restless = restless::cases().into_iter().map(|case| (&changed, Arc::new(case)));
    let (mut trials, mut alone) = (Vec::new(), Vec::new());
    for (rigs, case) in suite.chain(restless) {
        let (rigs, name) = (rigs.clone(), format!("agree::{}", case.name));
        let trials = if case.swipes { &mut alone } else { &mut trials };
        trials.push(Trial::ignorable_test(name, move || rigs.play(&case)));
    }
    assert!(
        CROSSING.iter().all(|name| cases.iter().any(|case| case.name == *name)),
        "a case has another name"
    );
    for name in PLANTED_IN {
        let case = cases.iter().find(|case| case.name == name).unwrap();
        for (kind, plant) in planted::KINDS {
            let (rigs, case) = (rigs.clone(), case.clone());
            trials.push(Trial::test(format!("planted::{kind}::{name}"), move || {
                let (sim, qemu) = rigs.in_agreement(&case)?;
                plant(&rigs.dialect, &sim, &qemu).map_err(Failed::from)
            }));
        }
    }
    // The machine is cleared once for all that swipe, not for each.
    trials.extend(alone);
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
    /// Folders of cases in which both agreed.
    agreed: Mutex<BTreeMap<String, (PathBuf, PathBuf)>>,
}

impl Rigs {
    fn new(fixtures: fn() -> PathBuf) -> Self {
        Self {
            sim: OnceLock::new(),
            qemu: OnceLock::new(),
            fixtures,
            dialect: LazyLock::new(dialect),
            agreed: Mutex::default(),
        }
    }

    fn sim(&self) -> &Bench {
        self.sim.get_or_init(|| bench("sim", &(self.fixtures)()))
    }

    fn qemu(&self) -> &Bench {
        self.qemu.get_or_init(|| bench("qemu", &(self.fixtures)()))
    }

    /// Plays a case on both, where it must pass, and compares where that can be.
    fn play(&self, case: &Case) -> Result<Completion, Failed> {
        for bench in [self.sim(), self.qemu()] {
            let rig = &bench.settings().rig;
            if let Some(lacks) = rig.capabilities().missing(&case.needs).first() {
                return Ok(Completion::ignored_with(format!("not compared: {} has no {lacks}", rig.name)));
            }
        }
        let is_restless = case.requirements.iter().any(|id| RESTLESS.contains(&id.as_str()));
        let has_own_clock = OWN_CLOCK.iter().any(|scenario| case.name.starts_with(scenario));
        if is_restless || has_own_clock || CROSSING.contains(&case.name.as_str()) {
            // Both pass. That is all that can be held against them.
            self.played_on_sim(case)?;
            self.played_by_image(case, case.swipes)?;
            return Ok(Completion::ignored_with(
                "not compared: two things come at once, or a clock is printed",
            ));
        }
        self.in_agreement(case).map(|_| Completion::Completed)
    }

    fn played_on_sim(&self, case: &Case) -> Result<PathBuf, Failed> {
        let _turn = Turn::on(&MACHINE, false);
        passed(self.sim(), &self.sim().run(case))
    }

    fn played_by_image(&self, case: &Case, alone: bool) -> Result<PathBuf, Failed> {
        let report = {
            let _turn = Turn::on(&MACHINE, alone);
            self.qemu().run(case)
        };
        let ended = passed(self.qemu(), &report);
        match &ended {
            Err(failed) if may_be_excused(&report) => println!("{}", failed.message().unwrap_or_default()),
            _ => return ended,
        }
        if SO_FAR.fetch_add(1, Ordering::Relaxed) >= EXCUSED {
            return ended;
        }
        let _turn = Turn::on(&MACHINE, true);
        let plays: Result<Vec<_>, _> =
            (0..PLAYS_ALONE).map(|_| passed(self.qemu(), &self.qemu().run(case))).collect();
        plays?.pop().map_or(ended, Ok)
    }

    /// The folders that a case leaves on the simulated board, and in that play of QEMU which agrees with it.
    fn in_agreement(&self, case: &Case) -> Result<(PathBuf, PathBuf), Failed> {
        let before = self.agreed.lock().unwrap().get(&case.name).cloned();
        if let Some(folders) = before {
            return Ok(folders);
        }
        let sim = self.played_on_sim(case)?;
        let mut told = Vec::new();
        for play in 1..=PLAYS {
            let qemu = self.played_by_image(case, case.swipes || play > 1)?;
            let differences = agree(&self.dialect, &sim, &qemu).map_err(|e| Failed::from(e.to_string()))?;
            if differences.is_empty() {
                let folders = (sim, qemu);
                self.agreed.lock().unwrap().insert(case.name.clone(), folders.clone());
                return Ok(folders);
            }
            let lines: Vec<_> = differences.iter().map(ToString::to_string).collect();
            let folders = format!("{}\n{}", sim.display(), qemu.display());
            let this = format!("play {play}, {} differences:\n{}\n{folders}", lines.len(), lines.join("\n"));
            println!("{this}");
            told.push(this);
        }
        Err(Failed::from(told.join("\n")))
    }
}

/// The folder of a case that has passed.
fn passed(bench: &Bench, report: &Report) -> Result<PathBuf, Failed> {
    let folder = bench.settings().run.path().join(&report.folder);
    match report.verdict {
        Verdict::Pass => Ok(folder),
        verdict => {
            let rig = &bench.settings().rig.name;
            let why = report.why.as_deref().unwrap_or_default();
            let late = match &report.aftermath {
                Some(Aftermath { late: Some(late), .. }) => late.to_string(),
                Some(_) => "the bench was not late before".to_owned(),
                None => "how late the bench was is not known".to_owned(),
            };
            Err(Failed::from(format!("on {rig}: {verdict}: {why}\n{late}\n{}", folder.display())))
        }
    }
}

/// Whether it is the terminal that is said to have failed at what was waited for, and the bench was late before.
fn may_be_excused(report: &Report) -> bool {
    let late = report.aftermath.as_ref().and_then(|after| after.late);
    matches!(report.verdict, Verdict::Fail | Verdict::Inconclusive) && late.is_some()
}
