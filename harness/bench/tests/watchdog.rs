//! A case that does not go on is ended, whoever is at fault, and the run goes on without it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests of hanging threads run in wall time, and fail by a panic"
)]

use std::{
    fs,
    future::{pending, poll_fn},
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::Poll,
    thread,
    time::Duration,
};

use payrig_bench::{Bench, Case, Finding, Fixtures, Report, RunFolder, Settings, Verdict};
use payrig_rig::{Board, BoardFuture, Capabilities, Lines, RigFile, TimeKind, sim::SimBoard};
use payrig_tape::{Entry, Recording};
use rstest::rstest;
use tempfile::TempDir;
use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    task::{spawn_blocking, spawn_local, yield_now},
};

/// Much shorter than a person's, so that the tests are.
const LIMIT: Duration = Duration::from_millis(500);

/// Lets the threads that a test leaves behind end with it.
#[derive(Clone, Default)]
struct Leash(Arc<AtomicBool>);

impl Leash {
    fn holds(&self) -> bool {
        !self.0.load(Ordering::Acquire)
    }

    /// Keeps the thread as a terminal does that waits for a bit of a register.
    fn spin(&self) {
        while self.holds() {
            std::hint::spin_loop();
        }
    }
}

impl Drop for Released {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Release);
    }
}

/// The test's own end of a leash.
struct Released(Leash);

type Application = Pin<Box<dyn Future<Output = ()>>>;

/// A board whose application is one of this file's.
struct Planted {
    application: Option<Application>,
    panel: Option<DuplexStream>,
    running: Arc<AtomicBool>,
    /// The other ends of the lines that the application does not use.
    others: Vec<DuplexStream>,
}

impl Planted {
    fn new(application: impl FnOnce(DuplexStream) -> Application) -> Self {
        let (near, far) = duplex(4096);
        Self {
            application: Some(application(far)),
            panel: Some(near),
            running: Arc::default(),
            others: Vec::new(),
        }
    }

    fn power(&mut self) -> Lines {
        let mut application = self.application.take().unwrap();
        let running = self.running.clone();
        spawn_local(poll_fn(move |context| {
            running.store(true, Ordering::Release);
            let polled = application.as_mut().poll(context);
            running.store(false, Ordering::Release);
            polled
        }));
        let mut line = || {
            let (near, far) = duplex(64);
            self.others.push(far);
            Box::new(near)
        };
        let (modem, slot, antenna, front_end) = (line(), line(), line(), line());
        Lines { panel: Box::new(self.panel.take().unwrap()), modem, slot, antenna, front_end }
    }
}

impl Board for Planted {
    fn name(&self) -> &'static str {
        "planted"
    }

    fn capabilities(&self) -> Capabilities {
        SimBoard::CAPABILITIES.into_iter().collect()
    }

    fn power_on(&mut self) -> BoardFuture<'_, Lines> {
        Box::pin(async { Ok(self.power()) })
    }

    fn power_off(&mut self) -> BoardFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn application(&self) -> Option<Arc<AtomicBool>> {
        Some(self.running.clone())
    }
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A bench in virtual time, and the folder that it leaves its records in.
fn bench() -> (TempDir, Bench) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        rig: RigFile::load(&root().join("rigs/sim.toml")).unwrap(),
        fixtures: Fixtures::open(&root().join("fixtures")).unwrap(),
        run: RunFolder::at(folder.path().join("run")).unwrap(),
        seed: 1,
    };
    (folder, Bench::new(settings))
}

/// Boots the terminal and looks at its menu.
fn case() -> Case {
    Case::new("planted::boots", "The terminal boots", |world| Box::pin(world.prepare()))
}

/// What a report says and what is left of its case.
fn read(bench: &Bench, report: &Report) -> (String, Recording) {
    let folder = bench.settings().run.path().join(&report.folder);
    let kept: Report = serde_json::from_slice(&fs::read(folder.join("result.json")).unwrap()).unwrap();
    assert_eq!((kept.verdict, &kept.why), (report.verdict, &report.why));
    (report.why.clone().unwrap(), payrig_tape::read(&folder.join("tape.jsonl")).unwrap())
}

