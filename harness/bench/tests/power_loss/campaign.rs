//! Many cuts of one action, some boards at a time.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use payrig_bench::local_runtime;
use payrig_rig::TimeKind;
use tokio::task::LocalSet;

use crate::{
    fault::Fault,
    memory::Part,
    recording::{Action, Recording, Scene},
};

/// Stores behind which an emulator is still killed.
const FARTHEST_KILL: usize = 512;

/// Where the power is cut, and how far it is looked into what is left.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Behind how many stores.
    pub point: usize,
    /// Whether an emulator is killed there; else a board gets the memory that was there at that moment.
    pub kill: bool,
    /// Whether the terminal must sign on afterwards.
    pub works: bool,
}

impl Cut {
    /// Cuts at `points`. All are looked at; what takes longer is done where a part of the memory begins, and at every
    /// so many of the others. A kill behind thousands of stores is left out: the board is halted before each of them.
    pub fn at(recording: &Recording, points: impl Iterator<Item = usize>) -> Vec<Self> {
        let every = |point: usize, many| recording.is_border(point) || point.is_multiple_of(many);
        let cut =
            |point| Self { point, kill: point <= FARTHEST_KILL && every(point, 32), works: every(point, 8) };
        points.map(cut).collect()
    }
}

/// What came of the cuts of an action.
pub struct Outcome {
    /// For each point, whether the terminal had the new state.
    pub found: BTreeMap<usize, bool>,
    /// Points before a store into the key store, and into the journal.
    pub key_store: usize,
    pub journal: usize,
    kills: usize,
    sign_ons: usize,
}

impl Scene<'_> {
    /// Plays every cut. Panics at one after which the terminal is not as it must be.
    pub fn play(&self, recording: &Recording, cuts: &[Cut]) -> Outcome {
        let found = at_each(cuts, |cut| {
            let point = cut.point;
            in_a_world(async {
                let site = if cut.kill {
                    self.cut_behind(recording, point).await?
                } else {
                    self.rig.copy(&self.start.site, &recording.memory(point))?
                };
                self.boots(recording, point, &site, cut.works).await
            })
            .map_err(|Fault(why)| {
                let next = recording.next(point).map_or("the end".into(), |store| store.to_string());
                let all = recording.stores.len();
                Fault(format!("{} cut behind {point} of {all} stores, before {next}: {why}", self.action))
            })
        });
        let found: BTreeMap<_, _> = match found {
            Ok(found) => cuts.iter().map(|cut| cut.point).zip(found).collect(),
            Err(Fault(why)) => panic!("{why}"),
        };
        let before =
            |part| move |cut: &&Cut| recording.next(cut.point).is_some_and(|next| next.part() == part);
        let outcome = Outcome {
            key_store: cuts.iter().filter(before(Part::KeyStore)).count(),
            journal: cuts.iter().filter(before(Part::Journal)).count(),
            kills: cuts.iter().filter(|cut| cut.kill).count(),
            sign_ons: cuts.iter().filter(|cut| cut.works).count(),
            found,
        };
        outcome.print(self.action);
        outcome
    }
}

impl Outcome {
    /// The point from which on the terminal had the new state: not from the first, and for good.
    fn turn(&self) -> usize {
        let turn = self.found.iter().find(|(_, new)| **new).map_or(usize::MAX, |(point, _)| *point);
        let back = self.found.range(turn..).find(|(_, new)| !**new);
        assert!(back.is_none(), "new from point {turn} on, and old again: {back:?}");
        assert!((1..usize::MAX).contains(&turn), "new from point {turn} on");
        turn
    }

    fn print(&self, action: Action) {
        println!(
            "{action}: {} cut points, {} before a store of the key store, {} of the journal; new from store {} on; \
             {} emulators killed there, {} sign-ons afterwards",
            self.found.len(),
            self.key_store,
            self.journal,
            self.turn(),
            self.kills,
            self.sign_ons
        );
    }
}

/// Does the work of every item, some at a time; the first item's fault ends it.
fn at_each<I: Sync, T: Send>(
    items: &[I],
    work: impl Fn(&I) -> Result<T, Fault> + Sync,
) -> Result<Vec<T>, Fault> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return };
            let result = work(item);
            if result.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            results.lock().unwrap_or_else(PoisonError::into_inner).insert(index, result);
        }
    };
    let boards = thread::available_parallelism().map_or(2, usize::from) + 1;
    thread::scope(|scope| {
        for _ in 0..boards {
            scope.spawn(worker);
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

/// Plays one world on this thread.
pub fn in_a_world<T>(world: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let runtime = local_runtime(TimeKind::Real)?;
    LocalSet::new().block_on(&runtime, world)
}
