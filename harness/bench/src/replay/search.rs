//! Plays a tape in each way that it leaves open, until one goes to its end.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use payrig_rig::{Board, TimeKind};
use tokio::task::LocalSet;

use super::{
    choice::Choice,
    course::{self, Outcome},
    error::ReplayError,
    expected::Place,
    happening::Happening,
    script::{Life, lives},
    source::{Source, end_of},
};
use crate::{local_runtime, watchdog::watched};

/// How often a tape is played with another choice of what it leaves open.
const MOST_TRIES: usize = 64;

/// Where a tape is played.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    /// Makes the terminal's board.
    pub board: fn() -> Box<dyn Board>,
    /// How long a replay may show no sign of life, in wall time.
    pub limit: Duration,
}

/// What was recorded, and when it ended.
pub(super) struct Recorded {
    happenings: Vec<Happening>,
    end: Place,
    /// Whether the recorded terminal was left in peace at the end, so that it had nothing more to say.
    rests: bool,
}

impl Recorded {
    /// What `source` tells of the terminal.
    pub(super) fn of(source: &Source, happenings: Vec<Happening>) -> Self {
        let (n, at) = end_of(&source.recording);
        let passed = source.recording.notes().any(|note| note.kind == "verdict" && note.text == "pass");
        Self { happenings, end: Place { n, at }, rests: passed && source.incomplete.is_none() }
    }

    /// The script, with a choice for each boot.
    pub(super) fn lives(&self, choices: &[Choice]) -> Vec<Life> {
        lives(&self.happenings, self.end, choices)
    }
}

/// Plays the tape as it is, and where that differs, with what the tape leaves open about this boot and those before. The
/// play that goes furthest counts.
pub(super) fn best(tape: &Arc<Recorded>, stage: Stage) -> Result<(Outcome, Vec<Choice>), ReplayError> {
    let lives = tape.lives(&[]);
    let mut choices = vec![Choice::default(); lives.len()];
    let mut best = play(tape, &choices, stage)?;
    let mut tries = 0;
    'better: while let Some(fault) = &best.fault {
        for (boot, life) in lives.iter().enumerate().take(fault.life + 1).rev() {
            for choice in life.other_choices(choices[boot], boot == fault.life) {
                if tries == MOST_TRIES {
                    break 'better;
                }
                tries += 1;
                let mut other = choices.clone();
                other[boot] = choice;
                let outcome = play(tape, &other, stage)?;
                if outcome.reach() > best.reach() {
                    (best, choices) = (outcome, other);
                    continue 'better;
                }
            }
        }
        break;
    }
    Ok((best, choices))
}

/// What whoever watches from outside can see of a play.
#[derive(Default)]
pub(super) struct Progress {
    /// The last record that was played.
    pub record: AtomicU64,
    /// Whether the terminal's application occupies the thread.
    pub application: OnceLock<Arc<AtomicBool>>,
}

/// Plays the tape once, on a thread of its own: a terminal that does not await would keep this one for good.
fn play(tape: &Arc<Recorded>, choices: &[Choice], stage: Stage) -> Result<Outcome, ReplayError> {
    let progress = Arc::new(Progress::default());
    let (tape, choices, seen) = (tape.clone(), choices.to_vec(), progress.clone());
    let played = watched("replay", stage.limit, move |watch| {
        on_paused_clock(async {
            watch.begin(stage.limit);
            course::play(&tape.lives(&choices), tape.rests, (stage.board)(), &seen).await
        })
    });
    match played {
        Ok(outcome) => {
            outcome?.map_err(|error| ReplayError::Machine(format!("the simulated board failed: {error}")))
        }
        Err(stuck) => Err(match progress.application.get() {
            Some(application) if application.load(Ordering::Acquire) => ReplayError::Spins {
                seconds: stage.limit.as_secs(),
                n: progress.record.load(Ordering::Relaxed),
            },
            _ => ReplayError::Machine(stuck.finding.to_string()),
        }),
    }
}

/// Runs a future on a runtime of this thread, in virtual time.
pub(super) fn on_paused_clock<F: Future>(future: F) -> Result<F::Output, ReplayError> {
    let runtime = local_runtime(TimeKind::Virtual)
        .map_err(|error| ReplayError::Machine(format!("failed to start the runtime: {error}")))?;
    Ok(LocalSet::new().block_on(&runtime, future))
}
