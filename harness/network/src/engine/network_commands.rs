//! SIM, signal, registration, attachment (3GPP TS 27.007, 7, 8 and 10).

use std::sync::Arc;

use super::{Engine, basic_commands::set_level};
use crate::{
    agenda::Event,
    answer::{Outcome, Refusal},
    command::{Argument, Command, Form},
    ip_state::IpState,
    profile::{AbsentAnswer, ContextVerdict, Registration, SimState},
};

impl Engine {
    pub(super) fn network_command(&mut self, command: &Command) -> Option<Outcome> {
        let outcome = match (command.name.as_str(), &command.form) {
            ("+CPIN", Form::Read) => self.read_sim(),
            ("+CPIN", Form::Write(arguments)) => self.give_pin(arguments),
            ("+CIMI", Form::Execute) => self.tell_of_sim(|sim| &sim.imsi),
            ("+CCID", Form::Execute) => self.tell_of_sim(|sim| &sim.iccid),
            ("+CSQ", Form::Execute) => self.tell_signal(),
            ("+CREG", Form::Read) => {
                let mode = self.settings.registration_lines;
                self.tell(&format!("+CREG: {mode},{}", self.registration().stat()))
            }
            ("+CREG", Form::Write(arguments)) => {
                set_level(arguments, 2, &mut self.settings.registration_lines)
            }
            ("+CGREG", Form::Read) => {
                let mode = self.settings.packet_registration_lines;
                self.tell(&format!("+CGREG: {mode},{}", self.packet_registration().stat()))
            }
            ("+CGREG", Form::Write(arguments)) => {
                set_level(arguments, 2, &mut self.settings.packet_registration_lines)
            }
            ("+CREG" | "+CGREG", Form::Test) => self.tell(&format!("{}: (0-2)", command.name)),
            ("+COPS", Form::Read) => self.tell_operator(),
            ("+CGATT", Form::Read) => self.tell(&format!("+CGATT: {}", u8::from(self.attached))),
            ("+CGATT", Form::Write(arguments)) => self.attach(arguments),
            ("+CGATT", Form::Test) => self.tell("+CGATT: (0,1)"),
            ("+CPIN" | "+CIMI" | "+CCID" | "+CSQ", Form::Test) => Outcome::Done,
            _ => return None,
        };
        Some(outcome)
    }

    /// One line and `OK`.
    pub(super) fn tell(&mut self, text: &str) -> Outcome {
        self.say(text);
        Outcome::Done
    }

    fn read_sim(&mut self) -> Outcome {
        let absent = self.profile.sim.state == SimState::NotInserted;
        let as_line = self.profile.sim.absent_answer == AbsentAnswer::Line;
        match self.sim_refusal() {
            Some(Refusal::Error(11 | 12)) | None => {}
            Some(Refusal::Error(10)) if absent && as_line => {}
            Some(refusal) => return refusal.into(),
        }
        self.tell(self.sim_line())
    }

    fn give_pin(&mut self, arguments: &[Argument]) -> Outcome {
        match self.sim_refusal() {
            Some(Refusal::Error(11)) => {}
            Some(refusal) => return refusal.into(),
            None => return Refusal::NOT_ALLOWED.into(),
        }
        // The PIN may come with or without quotation marks (SIM800 Series AT Command Manual, 3.2.28).
        if arguments.first().is_none_or(|given| given.text != self.profile.sim.pin) {
            return Refusal::Error(16).into();
        }
        self.pin_given = true;
        self.attached = self.is_registered() && self.profile.radio.attached;
        self.agenda.enter(self.now, std::time::Duration::ZERO, Event::Line("+CPIN: READY".to_owned()));
        Outcome::Done
    }

    fn tell_of_sim(&mut self, which: impl Fn(&crate::profile::Sim) -> &String) -> Outcome {
        if let Some(refusal) = self.sim_refusal() {
            return refusal.into();
        }
        let text = which(&self.profile.sim).clone();
        self.tell(&text)
    }

