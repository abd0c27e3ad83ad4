//! How many cases a rig plays in a second. Cases run side by side on all cores, as `payrig test` runs them.
//!
//! ```console
//! $ cargo bench -p payrig-bench                       # the simulated board
//! $ PAYRIG_RIG=rigs/qemu.toml cargo bench -p payrig-bench
//! ```

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on says so by its panic"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use payrig_bench::{Bench, Case, Fixtures, RunFolder, Settings, Suite, Verdict};
use payrig_rig::{RigFile, TimeKind};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn bench() -> (tempfile::TempDir, Bench, Suite) {
    let root = root();
    let rig = env::var_os("PAYRIG_RIG").map_or_else(|| root.join("rigs/sim.toml"), |rig| root.join(rig));
    let folder = tempfile::tempdir().unwrap();
    let fixtures = Fixtures::open(&root.join("fixtures")).unwrap();
    let suite = Suite::load(&fixtures).unwrap();
    let bench = Bench::new(Settings {
        rig: RigFile::load(&rig).unwrap(),
        fixtures,
        run: RunFolder::at(folder.path().join("run")).unwrap(),
        seed: 1,
    });
    (folder, bench, suite)
}

/// Plays the case so often, on as many threads as there are cores.
fn play(bench: &Bench, case: &Case, times: usize) {
    let left = AtomicUsize::new(times);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
                    let report = bench.run(case);
                    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
                }
            });
        }
    });
    // What a run keeps is not what is measured.
    fs::remove_dir_all(bench.settings().run.path()).unwrap();
    fs::create_dir_all(bench.settings().run.path()).unwrap();
}

fn suite(criterion: &mut Criterion) {
    let (_folder, bench, suite) = bench();
    let is_virtual = bench.settings().rig.time == TimeKind::Virtual;
    let mut group = criterion.benchmark_group(bench.settings().rig.name.clone());
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    let times = if is_virtual { 100 } else { 8 };
    group.throughput(Throughput::Elements(times as u64));
    let sign_on = suite.case("sign-on::succeeds").expect("the suite has this case");
    group.bench_function("sign-on cases", |bencher| bencher.iter(|| play(&bench, sign_on, times)));
    if is_virtual {
        group.throughput(Throughput::Elements(1));
        let silent = suite.case("sign-on::host-silent").expect("the suite has this case");
        group.bench_function("60 s host timeout, three times", |bencher| {
            bencher.iter(|| play(&bench, silent, 1))
        });
    }
    group.finish();
}

criterion_group!(benches, suite);
criterion_main!(benches);
