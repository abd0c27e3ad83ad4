//! Plays a script to the simulated terminal and compares what comes from it.

use std::{sync::atomic::Ordering, time::Duration};

use payrig_rig::{Board, LineName, RigError};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::{
    choice::GRACE,
    expected::Place,
    pace::Pace,
    script::{Act, Birth, Ending, Life, Step},
    search::Progress,
    terminal::{AllFound, Terminal},
};

/// How much longer than the recorded one the terminal may take for an output.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the other lines may go on after a difference on one of them, so that the first one is told.
const LINGER: Duration = Duration::from_millis(100);
/// How long a terminal has to finish what it is doing.
const SETTLE: Duration = Duration::from_millis(200);
/// How long after a tape's end the terminal is watched.
const QUIET: Duration = Duration::from_secs(1);
/// Longer than a terminal waits for anything (INTERFACE.md, section 5: `host-timeout`): one that is silent for so long is at rest.
const REST: Duration = Duration::from_secs(400);
/// A terminal that sends so many bytes more than it should does not stop.
const FLOOD: usize = 1 << 16;

/// What a replay came to.
pub(super) struct Outcome {
    /// The first difference.
    pub fault: Option<Fault>,
    /// Bytes of each line that are as recorded.
    pub alike: [u64; 5],
    /// What was seen and is no difference.
    pub remarks: Vec<String>,
    /// Virtual time from the first power-on to what happened last on the tape.
    pub took: Duration,
    /// Whether the tape's time was kept to the nanosecond.
    pub exact: bool,
}

impl Outcome {
    /// The record at which the difference is; none goes beyond every record.
    pub(super) fn reach(&self) -> u64 {
        let Some(fault) = &self.fault else { return u64::MAX };
        fault.spots.first().map_or(u64::MAX - 1, |spot| spot.place.n)
    }
}

/// A difference, on one line or on several at the same time.
pub(super) struct Fault {
    /// The boot in which it is, from 0.
    pub life: usize,
    /// Where, in the tape's order; nowhere if the terminal crashed after the tape's end.
    pub spots: Vec<Spot>,
    /// What the terminal sent in this boot.
    pub found: Box<AllFound>,
    /// How the terminal's application crashed, if it did.
    pub crash: Option<String>,
}

/// One line's first difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// Which line.
    pub line: LineName,
    /// The byte, counted from the boot.
    pub offset: usize,
    /// Where on the tape: what is missing or different, or what was last before more came.
    pub place: Place,
    /// What is the matter.
    pub oddity: Oddity,
}

/// How a line differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    /// Another byte came.
    Changed,
    /// Nothing came for so long.
    Silent(Duration),
    /// More came than was recorded.
    More,
}

/// Why a course ends before the tape does.
enum Stop {
    Differs(Box<AllFound>, Vec<Spot>),
    Board(RigError),
}

impl From<RigError> for Stop {
    fn from(error: RigError) -> Self {
        Self::Board(error)
    }
}

/// Plays `lives` to the terminal of a new board. `rests`: the recorded terminal was left in peace at the tape's end, so that it had
/// nothing more to say.
pub(super) async fn play(
    lives: &[Life],
    rests: bool,
    board: Box<dyn Board>,
    progress: &Progress,
) -> Result<Outcome, RigError> {
    if let Some(application) = board.application() {
        let _ = progress.application.set(application);
    }
    let mut course = Course {
        terminal: Terminal::new(board),
        pace: Pace::new(),
        progress,
        checked: [0; 5],
        alike: [0; 5],
        remarks: Vec::new(),
    };
    let mut fault = None;
    for (n, life) in lives.iter().enumerate() {
        let lived = course.live(life, rests).await;
        course.count();
        match lived {
            Ok(()) => {}
            Err(Stop::Board(error)) => return Err(error),
            Err(Stop::Differs(found, spots)) => {
                fault = Some(Fault { life: n, spots, found, crash: None });
                break;
            }
        }
    }
    let took = course.pace.took();
    course.terminal.power_off().await?;
    let crash = course.terminal.crash();
    match &mut fault {
        Some(fault) => fault.crash = crash,
        None if crash.is_some() => {
            let found = course.terminal.turn_over().into();
            fault = Some(Fault { life: lives.len(), spots: Vec::new(), found, crash });
        }
        None => {}
    }
    let exact = course.pace.is_exact();
    Ok(Outcome { fault, alike: course.alike, remarks: course.remarks, took, exact })
}

