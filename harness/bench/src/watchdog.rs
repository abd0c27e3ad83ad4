//! Ends a case that does not go on.
//!
//! A terminal that hangs while it awaits costs nothing: the bench's clock goes on, and the case's own limits end it. One that
//! spins without awaiting stops that clock with everything else on its thread, so that only the wall clock can tell. Each
//! case has a thread of its own, and whoever has asked for the case watches from outside.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use payrig_tape::Tape;
use tokio::{sync::Notify, task::spawn_local, time::sleep};

use crate::Finding;

/// How long a case may show no sign of life, in wall time. Longer than anything but a hang keeps the thread of a case to itself.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);
/// So often a case is looked at within that time. Looks are counted, not hours: a process that was stopped and goes on
/// has not hung.
const LOOKS: u32 = 20;
/// Beats of the bench's clock within that time.
const BEATS: u32 = 10;
/// So many limits may records be written without time going on.
const BABBLE: u32 = 6;
/// More rests of a thread in a look than an idle one takes, which nothing wakes but the watchdog.
const RESTS: u64 = 100;

/// What a case shows of its life.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    signs: Arc<Signs>,
}

#[derive(Default)]
struct Signs {
    /// How often the bench's clock has gone on by a beat.
    beats: AtomicU64,
    /// How often the thread had nothing to do.
    rests: AtomicU64,
    /// How often it has answered.
    answers: AtomicU64,
    call: Notify,
    tape: OnceLock<Tape>,
    application: OnceLock<Arc<AtomicBool>>,
}

