//! The dialogue with the module as a snapshot keeps it: what was asked and answered, without what is a matter of timing.

use std::fmt::{self, Write};

use crate::transcript::{Entry, What};

/// An answer, line by line.
type Answer = &'static [&'static str];

/// The polls of a terminal (INTERFACE.md, sections 7, 14 and 15), each with the answers that mean no more than "not yet".
const POLLS: [(&str, &[Answer]); 4] = [
    ("AT", &[&[]]),
    ("AT+CPIN?", &[&["+CME ERROR: 14"], &["+CPIN: NOT READY", "OK"]]),
    ("AT+CREG?", &[&["+CREG: 0,0", "OK"], &["+CREG: 0,2", "OK"]]),
    ("AT+CEREG?", &[&["+CEREG: 0,0", "OK"], &["+CEREG: 0,2", "OK"], &["+CEREG: 0,4", "OK"]]),
];
/// The poll that is repeated as well when it got no answer, once it was told to wait.
const SILENT_WHILE_WAITING: &str = "AT+CPIN?";

/// Lines that a module says by itself, at its own time.
const UNASKED: [&str; 5] = ["RDY", "+CFUN: 1", "Call Ready", "SMS Ready", "RING"];
/// How other lines begin that it says by itself.
const UNASKED_HEADS: [&str; 6] = ["+CTZV: ", "+CTZE: ", "DST: ", "*PSUTTZ: ", "+QIND: ", "+QUSIM: "];
/// Registration as it is told unasked: one number.
const REGISTRATION: [&str; 3] = ["+CREG: ", "+CGREG: ", "+CEREG: "];

/// Whether these are the lines of an answer after which a terminal asks the same again: whoever compares two dialogues leaves out
/// such an answer if the same command follows at once. `told_to_wait`: whether one before it in the same row was such an answer.
#[must_use]
pub fn is_still_waiting(command: &str, answer: &[&str], told_to_wait: bool) -> bool {
    let declared =
        POLLS.iter().find(|(poll, _)| *poll == command).map_or(&[] as &[_], |(_, answers)| answers);
    declared.contains(&answer) || (command == SILENT_WHILE_WAITING && told_to_wait && answer.is_empty())
}

/// Whether this is the answer of an EC20 that has not seen its SIM yet, after which a terminal asks the same again (INTERFACE.md, section 14). Any
/// other module says it once and for all, so a snapshot keeps how often it was said; two runs of one case may differ in it.
#[must_use]
pub fn may_be_seen_late(command: &str, answer: &[&str]) -> bool {
    command == "AT+CPIN?" && answer == ["+CME ERROR: 10"]
}

/// Whether the module says this line by itself, so that its place among commands and answers tells nothing. `command` is the one
/// that was asked last and `answer` what has come of its answer.
#[must_use]
pub fn is_unasked(line: &str, command: Option<&str>, answer: &[&str]) -> bool {
    if line.starts_with("+CPIN: ") {
        // The same line answers `AT+CPIN?`, once.
        let asked = command.is_some_and(|command| command.to_ascii_uppercase().contains("+CPIN?"));
        return !asked || answer.iter().any(|line| ends_answer(line) || line.starts_with("+CPIN: "));
    }
    let is_state = |head| line.strip_prefix(head).is_some_and(|state: &str| state.len() == 1);
    REGISTRATION.into_iter().any(is_state)
        || UNASKED.contains(&line)
        || UNASKED_HEADS.into_iter().any(|head| line.starts_with(head))
}

/// Whether an answer ends with this line; some answers end with a line of their own (ITU-T V.250, 5.7.1; SIM800 Series AT Command Manual, 8.2).
/// Digits are those of `ATV0`.
#[must_use]
pub fn ends_answer(line: &str) -> bool {
    const RESULTS: [&str; 7] = ["OK", "ERROR", "SHUT OK", "SEND OK", "SEND FAIL", "CLOSE OK", "CONNECT FAIL"];
    const CALLS: [&str; 5] = ["NO CARRIER", "NO DIALTONE", "NO DIAL TONE", "BUSY", "NO ANSWER"];
    const DIGITS: [&str; 9] = ["0", "1", "3", "4", "5", "6", "7", "8", "10"];
    RESULTS.contains(&line)
        || CALLS.contains(&line)
        || DIGITS.contains(&line)
        || line == "CONNECT"
        || (line.starts_with("CONNECT ") && line[8..].bytes().all(|byte| byte.is_ascii_digit()))
        || line.starts_with("+CME ERROR: ")
}

