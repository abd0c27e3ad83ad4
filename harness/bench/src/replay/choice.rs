//! What a tape leaves open: how far a terminal had come when it was cut off, and when it began to listen.

use std::time::Duration;

use payrig_rig::LineName;

use super::script::{Act, Ending, Life, Step};

/// A terminal that has been left alone for this long has finished what it was doing, on a slow machine, too.
pub(super) const GRACE: Duration = Duration::from_secs(1);
/// How many inputs or chunks at an ending are tried one by one.
const MOST_TRIED: usize = 8;

/// One way in which a life on the tape can have been. The default is to take the tape as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// So many of the last inputs had no effect that lasts; what the terminal says after them is not waited for.
    unheard: usize,
    /// Those of them on the modem line reach the terminal after its reset: the line stays open, and keeps what was not read.
    kept: bool,
    /// The terminal finishes what it is doing before it is cut off.
    pub settled: bool,
    /// So many inputs and outputs of the slot recorded after a reset was asked for are of the boot before it.
    pub late: usize,
    /// What comes on the modem line before the terminal says its first word there waits for that: the line keeps what a terminal that
    /// boots does not read.
    held: bool,
}

impl Life {
    /// Changes the script as it was chosen; `kept` was not read by the boot before. What this boot does not read is given to
    /// the next one.
    pub(super) fn choose(&mut self, kept: Vec<Step>) -> Vec<Step> {
        let mut unread = Vec::new();
        if let Some(first) = self.choice.unheard.checked_sub(1).and_then(|last| self.last_inputs().nth(last))
        {
            let unheard = self.steps.split_off(first);
            unread.extend(unheard.into_iter().filter(|step| self.choice.kept && step.is_to_modem()));
        }
        let held = self.choice.held || !kept.is_empty();
        self.steps.splice(..0, kept);
        if let Some(word) = self.first_word().filter(|_| held) {
            let (early, others): (Vec<_>, Vec<_>) = self.steps.drain(..word).partition(Step::is_to_modem);
            // A chunk may hold what the terminal says after it, too: its first byte is the sign.
            let spoken = self.steps.first().map(|word| Step { act: Act::Hear(1), ..*word });
            self.steps.splice(..0, others.into_iter().chain(spoken).chain(early));
        }
        unread
    }

    /// How else than `now` a life that is as the tape has it can have been; with `begun`, its beginning alone.
    pub(super) fn other_choices(&self, now: Choice, begun: bool) -> Vec<Choice> {
        let last = self.steps.last().map_or(self.birth.1, |step| step.place);
        let at_rest = self.ending.1.at.saturating_sub(last.at) > GRACE;
        let mut choices = Vec::new();
        if self.ending.0 != Ending::TapeEnd && !at_rest && !begun {
            let unheard = |unheard| Choice { unheard, settled: true, ..Choice::default() };
            choices.extend((0..=self.last_inputs().count()).map(unheard));
            let kept = if self.ending.0 == Ending::Reset { self.last_inputs().count() } else { 0 };
            choices.extend((1..=kept).map(|last| Choice { kept: true, ..unheard(last) }));
        }
        let late = if begun { 0 } else { self.late.min(MOST_TRIED) };
        choices.extend((1..=late).map(|late| Choice { late, ..Choice::default() }));
        if self.first_word().is_some() {
            choices.push(Choice { held: true, ..now });
        }
        choices.retain(|choice| *choice != now);
        choices
    }

    /// Which steps are inputs that may have had no effect before the terminal was cut off, the last one first.
    fn last_inputs(&self) -> impl Iterator<Item = usize> {
        let shortly = self.ending.1.at.saturating_sub(GRACE);
        let steps = self.steps.iter().enumerate().rev();
        let inputs =
            steps.filter(move |(_, step)| matches!(step.act, Act::Send(_)) && step.place.at >= shortly);
        inputs.map(|(at, _)| at).take(MOST_TRIED)
    }

    /// The step at which the terminal says its first word on the modem line, if something came on it before.
    fn first_word(&self) -> Option<usize> {
        let mut modem = self.steps.iter().enumerate().filter(|(_, step)| step.line == LineName::Modem);
        let first = modem.clone().next().filter(|(_, step)| step.is_to_modem());
        first.and(modem.find(|(_, step)| matches!(step.act, Act::Hear(_)))).map(|(at, _)| at)
    }

    /// What was chosen instead of the tape as it is, for people.
    pub(super) fn remark(&self) -> Option<String> {
        let Choice { unheard, kept, settled, late, held } = self.choice;
        let (begun, cut) = (self.birth.1.n, self.ending.1.n);
        let said = [
            held.then(|| {
                format!("record {begun}: the terminal did not read its modem line until it spoke on it")
            }),
            (unheard > 0).then(|| {
                let what = match kept {
                    true => "was read by the boot after the reset",
                    false => "had no lasting effect before the terminal was cut off",
                };
                match unheard {
                    1 => format!("record {cut}: the last input {what}"),
                    more => format!("record {cut}: each of the last {more} inputs {what}"),
                }
            }),
            (unheard == 0 && settled).then(|| {
                format!("record {cut}: the terminal had finished what it was doing when it was cut off")
            }),
            (late > 0).then(|| {
                format!("record {cut}: {late} chunks recorded after the reset are of the boot before it")
            }),
        ];
        let said: Vec<_> = said.into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join("; "))
    }
}
