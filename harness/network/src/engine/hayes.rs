//! What a line modem has in its own way: calls (ITU-T V.250, 6.3; the usual Hayes result codes and registers).

mod call;
mod online;

use tokio::time::Instant;

use super::{Engine, basic_commands::single_number, dialect::Words};
use crate::{
    access_controller::AccessController,
    agenda::NotOpened,
    answer::{Outcome, Refusal},
    command::{Command, Form},
    ip_state::IpState,
    latency::Latency,
    noise::Harm,
    profile::{Latencies, LineVerdict},
};

/// The line as the modem has it.
#[derive(Debug, Default)]
pub(super) struct LineState {
    controller: AccessController,
    /// Whether the controller has its connection to the host.
    host: bool,
    /// What waits for that.
    for_host: Vec<u8>,
    /// When the terminal sent its last byte.
    heard: Option<Instant>,
    /// How many escape characters have come in a row behind silence.
    escapes: u8,
    harm_up: Harm,
    harm_down: Harm,
    /// Whether the number that was dialled is the access controller's.
    reached: bool,
}

/// The words of a line modem.
pub(super) struct Hayes;

impl Words for Hayes {
    fn command(&self, engine: &mut Engine, command: &Command) -> Option<Outcome> {
        engine.hayes_command(command)
    }

    fn time(&self, command: &Command, latency: &Latencies) -> Option<Latency> {
        (command.name == "H").then_some(latency.close)
    }

    fn is_cellular(&self) -> bool {
        false
    }

    fn capabilities(&self) -> &'static str {
        "+GCAP: +FCLASS"
    }

    fn start_lines(&self) -> &'static [&'static str] {
        &[]
    }

    fn settled_lines(&self) -> &'static [&'static str] {
        &[]
    }

    fn unasked(&self) -> &'static [&'static str] {
        &["RING"]
    }

    /// A line that would carry no call carries none any more.
    fn network_changed(&self, engine: &mut Engine) {
        if engine.ip == IpState::Connected && engine.profile.line.verdict != LineVerdict::Connect {
            engine.lose_carrier();
        }
    }

    fn not_ready(&self, engine: &mut Engine) {
        engine.answer_not_ready();
    }

    fn opened(&self, engine: &mut Engine) {
        engine.say_connect();
    }

    fn not_opened(&self, engine: &mut Engine, _: NotOpened) {
        engine.say_result("NO CARRIER");
    }

    fn closed_by_peer(&self, engine: &mut Engine) {
        engine.say_result("NO CARRIER");
    }

    fn closed(&self, engine: &mut Engine) {
        engine.say_result("OK");
    }

    fn context_lost(&self, _: &mut Engine) {}

    fn data(&self, engine: &mut Engine, data: &[u8]) {
        engine.say_data(None, data);
    }
}

impl Engine {
    fn hayes_command(&mut self, command: &Command) -> Option<Outcome> {
        let outcome = match (command.name.as_str(), &command.form) {
            ("D", Form::Write(arguments)) => {
                let number = arguments.first().map_or(String::new(), |argument| argument.text.clone());
                self.dial(&number)
            }
            ("A", Form::Execute) => {
                // Nobody calls.
                self.say_result("NO CARRIER");
                Outcome::Said
            }
            ("O", Form::Execute | Form::Write(_)) => self.go_online(),
            ("H", Form::Execute) => self.hang_up(),
            ("H", Form::Write(arguments)) => match single_number(arguments) {
                Some(0) => self.hang_up(),
                Some(1) => Outcome::Done,
                _ => Refusal::Plain.into(),
            },
            ("Z", Form::Execute | Form::Write(_)) => {
                self.hang_up();
                self.settings = self.settings_at_first();
                Outcome::Done
            }
            ("I", Form::Execute | Form::Write(_)) => return None,
            ("+FCLASS", Form::Read) => self.tell("0"),
            ("+FCLASS", Form::Test) => self.tell("0"),
            ("+FCLASS", Form::Write(arguments)) => match single_number(arguments) {
                Some(0) => Outcome::Done,
                _ => Refusal::Plain.into(),
            },
            (
                "&Q" | "\\N" | "%C" | "N" | "B" | "+MS" | "+ES" | "+DS" | "+IFC",
                Form::Execute | Form::Write(_),
            ) => Outcome::Done,
            _ => return None,
        };
        Some(outcome)
    }
}