#[test]
fn a_terminal_that_hangs_while_it_awaits_is_ended_by_virtual_time() {
    let (_folder, bench) = bench();
    let bench = bench.with_boards(|| {
        Box::new(Planted::new(|panel| {
            Box::pin(async move {
                let _silent = panel;
                pending().await
            })
        }))
    });
    let report = bench.run(&case());
    let (why, tape) = read(&bench, &report);
    assert_eq!(report.verdict, Verdict::Fail, "{why}");
    assert!(why.contains("boot line") && why.contains("within 10s"), "{why}");
    assert!(report.clock_seconds >= 10.0, "{}", report.clock_seconds);
    assert!(tape.complete);
}

/// What keeps a thread, or time, to itself.
#[derive(Clone, Copy, Debug)]
enum Habit {
    Spins,
    Yields,
    WakesItself,
}

impl Habit {
    async fn indulge(self, leash: Leash) {
        match self {
            Self::Spins => leash.spin(),
            Self::Yields => {
                while leash.holds() {
                    yield_now().await;
                }
            }
            Self::WakesItself => {
                poll_fn(|context| {
                    context.waker().wake_by_ref();
                    if leash.holds() { Poll::Pending } else { Poll::Ready(()) }
                })
                .await;
            }
        }
    }
}

#[rstest]
#[case::spins(Habit::Spins, "the terminal has not awaited for 0.5 s of wall time; ")]
#[case::yields(
    Habit::Yields,
    "the terminal runs in circles, so that time stands still: for 0.5 s of wall time; "
)]
#[case::wakes_itself(
    Habit::WakesItself,
    "the terminal runs in circles, so that time stands still: for 0.5 s of wall time; "
)]
fn a_terminal_that_stops_time_is_ended_by_the_wall_clock(#[case] habit: Habit, #[case] says: &str) {
    let leash = Leash::default();
    let released = Released(leash.clone());
    let (_folder, bench) = bench();
    let boards = AtomicU32::new(0);
    let bench = bench.with_hang_limit(LIMIT).with_boards(move || {
        if boards.fetch_add(1, Ordering::Relaxed) > 0 {
            return Box::new(SimBoard::new());
        }
        let leash = leash.clone();
        Box::new(Planted::new(move |mut panel| {
            Box::pin(async move {
                panel.write_all(b"PAYRIG-TERMINAL 0.1.0 build=native").await.unwrap();
                // The harness reads it before the terminal goes wrong.
                yield_now().await;
                tokio::time::sleep(Duration::from_millis(1204)).await;
                habit.indulge(leash).await;
            })
        }))
    });
    let report = bench.run(&case());
    let (why, tape) = read(&bench, &report);
    assert_eq!(report.verdict, Verdict::Fail, "{why}");
    let last = "the last line activity: panel, from the terminal, 34 bytes at 0.000 s";
    assert_eq!(why, format!("{says}{last}"));
    assert!(!tape.complete && tape.torn == 0);
    let Some(Entry::Note(note)) = tape.entries.last() else { panic!("the verdict is last") };
    assert_eq!((&*note.kind, &*note.text), ("verdict", &*format!("fail: {why}")));

    // It leaves the next one a core.
    drop(released);
    let next = bench.run(&case());
    assert_eq!(next.verdict, Verdict::Pass, "the run goes on: {:?}", next.why);
}

#[test]
fn a_terminal_that_says_the_same_forever_is_ended_by_the_wall_clock() {
    let leash = Leash::default();
    let _released = Released(leash.clone());
    let (_folder, bench) = bench();
    let bench = bench.with_hang_limit(LIMIT).with_boards(move || {
        let leash = leash.clone();
        Box::new(Planted::new(move |mut panel| {
            Box::pin(async move { while leash.holds() && panel.write_all(b"again ").await.is_ok() {} })
        }))
    });
    let report = bench.run(&case());
    let (why, _tape) = read(&bench, &report);
    assert_eq!(report.verdict, Verdict::Fail, "{why}");
    assert!(why.starts_with("the terminal runs in circles, so that time stands still: for 3 s"), "{why}");
}