/// The dialogue as text: a line for each command with its answer, data by length, what the bench did to the module (`*`), and at the end
/// what the module said by itself. Of a poll that was repeated at once the answers that only meant "not yet" are left out, but for the last.
///
/// A switch of the network or of the power that came in the middle of an answer stands behind it.
#[must_use]
pub fn dialogue(entries: &[Entry]) -> String {
    let mut said = Dialogue::default();
    for entry in entries {
        said.take(&entry.what);
    }
    said.text()
}

/// A command with its answer, and what happened behind it.
#[derive(Default)]
struct Turn {
    /// Nothing where lines came without a command.
    command: Option<String>,
    answer: Vec<Said>,
    events: Vec<String>,
}

enum Said {
    Line(String),
    Sent(usize),
    Received(usize),
}

impl Said {
    fn line(&self) -> Option<&str> {
        match self {
            Self::Line(line) => Some(line),
            Self::Sent(_) | Self::Received(_) => None,
        }
    }
}

impl Turn {
    fn lines(&self) -> Vec<&str> {
        self.answer.iter().filter_map(Said::line).collect()
    }

    /// Whether the answer has come to its end; one that nothing was asked for has none to come to.
    fn is_answered(&self) -> bool {
        self.command.is_none() || self.lines().iter().any(|line| ends_answer(line))
    }

    /// Whether its answer is no more than "not yet".
    fn is_still_waiting(&self, told_to_wait: bool) -> bool {
        let only_lines = self.lines().len() == self.answer.len();
        let command = self.command.as_deref().unwrap_or_default();
        only_lines && is_still_waiting(command, &self.lines(), told_to_wait)
    }
}

#[derive(Default)]
struct Dialogue {
    turns: Vec<Turn>,
    current: Turn,
    unasked: Vec<String>,
}

impl Dialogue {
    fn take(&mut self, what: &What) {
        match what {
            What::Heard(line) => self.begin(Some(line.clone())),
            What::Said(line) => {
                if is_unasked(line, self.current.command.as_deref(), &self.current.lines()) {
                    self.unasked.push(line.clone());
                } else {
                    self.answer(Said::Line(line.clone()));
                }
            }
            What::Sent(length) => self.answer(Said::Sent(*length)),
            What::Received(length) => self.answer(Said::Received(*length)),
            What::PowerCycled | What::Restarted | What::NotReady | What::Profile(_) => {
                self.current.events.push(what.to_string())
            }
        }
    }

    fn begin(&mut self, command: Option<String>) {
        let turn = Turn { command, ..Turn::default() };
        self.turns.push(std::mem::replace(&mut self.current, turn));
    }

    fn answer(&mut self, said: Said) {
        if !self.current.events.is_empty() && self.current.is_answered() {
            self.begin(None);
        }
        match (self.current.answer.last_mut(), said) {
            // How the network cuts data tells nothing.
            (Some(Said::Received(before)), Said::Received(length)) => *before += length,
            (_, said) => self.current.answer.push(said),
        }
    }

    fn text(mut self) -> String {
        self.begin(None);
        let mut text = String::new();
        for turn in without_waiting(&self.turns) {
            let _ = write!(text, "{turn}");
        }
        if !self.unasked.is_empty() {
            let _ = write!(text, "\nunasked, at the module's own time:\n");
        }
        for line in &self.unasked {
            let _ = writeln!(text, "{line}");
        }
        if text.is_empty() { "no dialogue\n".to_owned() } else { text }
    }
}

/// All turns but the polls that were told to wait and came again at once.
fn without_waiting(turns: &[Turn]) -> Vec<&Turn> {
    let mut told = Vec::new();
    let mut told_to_wait = false;
    for (turn, next) in turns.iter().zip(turns.iter().skip(1).map(Some).chain([None])) {
        let waiting = turn.is_still_waiting(told_to_wait);
        let comes_again = next.is_some_and(|next| next.command == turn.command) && turn.events.is_empty();
        told_to_wait = waiting && comes_again;
        if !told_to_wait {
            told.push(turn);
        }
    }
    told
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.command.is_some() || !self.answer.is_empty() {
            f.write_str(self.command.as_deref().unwrap_or("(not asked)"))?;
            f.write_str(" =>")?;
            for (at, said) in self.answer.iter().enumerate() {
                write!(f, "{} {said}", if at > 0 { " |" } else { "" })?;
            }
            f.write_str(if self.answer.is_empty() { " (no answer)\n" } else { "\n" })?;
        }
        self.events.iter().try_for_each(|event| writeln!(f, "{event}"))
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => f.write_str(line),
            Self::Sent(length) => write!(f, "sent ({length} bytes)"),
            Self::Received(length) => write!(f, "received ({length} bytes)"),
        }
    }
}

#[cfg(test)]
mod tests;
