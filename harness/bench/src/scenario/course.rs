//! What a course of steps cannot be: it would blame the terminal for the file, or find nothing whatever the terminal did.

use super::{Action, Expectation, PowerTo, Step};

/// What is known of the terminal before each step.
struct Course {
    powered: bool,
    /// The step that did something whose outcome nothing has looked at yet.
    unseen: Option<usize>,
    looked: bool,
}

/// Refuses a course that cannot be judged: with the number of the step, or none for the expectation.
pub(super) fn check(steps: &[Step], expected: &Expectation) -> Result<(), (Option<usize>, String)> {
    if steps.is_empty() {
        return Err((None, "expected at least one step".into()));
    }
    let mut course = Course { powered: true, unseen: None, looked: false };
    for (at, step) in steps.iter().enumerate() {
        course.step(at, &step.action).map_err(|message| (Some(at), message.to_owned()))?;
    }
    if !course.powered && (expected.screen.is_some() || expected.keys.is_some()) {
        return Err((
            None,
            "the terminal has no power at the end: its screen and keys cannot be looked at".into(),
        ));
    }
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
            Action::Power { .. } | Action::Wait(_) | Action::Network(_) | Action::Acquirer { .. }
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
            Action::Do(_) | Action::Press { .. } | Action::Tamper(_) => self.unseen = Some(at),
            Action::See { .. } | Action::SeeNot { .. } => (self.unseen, self.looked) = (None, true),
            Action::Keys(_) => self.looked = true,
            Action::Wait(_) => self.unseen = None,
            Action::Power { to, state } => self.power(*to, state.is_some())?,
            Action::Reset { state } => {
                self.unseen = None;
                self.looked |= state.is_some();
            }
            Action::Network(_) | Action::Acquirer { .. } => {}
        }
        Ok(())
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
            || self.took.is_some()
            || !self.snapshots.is_empty()
    }
}
