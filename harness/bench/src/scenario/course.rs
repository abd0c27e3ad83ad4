//! What a course of steps cannot be: it would blame the terminal for the file, or find nothing whatever the terminal did.

use super::{Action, Expectation, PowerTo, SnapshotKind, Step, Switch};
use crate::Insertion;

/// What is known of the terminal before each step.
struct Course {
    powered: bool,
    /// The step that did something whose outcome nothing has looked at yet.
    unseen: Option<usize>,
    looked: bool,
    /// The first step that moved money.
    moved: Option<usize>,
    /// Whether the tamper switch was opened.
    tampered: bool,
    /// The card in the slot, as far as the steps tell.
    card: CardIn,
}

/// Whether a card is in the slot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CardIn {
    No,
    Yes,
    /// One that a fault may have pulled out.
    Perhaps,
}

/// The intents that move money.
const MOVING: [&str; 2] = ["sale", "void"];

fn moves(intent: &str) -> bool {
    MOVING.contains(&intent)
}

/// Refuses a course that cannot be judged: with the number of the step, or none for the expectation.
pub(super) fn check(steps: &[Step], expected: &Expectation) -> Result<(), (Option<usize>, String)> {
    if steps.is_empty() {
        return Err((None, "expected at least one step".into()));
    }
    let mut course =
        Course { powered: true, unseen: None, looked: false, moved: None, tampered: false, card: CardIn::No };
    for (at, step) in steps.iter().enumerate() {
        course.step(at, &step.action).map_err(|message| (Some(at), message.to_owned()))?;
    }
    if !course.powered && (expected.screen.is_some() || expected.keys.is_some() || expected.books.is_some()) {
        return Err((
            None,
            "the terminal has no power at the end: its screen, keys and records cannot be looked at".into(),
        ));
    }
    course.books(expected)?;
    if let Some(at) = course.unseen {
        return Err((
            Some(at),
            "nothing looks at what comes of it: expected a `see`, `see-not` or `wait` behind it".into(),
        ));
    }
    if !(course.looked || expected.looks()) {
        return Err((
            None,
            "nothing is looked at, so that it would always pass: expected a `see` or an [expect]".into(),
        ));
    }
    Ok(())
}

impl Course {
    fn step(&mut self, at: usize, action: &Action) -> Result<(), &'static str> {
        let needs_power = !matches!(
            action,
            Action::Power { .. }
                | Action::Wait(_)
                | Action::Network(_)
                | Action::Line(_)
                | Action::Acquirer { .. }
                | Action::HostTmk { .. }
                | Action::HostClock(_)
                | Action::Tamper(_)
                | Action::Printer(_)
                | Action::Insert(_)
                | Action::Remove
        );
        if needs_power && !self.powered {
            return Err("the terminal has no power here: expected `power = \"on\"` before it");
        }
        if matches!(action, Action::Do(_) | Action::Keys(_)) && self.unseen.is_some() {
            return Err(
                "it begins at the menu, but nothing has looked at what came of the step before: expected a `see` between",
            );
        }
        match action {
            Action::Do(intent) if moves(intent.as_str()) => _ = self.moved.get_or_insert(at),
            Action::Press { names, .. } if names.split_whitespace().any(moves) => {
                _ = self.moved.get_or_insert(at);
            }
            Action::Tamper(Switch::Open) => self.tampered = true,
            Action::Insert(how) => self.insert(how)?,
            Action::Remove if self.card == CardIn::No => return Err("no card is in the slot here"),
            Action::Remove => self.card = CardIn::No,
            _ => {}
        }
        match action {
            // Without power there is nothing to see before the next boot.
            Action::Tamper(_) | Action::Insert(_) | Action::Remove if !self.powered => {}
            Action::Do(_)
            | Action::Press { .. }
            | Action::Swipe { .. }
            | Action::Insert(_)
            | Action::Remove
            | Action::ChipRecord(_)
            | Action::Tamper(_) => self.unseen = Some(at),
            Action::See { .. } | Action::SeeNot { .. } => (self.unseen, self.looked) = (None, true),
            Action::Keys(_) => self.looked = true,
            Action::Wait(_) => self.unseen = None,
            Action::Power { to, state } => self.power(*to, state.is_some())?,
            Action::Reset { state } => {
                self.unseen = None;
                self.looked |= state.is_some();
            }
            Action::Network(_)
            | Action::Line(_)
            | Action::Acquirer { .. }
            | Action::HostTmk { .. }
            | Action::HostClock(_)
            | Action::Printer(_) => {}
        }
        Ok(())
    }

    fn insert(&mut self, how: &Insertion) -> Result<(), &'static str> {
        if self.card == CardIn::Yes {
            return Err("a card is in the slot already: expected `remove = true` before it");
        }
        let pulls = how.settings.fault.pull.is_some();
        self.card = if pulls { CardIn::Perhaps } else { CardIn::Yes };
        Ok(())
    }

    /// Where money has moved the books are looked at, unless the terminal cannot show its records any more.
    fn books(&self, expected: &Expectation) -> Result<(), (Option<usize>, String)> {
        let message = match (self.moved, &expected.books) {
            (_, Some(_)) if self.tampered => {
                "a terminal that was tampered with shows no records: the books cannot be looked at"
            }
            (_, None) if expected.snapshots.contains(&SnapshotKind::Books) => {
                "the snapshot `books` is of books that were looked at: expected `books = {}` beside it"
            }
            (Some(at), None) if !self.tampered => {
                let message =
                    "it moves money, so that the books must agree at the end: expected `books` in [expect]";
                return Err((Some(at), message.into()));
            }
            _ => return Ok(()),
        };
        Err((None, message.into()))
    }

    fn power(&mut self, to: PowerTo, looked: bool) -> Result<(), &'static str> {
        let on = to == PowerTo::On;
        if on == self.powered {
            return Err(if on { "the terminal is powered already" } else { "the power is cut already" });
        }
        (self.powered, self.unseen) = (on, None);
        self.looked |= looked;
        Ok(())
    }
}

impl Expectation {
    /// Whether anything in it can be otherwise.
    fn looks(&self) -> bool {
        self.host_messages.is_some()
            || !self.host.is_empty()
            || self.keys.is_some()
            || self.screen.is_some()
            || self.books.is_some()
            || self.rotation.is_some()
            || self.took.is_some()
            || !self.snapshots.is_empty()
    }
}