struct Course<'p> {
    terminal: Terminal,
    progress: &'p Progress,
    pace: Pace,
    /// How many bytes of each line are known to be as expected in this boot.
    checked: [usize; 5],
    alike: [u64; 5],
    remarks: Vec<String>,
}

impl Course<'_> {
    async fn live(&mut self, life: &Life, rests: bool) -> Result<(), Stop> {
        self.checked = [0; 5];
        let (birth, place) = life.birth;
        if birth == Birth::PowerOn {
            sleep_until(self.pace.due(place.at, None)).await;
            if life.blank {
                self.terminal.blank().await?;
            }
            if life.opened {
                self.terminal.open_case().await?;
            }
            self.terminal.power_on().await?;
            self.pace.passed(place, Instant::now(), None);
        }
        for step in &life.steps {
            self.progress.record.store(step.place.n, Ordering::Relaxed);
            match &step.act {
                Act::Send(bytes) => self.send(life, step, bytes).await?,
                Act::Hear(upto) => self.hear(life, step, *upto).await?,
            }
        }
        let (found, until) = self.end(life).await?;
        let more = self.more(life, &found, until);
        if !more.is_empty() {
            return Err(Stop::Differs(found.into(), more));
        }
        if life.ending.0 == Ending::TapeEnd {
            self.watch(life, found, rests).await?;
        }
        Ok(())
    }

    async fn send(&mut self, life: &Life, step: &Step, bytes: &[u8]) -> Result<(), Stop> {
        self.wait(life, self.pace.due(step.place.at, Some(step.line))).await?;
        self.terminal.send(step.line, bytes);
        self.pace.passed(step.place, Instant::now(), Some(step.line));
        Ok(())
    }

    /// Waits until the terminal has sent so many bytes on the step's line.
    async fn hear(&mut self, life: &Life, step: &Step, upto: usize) -> Result<(), Stop> {
        let since = Instant::now();
        let limit = self.pace.due(step.place.at, None).max(since) + PATIENCE;
        loop {
            let arrival = self.terminal.heard()[step.line as usize].arrival(upto.saturating_sub(1));
            if self.differs(life) {
                return Err(self.stop(life, Some((step.line, upto, since))).await);
            }
            if let Some(arrival) = arrival {
                self.pace.passed(step.place, arrival, Some(step.line));
                return Ok(());
            }
            if timeout_at(limit, self.terminal.hears()).await.is_err() {
                return Err(self.stop(life, Some((step.line, upto, since))).await);
            }
        }
    }

    /// Lets time pass.
    async fn wait(&mut self, life: &Life, until: Instant) -> Result<(), Stop> {
        loop {
            if self.differs(life) {
                return Err(self.stop(life, None).await);
            }
            if timeout_at(until, self.terminal.hears()).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Ends a boot as it was ended, and gives what came in it until when.
    async fn end(&mut self, life: &Life) -> Result<(AllFound, Instant), Stop> {
        let (ending, place) = life.ending;
        let mut due = self.pace.due(place.at, None);
        if life.choice.settled {
            due = due.max(Instant::now() + SETTLE);
        }
        self.wait(life, due).await?;
        let until = Instant::now();
        let found = match ending {
            Ending::Cut => {
                self.terminal.power_off().await?;
                self.terminal.turn_over()
            }
            Ending::Reset => self.terminal.reset().await?,
            Ending::TapeEnd => {
                sleep(LINGER).await;
                self.terminal.turn_over()
            }
        };
        self.pace.passed(place, until, None);
        let spots = self.changed(life, &found);
        if spots.is_empty() { Ok((found, until)) } else { Err(Stop::Differs(found.into(), spots)) }
    }

    /// Adds up what was as recorded in a boot that has ended.
    fn count(&mut self) {
        for (checked, alike) in self.checked.into_iter().zip(&mut self.alike) {
            *alike += checked as u64;
        }
    }

    /// Whether something came on any line that was not recorded.
    fn differs(&mut self, life: &Life) -> bool {
        let heard = self.terminal.heard();
        let mut differs = false;
        for ((found, expected), checked) in heard.iter().zip(&life.expected).zip(&mut self.checked) {
            let found = found.bytes();
            match expected.first_difference(found, *checked) {
                Some(at) => (differs, *checked) = (true, at),
                None => *checked = found.len().min(expected.len()),
            }
            differs |= found.len() > expected.len() + FLOOD;
        }
        differs
    }

    /// Everything that differs now or on another line in a moment; `awaited`: what is waited for, and since when.
    async fn stop(&mut self, life: &Life, awaited: Option<(LineName, usize, Instant)>) -> Stop {
        let now = Instant::now();
        sleep(LINGER).await;
        let found = self.terminal.turn_over();
        let mut spots = self.changed(life, &found);
        if let Some((line, upto, since)) = awaited {
            let offset = found[line as usize].bytes().len();
            let place = life.expected[line as usize].place(offset).filter(|_| offset < upto);
            let known = spots.iter().any(|spot| spot.line == line);
            let oddity = Oddity::Silent(now - since);
            spots.extend(place.filter(|_| !known).map(|place| Spot { line, offset, place, oddity }));
        }
        let more = self.more(life, &found, now);
        spots.extend(more);
        spots.sort_by_key(|spot| spot.place.n);
        Stop::Differs(found.into(), spots)
    }

    /// Where other bytes came than expected.
    fn changed(&self, life: &Life, found: &AllFound) -> Vec<Spot> {
        let spot = |line: LineName| {
            let expected = &life.expected[line as usize];
            let offset =
                expected.first_difference(found[line as usize].bytes(), self.checked[line as usize])?;
            Some(Spot { line, offset, place: expected.place(offset)?, oddity: Oddity::Changed })
        };
        let mut spots: Vec<_> = LineName::ALL.into_iter().filter_map(spot).collect();
        spots.sort_by_key(|spot| spot.place.n);
        spots
    }

    /// Where more came than was recorded, although the recorded terminal had the time to send it: any time at all where the tape
    /// tells time exactly, else [`GRACE`].
    fn more(&self, life: &Life, found: &AllFound, until: Instant) -> Vec<Spot> {
        let grace = if self.pace.is_exact() { Duration::ZERO } else { GRACE };
        let spot = |line: LineName| {
            let (found, offset) = (&found[line as usize], life.expected[line as usize].len());
            let came = found.arrival(offset)?;
            let flood = found.bytes().len() > offset + FLOOD;
            let counts = flood || until.saturating_duration_since(came) > grace;
            let place = self.pace.place_at(came).unwrap_or(life.birth.1);
            counts.then_some(Spot { line, offset, place, oddity: Oddity::More })
        };
        LineName::ALL.into_iter().filter_map(spot).collect()
    }

    /// Watches the terminal after the tape's end. A terminal that was at rest says no more than it said on the tape; one that was at
    /// work goes on.
    async fn watch(&mut self, life: &Life, found: AllFound, rests: bool) -> Result<(), Stop> {
        let surplus = |later: &AllFound| {
            LineName::ALL.map(|line| {
                let heard = found[line as usize].bytes().len() + later[line as usize].bytes().len();
                heard.saturating_sub(life.expected[line as usize].len())
            })
        };
        sleep(QUIET).await;
        let soon = surplus(&self.terminal.heard());
        if soon == [0; 5] {
            return Ok(());
        }
        sleep(REST).await;
        let later = self.terminal.turn_over();
        let worked = surplus(&later) != soon;
        if rests && !worked {
            let found = joined(found, later);
            let place = life.ending.1;
            let spots = LineName::ALL.into_iter().zip(soon).filter(|(_, bytes)| *bytes > 0);
            let spots = spots.map(|(line, _)| {
                let offset = life.expected[line as usize].len();
                Spot { line, offset, place, oddity: Oddity::More }
            });
            return Err(Stop::Differs(found.into(), spots.collect()));
        }
        for (line, bytes) in LineName::ALL.into_iter().zip(soon).filter(|(_, bytes)| *bytes > 0) {
            self.remarks.push(format!(
                "after the tape's end the simulated terminal went on: {bytes} bytes on the {line} line, which the recorded \
                 one had no time to send"
            ));
        }
        Ok(())
    }
}

fn joined(first: AllFound, later: AllFound) -> AllFound {
    let mut later = later.into_iter();
    first.map(|found| match later.next() {
        Some(later) => found.and(later),
        None => found,
    })
}