impl Watch {
    /// Begins to show signs of life, on the case's thread.
    pub(crate) fn begin(&self, limit: Duration) {
        let signs = self.signs.clone();
        spawn_local(async move {
            loop {
                sleep(limit / BEATS).await;
                signs.beats.fetch_add(1, Ordering::Relaxed);
            }
        });
        let signs = self.signs.clone();
        spawn_local(async move {
            loop {
                signs.call.notified().await;
                signs.answers.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    /// The thread has nothing to do.
    pub(crate) fn rests(&self) {
        self.signs.rests.fetch_add(1, Ordering::Relaxed);
    }

    /// What there is to tell the terminal's fault by, and where it is written down.
    pub(crate) fn sees(&self, tape: &Tape, application: Option<Arc<AtomicBool>>) {
        let _ = self.signs.tape.set(tape.clone());
        if let Some(application) = application {
            let _ = self.signs.application.set(application);
        }
    }
}

/// A case that does not go on. Its thread cannot be ended and is left behind.
pub(crate) struct Stuck {
    pub(crate) finding: Finding,
    pub(crate) tape: Option<Tape>,
}

/// Does `work` on a thread called `name` and waits for it, as long as it shows signs of life.
///
/// # Errors
/// [`Stuck`] where it does not.
pub(crate) fn watched<T: Send + 'static>(
    name: &str,
    limit: Duration,
    work: impl FnOnce(&Watch) -> T + Send + 'static,
) -> Result<T, Stuck> {
    let watch = Watch::default();
    let signs = watch.signs.clone();
    let (sender, receiver) = mpsc::sync_channel(1);
    let working = thread::Builder::new().name(name.replace('\0', " ")).spawn(move || {
        // Nobody receives it after the case was given up.
        let _ = sender.send(work(&watch));
    });
    let working = working.map_err(|e| Stuck {
        finding: Finding::Rig(format!("failed to start a thread for the case: {e}")),
        tape: None,
    })?;
    let mut seen = Seen::default();
    loop {
        match receiver.recv_timeout(limit / LOOKS) {
            Ok(done) => {
                let _ = working.join();
                return Ok(done);
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Some(hang) = seen.look(&signs) {
                    return Err(stuck(&signs, hang, limit));
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                let finding = match working.join() {
                    Err(panic) => Finding::panicked("harness", &*panic),
                    Ok(()) => Finding::Rig("the thread of the case ended without a word".into()),
                };
                return Err(Stuck { finding, tape: signs.tape.get().cloned() });
            }
        }
    }
}

/// How a case does not go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Hang {
    /// Somebody keeps the thread and does not await.
    Spins,
    /// Somebody awaits what is there at once, over and over: time never comes.
    RunsInCircles,
    /// The same, with a record of each round.
    Babbles,
}

/// What was seen at the last look, and for how many looks.
#[derive(Default)]
struct Seen {
    beats: u64,
    records: u64,
    /// Looks since either went on or all was well, and how often the thread had rested and answered at the first of them.
    quiet: u32,
    rests: u64,
    answers: u64,
    /// Looks at which there were new records, since the last beat.
    babble: u32,
}

impl Seen {
    fn look(&mut self, signs: &Signs) -> Option<Hang> {
        let beats = signs.beats.load(Ordering::Relaxed);
        let records = signs.tape.get().map_or(0, Tape::records);
        let (rests, answers) = (signs.rests.load(Ordering::Relaxed), signs.answers.load(Ordering::Relaxed));
        if beats != self.beats || records != self.records {
            let babble = if beats == self.beats { self.babble + 1 } else { 0 };
            *self = Self { beats, records, quiet: 0, rests, answers, babble };
            return (babble >= BABBLE * LOOKS).then_some(Hang::Babbles);
        }
        self.quiet += 1;
        if self.quiet >= LOOKS / 2 {
            // Virtual time waits for a thread that does blocking work: that one's case is idle, and answers.
            signs.call.notify_one();
        }
        if self.quiet < LOOKS {
            return None;
        }
        let rested = rests - self.rests;
        if answers == self.answers {
            Some(Hang::Spins)
        } else if rested == 0 || rested > RESTS * u64::from(self.quiet) {
            Some(Hang::RunsInCircles)
        } else {
            // What it did before it went wrong is no sign for ever: what it does from here on is looked at anew.
            (self.quiet, self.rests, self.answers) = (0, rests, answers);
            None
        }
    }
}

/// Says whose fault it is and what the lines did last.
fn stuck(signs: &Signs, hang: Hang, limit: Duration) -> Stuck {
    let tape = signs.tape.get().cloned();
    let last = match tape.as_ref().and_then(Tape::last_activity) {
        Some(activity) => format!("the last line activity: {activity}"),
        None => "no line has carried anything".into(),
    };
    let seconds = match hang {
        Hang::Babbles => limit * BABBLE,
        Hang::Spins | Hang::RunsInCircles => limit,
    }
    .as_secs_f64();
    let finding = if signs.application.get().is_some_and(|application| is_running(application)) {
        let what = match hang {
            Hang::Spins => "has not awaited for",
            Hang::RunsInCircles | Hang::Babbles => "runs in circles, so that time stands still: for",
        };
        Finding::Terminal(format!("the terminal {what} {seconds} s of wall time; {last}"))
    } else {
        let what = match hang {
            Hang::Spins => "nothing has awaited for",
            Hang::RunsInCircles | Hang::Babbles => "it runs in circles, and time stands still: for",
        };
        Finding::Rig(format!("the harness does not go on: {what} {seconds} s of wall time; {last}"))
    };
    Stuck { finding, tape }
}

/// Whether the application is at it: all of the time if it spins, now and then and shortly if it runs in circles.
#[expect(clippy::disallowed_methods, reason = "no actor: another thread is looked at")]
fn is_running(application: &AtomicBool) -> bool {
    (0..200).any(|_| {
        thread::sleep(Duration::from_millis(1));
        (0..50_000).any(|_| application.load(Ordering::Acquire))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in so many looks, at each of which the thread has rested so often more, and answered.
    fn found(looks: u32, mut rests_at: impl FnMut(u32) -> u64) -> Option<Hang> {
        let (signs, mut seen) = (Signs::default(), Seen::default());
        (0..looks).find_map(|look| {
            let found = seen.look(&signs);
            signs.rests.fetch_add(rests_at(look), Ordering::Relaxed);
            signs.answers.fetch_add(1, Ordering::Relaxed);
            found
        })
    }

    #[test]
    fn a_thread_that_rested_before_it_went_in_circles_is_found() {
        for last_rest in 0..LOOKS {
            let rests = |look| u64::from(look <= last_rest);
            assert_eq!(found(3 * LOOKS, rests), Some(Hang::RunsInCircles), "{last_rest}");
        }
    }

    #[test]
    fn a_thread_that_waits_for_blocking_work_is_left_alone() {
        assert_eq!(found(10 * LOOKS, |_| 1), None);
    }
}
