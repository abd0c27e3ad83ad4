//! The SIM's commands (3GPP TS 27.007, 5.6 and 8.3).

use super::Engine;
use crate::{
    agenda::Event,
    answer::{Outcome, Refusal},
    command::{Argument, Command, Form},
    profile::{SimAnswer, SimState},
};

impl Engine {
    pub(super) fn sim_command(&mut self, command: &Command) -> Option<Outcome> {
        let outcome = match (command.name.as_str(), &command.form) {
            ("+CPIN", Form::Read) => self.read_sim(),
            ("+CPIN", Form::Write(arguments)) => self.give_pin(arguments),
            ("+CIMI", Form::Execute) => self.tell_of_sim("", |sim| &sim.imsi),
            ("+CCID", Form::Execute) => self.tell_of_sim("", |sim| &sim.iccid),
            ("+CPIN" | "+CIMI" | "+CCID", Form::Test) => Outcome::Done,
            _ => return None,
        };
        Some(outcome)
    }

    fn read_sim(&mut self) -> Outcome {
        let sim = &self.profile.sim;
        let answer = match self.sim_refusal() {
            _ if !self.contact => SimAnswer::Line,
            None => SimAnswer::Line,
            _ if !self.sim_seen => SimAnswer::Error,
            Some(Refusal::Error(10)) => sim.absent_answer,
            Some(Refusal::Error(11 | 12)) => sim.locked_answer,
            Some(Refusal::Error(14)) => sim.busy_answer,
            Some(_) => SimAnswer::Error,
        };
        match self.sim_refusal() {
            Some(refusal) if answer == SimAnswer::Error => refusal.into(),
            _ => self.tell(self.sim_line()),
        }
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

    /// What a usable SIM holds, behind `name`.
    pub(super) fn tell_of_sim(
        &mut self,
        name: &str,
        which: impl Fn(&crate::profile::Sim) -> &String,
    ) -> Outcome {
        if let Some(refusal) = self.sim_refusal() {
            return refusal.into();
        }
        let text = format!("{name}{}", which(&self.profile.sim));
        self.tell(&text)
    }

    /// Why the SIM cannot be used now, if it cannot.
    pub(super) fn sim_refusal(&self) -> Option<Refusal> {
        if !self.contact {
            return Some(Refusal::Error(13));
        }
        if !self.sim_seen {
            return Some(Refusal::Error(10));
        }
        if !self.sim_read {
            return Some(Refusal::Error(14));
        }
        match self.profile.sim.state {
            SimState::Ready | SimState::Starting => None,
            SimState::Pin if self.pin_given => None,
            SimState::NotInserted => Some(Refusal::Error(10)),
            SimState::Pin => Some(Refusal::Error(11)),
            SimState::Puk => Some(Refusal::Error(12)),
            SimState::Failure => Some(Refusal::Error(13)),
            SimState::Wrong => Some(Refusal::Error(15)),
            SimState::WrongPin => Some(Refusal::Error(16)),
        }
    }

    /// The SIM's state as a `+CPIN` line.
    pub(super) fn sim_line(&self) -> &'static str {
        match self.profile.sim.state {
            _ if !self.contact || !self.sim_read => "+CPIN: NOT READY",
            SimState::Ready | SimState::Starting => "+CPIN: READY",
            SimState::Pin if self.pin_given => "+CPIN: READY",
            SimState::Pin | SimState::WrongPin => "+CPIN: SIM PIN",
            SimState::Puk => "+CPIN: SIM PUK",
            SimState::NotInserted => "+CPIN: NOT INSERTED",
            SimState::Failure | SimState::Wrong => "+CPIN: NOT READY",
        }
    }
}