    fn tell_signal(&mut self) -> Outcome {
        let radio = &self.profile.radio;
        let text = format!("+CSQ: {},{}", radio.signal, radio.bit_errors);
        self.tell(&text)
    }

    fn tell_operator(&mut self) -> Outcome {
        if self.is_registered() {
            let text = format!("+COPS: 0,0,\"{}\"", self.profile.radio.operator);
            return self.tell(&text);
        }
        self.tell("+COPS: 0")
    }

    fn attach(&mut self, arguments: &[Argument]) -> Outcome {
        let mut wanted = 0;
        let outcome = set_level(arguments, 1, &mut wanted);
        if outcome != Outcome::Done {
            return outcome;
        }
        if wanted == 0 {
            self.attached = false;
            if self.ip.has_context() {
                self.lose_context();
            }
            return Outcome::Done;
        }
        if let Some(refusal) = self.sim_refusal() {
            return refusal.into();
        }
        match self.profile.radio.attach_error {
            Some(code) => Refusal::Error(code).into(),
            None if !self.is_registered() => Refusal::Error(30).into(),
            None => {
                self.attached = true;
                Outcome::Done
            }
        }
    }

    /// Why the SIM cannot be used now, if it cannot.
    fn sim_refusal(&self) -> Option<Refusal> {
        if !self.sim_read {
            return Some(Refusal::Error(14));
        }
        match self.profile.sim.state {
            SimState::Ready => None,
            SimState::Pin if self.pin_given => None,
            SimState::NotInserted => Some(Refusal::Error(10)),
            SimState::Pin => Some(Refusal::Error(11)),
            SimState::Puk => Some(Refusal::Error(12)),
            SimState::Failure => Some(Refusal::Error(13)),
            SimState::Wrong => Some(Refusal::Error(15)),
        }
    }

    /// The SIM's state as a `+CPIN` line.
    pub(super) fn sim_line(&self) -> &'static str {
        match self.profile.sim.state {
            SimState::Ready => "+CPIN: READY",
            SimState::Pin if self.pin_given => "+CPIN: READY",
            SimState::Pin => "+CPIN: SIM PIN",
            SimState::Puk => "+CPIN: SIM PUK",
            SimState::NotInserted => "+CPIN: NOT INSERTED",
            SimState::Failure | SimState::Wrong => "+CPIN: NOT READY",
        }
    }

    pub(super) fn registration(&self) -> Registration {
        if self.sim_refusal().is_some() {
            Registration::Off
        } else if self.settled {
            self.profile.radio.registration
        } else {
            Registration::Searching
        }
    }

    fn packet_registration(&self) -> Registration {
        match self.registration() {
            registration if registration.is_registered() && !self.attached => Registration::Off,
            registration => registration,
        }
    }

    pub(super) fn is_registered(&self) -> bool {
        self.registration().is_registered()
    }

    /// Whether the network would keep a context up.
    pub(super) fn grants_context(&self) -> bool {
        self.is_registered() && self.attached && self.profile.context.verdict == ContextVerdict::Grant
    }

    pub(super) fn settle(&mut self) {
        let before = self.registration();
        self.settled = true;
        self.attached = self.is_registered() && self.profile.radio.attached;
        self.tell_registration(before);
    }

    /// Says the new registration where it changed and the terminal asked for such lines.
    pub(super) fn tell_registration(&mut self, before: Registration) {
        let after = self.registration();
        if before != after && self.settings.registration_lines > 0 {
            self.say_unasked(&format!("+CREG: {}", after.stat()));
        }
    }

    /// The network takes the context away.
    pub(super) fn lose_context(&mut self) {
        self.break_connection();
        self.ip = IpState::Deactivated;
        self.say_unasked("+PDP: DEACT");
    }

    /// The profile in force.
    pub(super) fn network(&self) -> Arc<crate::profile::NetworkProfile> {
        Arc::clone(&self.profile)
    }
}
