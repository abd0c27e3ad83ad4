//! Plays cuts side by side.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use payrig_bench::{Bench, Case, Fixtures, Parts, RunFolder, Settings, Verdict};
use payrig_rig::RigFile;

use crate::cut::{Cut, Ended};

/// Cuts that are begun before it is looked whether the last one was still one.
pub const AT_ONCE: usize = 16;

/// A bench on a rig, with a run folder of its own.
pub struct Desk {
    bench: Bench,
    _folder: tempfile::TempDir,
}

impl Desk {
    pub fn on(rig: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folder = tempfile::tempdir().unwrap();
        let bench = Bench::new(Settings {
            rig: RigFile::load(&root.join(format!("rigs/{rig}.toml"))).unwrap(),
            fixtures: Fixtures::open(&root.join("fixtures")).unwrap(),
            run: RunFolder::at(folder.path().join("run")).unwrap(),
            seed: 1,
        });
        Self { bench, _folder: folder }
    }

    /// Plays cut after cut until one comes behind the terminal's last moment.
    pub fn sweep(&self, cut: impl Fn(usize) -> Cut) -> Vec<Ended> {
        let (mut all, mut next) = (Vec::new(), 0);
        loop {
            let ended = self.play((next..next + AT_ONCE).map(&cut));
            next += AT_ONCE;
            let over = ended.iter().any(|cut| !cut.was_cut);
            all.extend(ended);
            if over {
                return all;
            }
        }
    }

    /// Plays the cuts and tells how each ended; fails the test at one after which the terminal is not as it must be.
    pub fn play(&self, cuts: impl Iterator<Item = Cut>) -> Vec<Ended> {
        let cuts: Vec<_> = cuts.collect();
        let ended = Mutex::new(vec![None; cuts.len()]);
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(cut) = cuts.get(at) else { return };
                        let outcome = self.play_one(cut);
                        ended.lock().unwrap()[at] = Some(outcome);
                    }
                });
            }
        });
        ended.into_inner().unwrap().into_iter().map(|ended| ended.expect("every cut was played")).collect()
    }

    fn play_one(&self, cut: &Cut) -> Ended {
        let ended = Arc::new(Mutex::new(None));
        let name = format!("rotation-cuts::{}-{:?}-{:?}", cut.terminal, cut.action, cut.at);
        let mut case = {
            let (cut, ended) = (cut.clone(), ended.clone());
            Case::new(name, "A change of keys that is cut off", move |world| {
                let (cut, ended) = (cut.clone(), ended.clone());
                Box::pin(async move {
                    let outcome = cut.play(world).await?;
                    *ended.lock().unwrap() = Some(outcome);
                    Ok(())
                })
            })
        };
        case.parts = Parts { terminal: cut.terminal.into(), ..Parts::default() };
        let report = self.bench.run(&case);
        assert_eq!(report.verdict, Verdict::Pass, "{cut:?}: {}", report.why.unwrap_or_default());
        let outcome = ended.lock().unwrap().take();
        outcome.expect("a case that passes has an outcome")
    }
}
