//! Many attempts, several at once.

use std::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use payrig_network::Dialect;

use super::{Attempt, Behaviour, Matrix, Stand, terminal_of};
use crate::{Finding, Fixtures, verdict::said};

/// Variants of each behaviour, unless somebody asks for more or fewer.
pub const VARIANTS: u32 = 200;
/// What the first variant is drawn from, unless somebody says otherwise.
pub const FIRST_SEED: u64 = 1;
/// Variants that are played in one go, so that nobody waits for another's behaviour.
const LOT: u32 = 10;
/// A terminal or a harness that spins stops the clock by which it would be given up: how long nothing may come of any attempt, in wall
/// time.
const STUCK: Duration = Duration::from_secs(20);

/// Which attempts are played.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The behaviours.
    pub behaviours: Vec<Behaviour>,
    /// So many variants of each.
    pub variants: u32,
    /// The seed of the first; the others follow.
    pub seed: u64,
}

/// Some variants of a behaviour, by its place in the campaign.
#[derive(Clone, Copy, Debug)]
struct Lot {
    behaviour: usize,
    first: u64,
    variants: u32,
}

/// What one lot came to.
type Came = (Lot, Result<Vec<Attempt>, Finding>);

/// What all threads of a campaign share.
struct Work {
    behaviours: Vec<Behaviour>,
    stands: BTreeMap<Dialect, Stand>,
    lots: Mutex<VecDeque<Lot>>,
    /// What is being played, for the case that it never ends.
    begun: Mutex<Vec<String>>,
}

impl Campaign {
    /// Plays all attempts, and tells `progress` how many are done, of how many.
    ///
    /// # Errors
    /// A harness that fails; a terminal or harness that spins.
    pub fn play(&self, fixtures: &Fixtures, progress: impl Fn(u64, u64)) -> Result<Matrix, Finding> {
        let work = Arc::new(self.work(fixtures)?);
        let all = self.behaviours.len() as u64 * u64::from(self.variants);
        let (sender, came) = mpsc::channel::<Came>();
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (work, sender) = (Arc::clone(&work), sender.clone());
            // Not waited for: one that spins is left behind.
            thread::spawn(move || {
                while let Some(lot) = work.next() {
                    if sender.send((lot, work.play(lot))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut attempts = vec![Vec::new(); self.behaviours.len()];
        let mut done = 0;
        progress(done, all);
        loop {
            match came.recv_timeout(STUCK) {
                Ok((lot, played)) => {
                    done += u64::from(lot.variants);
                    if let Some(of_behaviour) = attempts.get_mut(lot.behaviour) {
                        of_behaviour.extend(played?);
                    }
                    progress(done, all);
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => return Err(work.stuck()),
            }
        }
        for of_behaviour in &mut attempts {
            of_behaviour.sort_by_key(|attempt| attempt.seed);
        }
        let panels = work.stands.iter().map(|(dialect, stand)| (*dialect, stand.terminal().clone()));
        Ok(Matrix::of(self, fixtures.root(), panels.collect(), attempts))
    }

    fn work(&self, fixtures: &Fixtures) -> Result<Work, Finding> {
        let mut stands = BTreeMap::new();
        for behaviour in &self.behaviours {
            let stand = match stands.entry(behaviour.dialect) {
                Entry::Occupied(prepared) => prepared.into_mut(),
                Entry::Vacant(place) => {
                    place.insert(Stand::prepare(fixtures, terminal_of(behaviour.dialect))?)
                }
            };
            behaviour.check(stand.terminal())?;
        }
        let mut lots = VecDeque::new();
        for behaviour in 0..self.behaviours.len() {
            for begin in (0..self.variants).step_by(LOT as usize) {
                let first = self.seed.wrapping_add(begin.into());
                lots.push_back(Lot { behaviour, first, variants: LOT.min(self.variants - begin) });
            }
        }
        let behaviours = self.behaviours.clone();
        Ok(Work { behaviours, stands, lots: Mutex::new(lots), begun: Mutex::default() })
    }
}

impl Work {
    fn next(&self) -> Option<Lot> {
        self.lots.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn play(&self, lot: Lot) -> Result<Vec<Attempt>, Finding> {
        let behaviour = &self.behaviours[lot.behaviour];
        let stand = self.stands.get(&behaviour.dialect);
        let stand = stand.ok_or_else(|| Finding::Rig("no terminal was prepared".into()))?;
        let seeds = (0..lot.variants).map(|nth| lot.first.wrapping_add(nth.into()));
        seeds.map(|seed| self.attempt(stand, behaviour, seed)).collect()
    }

    fn attempt(&self, stand: &Stand, behaviour: &Behaviour, seed: u64) -> Result<Attempt, Finding> {
        let name = format!("{} with seed {seed}", behaviour.name);
        self.begun().push(name.clone());
        let play = std::panic::AssertUnwindSafe(|| Attempt::play(stand, behaviour, seed, None));
        let played = std::panic::catch_unwind(play);
        self.begun().retain(|begun| *begun != name);
        played.unwrap_or_else(|panic| {
            Err(Finding::Rig(format!(
                "{name}: the harness panicked, which is a defect of it: {}",
                said(&*panic)
            )))
        })
    }

    fn begun(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stuck(&self) -> Finding {
        Finding::terminal(format!(
            "no attempt has ended for {} s; what was being played: {}",
            STUCK.as_secs(),
            self.begun().join(", ")
        ))
    }
}
