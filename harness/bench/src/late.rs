//! How far behind the wall clock the bench was, on a rig that follows it.
//!
//! A machine that is too busy keeps the bench from reading a line, or from speaking, in its time. What then looks like a fault of the
//! terminal may be the machine's: a failure tells how late the bench was itself.

use std::{cell::Cell, fmt, rc::Rc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    task::{JoinHandle, spawn_local},
    time::{Instant, sleep_until},
};

/// So often the bench looks at the clock.
const BEAT: Duration = Duration::from_millis(10);
/// Less than this is what any machine does, and what no part of the bench minds.
const WORTH_TELLING: Duration = Duration::from_millis(20);

/// The longest time for which a case's thread was not let on, or did not come to its other work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Late {
    /// How long, in milliseconds.
    pub by_ms: u64,
    /// When it was over, in milliseconds since the record began: the time that the tape has.
    pub at_ms: u64,
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by_ms, at_ms } = self;
        let at = Duration::from_millis(*at_ms).as_secs_f64();
        write!(
            f,
            "the machine held the bench up for {by_ms} ms, until {at:.3} s on the tape: what is a matter of time may be its \
             doing; play the case again on a machine that is less busy"
        )
    }
}

/// Looks at the clock for as long as a case is played.
#[derive(Clone, Debug, Default)]
pub(crate) struct Punctuality {
    worst: Rc<Cell<Option<Late>>>,
}

impl Punctuality {
    /// Begins to look, on the case's thread; `started` is when its record began.
    pub(crate) fn watch(&self, started: Instant) -> JoinHandle<()> {
        let worst = self.worst.clone();
        spawn_local(async move {
            loop {
                let due = Instant::now() + BEAT;
                sleep_until(due).await;
                let late = due.elapsed();
                let known = worst.get().map_or(WORTH_TELLING, |worst| Duration::from_millis(worst.by_ms));
                if late > known {
                    worst.set(Some(Late { by_ms: ms(late), at_ms: ms(started.elapsed()) }));
                }
            }
        })
    }

    /// The longest time; nothing where that is not worth telling, or nobody looked.
    pub(crate) fn worst(&self) -> Option<Late> {
        self.worst.get()
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::{runtime::Builder, task::LocalSet, time::sleep};

    use super::*;

    /// What a watch says of `work`, beginning 100 ms after the record.
    fn watched(work: impl Future<Output = ()>) -> Option<Late> {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        LocalSet::new().block_on(&runtime, async {
            let started = Instant::now();
            sleep(Duration::from_millis(100)).await;
            let punctuality = Punctuality::default();
            let watching = punctuality.watch(started);
            work.await;
            watching.abort();
            punctuality.worst()
        })
    }

    #[test]
    fn the_longest_delay_is_told_with_its_end() {
        let late = watched(async {
            for held_ms in [3, 30, 250, 40] {
                sleep(Duration::from_secs(1)).await;
                // The clock goes on, and nobody is let on meanwhile.
                tokio::time::advance(Duration::from_millis(held_ms)).await;
            }
            sleep(Duration::from_secs(1)).await;
        });
        let late = late.unwrap();
        assert!((240..=250).contains(&late.by_ms), "{late:?}");
        assert_eq!(late.at_ms, 100 + 3_000 + 3 + 30 + 250, "{late:?}");
    }

    #[test]
    fn a_punctual_bench_has_nothing_to_tell() {
        assert_eq!(watched(async { sleep(Duration::from_mins(1)).await }), None);
    }
}
