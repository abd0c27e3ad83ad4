//! Two hundred power cycles in one case cost nothing that stays. Alone in its process, so that it can count.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails the test")]

use std::{
    fmt, fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use payrig_bench::{Bench, Case, Finding, Fixtures, RunFolder, Settings, Verdict, World};
use payrig_rig::{Capability, RigFile};

/// Cycles after which allocator, runtime and libraries have what they keep.
const WARM_UP: u64 = 20;
const CYCLES: u64 = 200;
/// What the last cycle's lines and threads may still hold on their way out: a leak would show two hundred times.
const ON_THE_WAY_OUT: usize = 8;
/// Cycles between two counts.
const STRETCH: u64 = 10;
/// A cycle that keeps a KiB shows in every stretch. A thread that the runtime starts anew takes a heap of its own, some MiB at once,
/// which shows in one: so it is the middle one of all stretches that is held to this.
const MEMORY_BOUND_KIB: i64 = STRETCH as i64;
/// And all stretches together to this, by which a leak that comes in leaps shows.
const MEMORY_BOUND_IN_ALL_KIB: i64 = 8 * 1024;

/// What this process holds.
#[derive(Clone, Copy, Debug)]
struct Holdings {
    descriptors: usize,
    threads: usize,
    /// Memory that is no file's, in KiB.
    memory: u64,
}

impl Holdings {
    fn now() -> Self {
        let count = |what: &str| fs::read_dir(format!("/proc/self/{what}")).unwrap().count();
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        Self {
            descriptors: count("fd"),
            threads: count("task"),
            memory: memory.trim().trim_end_matches(" kB").parse().unwrap(),
        }
    }
}

impl fmt::Display for Holdings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { descriptors, threads, memory } = self;
        write!(f, "{descriptors} descriptors, {threads} threads, {memory} KiB")
    }
}

/// Boots the terminal and cuts its power; its boot counter tells that it has run each time.
async fn cycle(world: &mut World, boot: u64) -> Result<(), Finding> {
    let line = world.power_on().await?;
    if u64::from(line.boot) != boot {
        return Err(Finding::Rig(format!("expected boot {boot}, got {line:?}")));
    }
    world.cut_power().await
}

#[test]
fn two_hundred_power_cycles_leave_no_memory_no_descriptors_and_no_threads_behind() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let run = tempfile::tempdir().unwrap();
    let bench = Bench::new(Settings {
        rig: RigFile::load(&root.join("rigs/qemu.toml")).unwrap(),
        fixtures: Fixtures::open(&root.join("fixtures")).unwrap(),
        run: RunFolder::at(run.path().to_owned()).unwrap(),
        seed: 1,
    });
    let counted = Arc::new(Mutex::new(Vec::new()));
    let mut case = {
        let counted = counted.clone();
        Case::new(
            "power::two-hundred-cycles",
            "Two hundred power cycles cost nothing that stays",
            move |world| {
                let counted = counted.clone();
                Box::pin(async move {
                    for boot in 1..=WARM_UP {
                        cycle(world, boot).await?;
                    }
                    counted.lock().unwrap().push(Holdings::now());
                    for boot in WARM_UP + 1..=WARM_UP + CYCLES {
                        cycle(world, boot).await?;
                        if (boot - WARM_UP).is_multiple_of(STRETCH) {
                            counted.lock().unwrap().push(Holdings::now());
                        }
                    }
                    Ok(())
                })
            },
        )
        .needing(Capability::Power)
    };
    // What is looked for is what stays, however slow the machine is.
    case.limit = Duration::from_secs(1200);
    let report = bench.run(&case);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let counted = counted.lock().unwrap();
    let (before, after) = (counted[0], counted[counted.len() - 1]);
    let kib = |holdings: Holdings| i64::try_from(holdings.memory).unwrap();
    let mut growth: Vec<_> = counted.windows(2).map(|pair| kib(pair[1]) - kib(pair[0])).collect();
    growth.sort_unstable();
    let middle = growth[growth.len() / 2];
    println!(
        "{CYCLES} power cycles: {before} before, {after} after, {middle} KiB more in the middle one of {} stretches of \
         {STRETCH}; {:.1} s in all",
        growth.len(),
        report.wall_seconds
    );
    assert_eq!(growth.len() as u64, CYCLES / STRETCH);
    assert!(after.descriptors <= before.descriptors + ON_THE_WAY_OUT);
    assert!(after.threads <= before.threads + ON_THE_WAY_OUT);
    assert!(middle <= MEMORY_BOUND_KIB, "{growth:?}");
    assert!(kib(after) - kib(before) <= MEMORY_BOUND_IN_ALL_KIB, "{growth:?}");
}
