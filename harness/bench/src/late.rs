//! How far behind the wall clock the bench was, on a rig that follows it.
//!
//! A machine that is too busy keeps the bench from reading a line, or from speaking, in its time. What then looks like a fault of the
//! terminal may be the machine's: a failure tells how late the bench was itself, before the last bytes went over a line. What came
//! behind them changed nothing any more.

use std::{cell::RefCell, fmt, rc::Rc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    task::{JoinHandle, spawn_local},
    time::{Instant, sleep_until},
};

/// So often the bench looks at the clock.
const BEAT: Duration = Duration::from_millis(10);
/// Less than this is what any machine does, and what no part of the bench minds.
const WORTH_TELLING: Duration = Duration::from_millis(20);

/// A time for which a case's thread was not let on, or did not come to its other work.
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
            "the bench was held up for {by_ms} ms, until {at:.3} s on the tape: what is a matter of time may come of that; \
             play the case again on a machine that is less busy"
        )
    }
}

/// Looks at the clock for as long as a case is played.
#[derive(Clone, Debug, Default)]
pub(crate) struct Punctuality {
    looks: Rc<RefCell<Looks>>,
}

#[derive(Debug, Default)]
struct Looks {
    /// When the record began, and when the clock is to be looked at next.
    waiting: Option<(Instant, Instant)>,
    delays: Vec<Delay>,
}

/// Since the record began.
#[derive(Clone, Copy, Debug)]
struct Delay {
    from: Duration,
    to: Duration,
}

impl Delay {
    fn time(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

impl Looks {
    /// The delay since the clock was to be looked at, where it is worth telling.
    fn delay(&self) -> Option<Delay> {
        let (started, due) = self.waiting?;
        let delay = Delay { from: due.saturating_duration_since(started), to: started.elapsed() };
        (delay.time() > WORTH_TELLING).then_some(delay)
    }
}

impl Punctuality {
    /// Begins to look, on the case's thread; `started` is when its record began.
    pub(crate) fn watch(&self, started: Instant) -> JoinHandle<()> {
        let looks = self.looks.clone();
        spawn_local(async move {
            loop {
                let due = Instant::now() + BEAT;
                looks.borrow_mut().waiting = Some((started, due));
                sleep_until(due).await;
                let mut looks = looks.borrow_mut();
                let delay = looks.delay();
                looks.delays.extend(delay);
            }
        })
    }

    /// The longest delay that began before `moment`, since the record began. The one that goes on just now is among them: whoever was let
    /// on first may be asking. Nothing where none is worth telling, or nobody looked.
    pub(crate) fn worst_before(&self, moment: Duration) -> Option<Late> {
        let looks = self.looks.borrow();
        let delays = looks.delays.iter().copied().chain(looks.delay());
        let worst = delays.filter(|delay| delay.from <= moment).max_by_key(Delay::time)?;
        Some(Late { by_ms: ms(worst.time()), at_ms: ms(worst.to) })
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::{
        runtime::Builder,
        task::LocalSet,
        time::{advance, sleep},
    };

    use super::*;

    /// What a watch says behind `work` of the time before `moment`; it begins 100 ms after the record.
    fn watched(moment: Duration, work: impl Future<Output = ()>) -> Option<Late> {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        LocalSet::new().block_on(&runtime, async {
            let started = Instant::now();
            sleep(Duration::from_millis(100)).await;
            let punctuality = Punctuality::default();
            let watching = punctuality.watch(started);
            work.await;
            let worst = punctuality.worst_before(moment);
            watching.abort();
            worst
        })
    }

    /// The clock goes on for so long each time, and nobody is let on meanwhile.
    async fn held_up(ms: &[u64]) {
        for ms in ms {
            sleep(Duration::from_secs(1)).await;
            advance(Duration::from_millis(*ms)).await;
        }
        sleep(Duration::from_secs(1)).await;
    }

    #[test]
    fn the_longest_delay_is_told_with_its_end() {
        let late = watched(Duration::MAX, held_up(&[3, 30, 250, 40])).unwrap();
        assert!((240..=250).contains(&late.by_ms), "{late:?}");
        assert_eq!(late.at_ms, 100 + 3_000 + 3 + 30 + 250, "{late:?}");
    }

    /// Whoever waits for something in vain may be let on before the watch is.
    #[tokio::test(start_paused = true)]
    async fn a_delay_that_goes_on_is_told() {
        let (punctuality, started) = (Punctuality::default(), Instant::now());
        let due = started + Duration::from_millis(100);
        punctuality.looks.borrow_mut().waiting = Some((started, due));
        assert_eq!(punctuality.worst_before(Duration::MAX), None);
        advance(Duration::from_millis(350)).await;
        assert_eq!(punctuality.worst_before(Duration::MAX), Some(Late { by_ms: 250, at_ms: 350 }));
    }

    #[test]
    fn what_comes_behind_the_last_bytes_is_no_excuse() {
        let late = watched(Duration::from_millis(2_120), held_up(&[30, 250, 40])).unwrap();
        assert!((20..=30).contains(&late.by_ms), "{late:?}");
        assert_eq!(watched(Duration::from_secs(1), held_up(&[30, 250, 40])), None);
    }

    #[test]
    fn a_punctual_bench_has_nothing_to_tell() {
        assert_eq!(watched(Duration::MAX, async { sleep(Duration::from_mins(1)).await }), None);
    }
}
