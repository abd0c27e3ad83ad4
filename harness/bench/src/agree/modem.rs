//! The modem's line without what is a matter of timing.

use payrig_network::{ends_answer, is_still_waiting, is_unasked, may_be_seen_late};
use payrig_tape::{Direction, render};

use crate::{Meaning, Message};

/// Gives a boot what it is still answered after the next one has begun: the module goes on with a command when its terminal boots.
pub(super) fn give_back(before: &mut Vec<Message>, after: &mut Vec<Message>) {
    let is_command = |message: &Message| matches!(message.meaning, Meaning::Command(_));
    let ends = |message: &Message| matches!(&message.meaning, Meaning::Answer(line) if ends_answer(line));
    let last = before.iter().rposition(is_command);
    let answered = last.is_none_or(|last| before[last..].iter().any(ends));
    if answered {
        return;
    }
    let unasked = after.iter().position(is_command).unwrap_or(after.len());
    let owed = after[..unasked].iter().position(ends).map_or(unasked, |end| end + 1);
    before.extend(after.drain(..owed));
}

/// A command with what came of it.
#[derive(Default)]
struct Turn {
    /// Each ESC that went before it, with its echo.
    escapes: Vec<Message>,
    command: Option<Message>,
    /// Echo, answers and data.
    rest: Vec<Message>,
}

impl Turn {
    fn asked(&self) -> Option<&str> {
        match self.command.as_ref().map(|command| &command.meaning) {
            Some(Meaning::Command(line)) => Some(line),
            _ => None,
        }
    }

    fn answers(&self) -> Vec<&str> {
        let mut answers = Vec::new();
        for message in &self.rest {
            if let Meaning::Answer(line) = &message.meaning {
                answers.push(line.as_str());
            }
        }
        answers
    }

    fn is_still_waiting(&self, told_to_wait: bool) -> bool {
        let plain = |message: &Message| matches!(message.meaning, Meaning::Answer(_) | Meaning::Echo);
        let asked = self.asked().filter(|_| self.rest.iter().all(plain));
        asked.is_some_and(|asked| {
            let answers = self.answers();
            is_still_waiting(asked, &answers, told_to_wait) || may_be_seen_late(asked, &answers)
        })
    }

    fn into_messages(self) -> impl Iterator<Item = Message> {
        self.escapes.into_iter().chain(self.command).chain(self.rest)
    }
}

/// The dialogue without polls that were told to wait and came again at once; and what the module said by itself.
pub(super) fn folded(messages: Vec<Message>) -> (Vec<Message>, Vec<Message>) {
    let (turns, unasked) = turns(messages);
    let mut kept = Vec::new();
    let mut told_to_wait = false;
    let mut turns = turns.into_iter().peekable();
    while let Some(mut turn) = turns.next() {
        let comes_again =
            turn.asked().is_some() && turns.peek().is_some_and(|next| next.asked() == turn.asked());
        if comes_again && turn.is_still_waiting(told_to_wait) {
            told_to_wait = true;
            continue;
        }
        if std::mem::take(&mut told_to_wait) {
            turn.escapes.clear();
        }
        kept.extend(turn.into_messages());
    }
    (kept, unasked)
}

fn is_escape(message: &Message) -> bool {
    matches!(&message.meaning, Meaning::Command(line) if line == "ESC")
}

fn is_echo_of_escape(message: &Message) -> bool {
    message.meaning == Meaning::Echo && render(&message.pieces).trim() == "\x1b"
}

/// Behind which of these an ESC's echo belongs: the first ESC that has none yet. Whether it came before the command behind the ESC tells
/// only how the line was cut into pieces.
fn place_of_echo(escapes: &[Message]) -> Option<usize> {
    let has_none = |at: usize| is_escape(&escapes[at]) && !escapes.get(at + 1).is_some_and(is_echo_of_escape);
    (0..escapes.len()).find(|at| has_none(*at)).map(|at| at + 1)
}

fn turns(messages: Vec<Message>) -> (Vec<Turn>, Vec<Message>) {
    let mut turns = Vec::new();
    let mut turn = Turn::default();
    let mut escapes = Vec::new();
    let mut unasked = Vec::new();
    for message in messages {
        if is_echo_of_escape(&message) {
            match (place_of_echo(&turn.escapes), place_of_echo(&escapes)) {
                (Some(place), _) => turn.escapes.insert(place, message),
                (None, Some(place)) => escapes.insert(place, message),
                (None, None) => turn.rest.push(message),
            }
            continue;
        }
        match (&message.meaning, message.direction) {
            _ if is_escape(&message) => escapes.push(message),
            (Meaning::Command(_), _) => {
                let begun =
                    Turn { escapes: std::mem::take(&mut escapes), command: Some(message), ..Turn::default() };
                turns.push(std::mem::replace(&mut turn, begun));
            }
            (Meaning::Answer(line), Direction::ToTerminal)
                if is_unasked(line, turn.asked(), &turn.answers()) =>
            {
                unasked.push(message);
            }
            _ => turn.rest.push(message),
        }
    }
    turn.rest.extend(escapes);
    turns.push(turn);
    (turns, unasked)
}