#[rstest]
#[case::spins(Habit::Spins, "the harness does not go on: nothing has awaited for 0.5 s of wall time; ")]
#[case::yields(
    Habit::Yields,
    "the harness does not go on: it runs in circles, and time stands still: for 0.5 s of wall time; "
)]
#[case::wakes_itself(Habit::WakesItself, "the harness does not go on: it runs in circles, ")]
fn a_harness_that_does_not_go_on_is_no_fault_of_the_terminals(
    #[case] habit: Habit,
    #[case] says: &str,
    #[values(false, true)] in_an_actor: bool,
) {
    let leash = Leash::default();
    let _released = Released(leash.clone());
    let (_folder, bench) = bench();
    let bench = bench.with_hang_limit(LIMIT);
    let case = Case::new("planted::harness", "The harness is wrong", move |world| {
        let leash = leash.clone();
        Box::pin(async move {
            world.prepare().await?;
            if in_an_actor {
                let _ = tokio::spawn(habit.indulge(leash)).await;
            } else {
                habit.indulge(leash).await;
            }
            Ok(())
        })
    });
    let report = bench.run(&case);
    let (why, tape) = read(&bench, &report);
    assert_eq!(report.verdict, Verdict::RigFault, "{why}");
    assert!(why.starts_with(says) && why.contains("the last line activity: panel, "), "{why}");
    assert!(!tape.complete && tape.torn == 0 && tape.entries.len() > 10);
}

/// A simulated board behind a probe that takes its time.
struct Slow(SimBoard, Duration);

impl Board for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn power_on(&mut self) -> BoardFuture<'_, Lines> {
        let time = self.1;
        Box::pin(async move {
            spawn_blocking(move || thread::sleep(time)).await.unwrap();
            self.0.power_on().await
        })
    }

    fn power_off(&mut self) -> BoardFuture<'_, ()> {
        self.0.power_off()
    }

    fn application(&self) -> Option<Arc<AtomicBool>> {
        self.0.application()
    }
}

#[rstest]
fn slow_work_on_a_thread_of_its_own_is_no_hang(#[values(TimeKind::Virtual, TimeKind::Real)] time: TimeKind) {
    let limit = Duration::from_secs(1);
    let (folder, bench) = bench();
    let mut settings = bench.settings().clone();
    settings.rig.time = time;
    let bench = Bench::new(settings)
        .with_hang_limit(limit)
        .with_boards(move || Box::new(Slow(SimBoard::new(), 3 * limit)));
    let report = bench.run(&case());
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    assert!(report.wall_seconds > limit.as_secs_f64(), "it did take longer than a hang may");
    drop(folder);
}

#[test]
fn a_thread_that_panics_is_the_harnesses_fault() {
    let (_folder, bench) = bench();
    let case = Case::new("planted::panics", "The harness is wrong", |world| {
        Box::pin(async move {
            world.prepare().await?;
            let gone: Result<(), Finding> = Err(Finding::terminal("never told"));
            gone.map_err(|_| panic!("on purpose"))
        })
    });
    let report = bench.run(&case);
    assert_eq!(report.verdict, Verdict::RigFault);
    assert_eq!(report.why.unwrap(), "the harness panicked, which is a defect of it: on purpose");
}

#[test]
fn what_watches_changes_nothing_on_the_tape() {
    let tape = |limit| {
        let (folder, bench) = bench();
        let bench = bench.with_hang_limit(limit);
        let case = Case::new("planted::signs-on", "The terminal signs on", |world| {
            Box::pin(async move {
                world.prepare().await?;
                world.sign_on().await.map(drop)
            })
        });
        let report = bench.run(&case);
        assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
        let tape = fs::read(bench.settings().run.path().join(&report.folder).join("tape.jsonl")).unwrap();
        drop(folder);
        tape
    };
    assert!(tape(Duration::from_secs(10)) == tape(Duration::from_secs(7)));
}
