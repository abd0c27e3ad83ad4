//! Signal, registration, attachment (3GPP TS 27.007, 7 and 10).

use std::sync::Arc;

use super::{Engine, basic_commands::set_level};
use crate::{
    answer::{Outcome, Refusal},
    command::{Argument, Command, Form},
    ip_state::IpState,
    profile::{ContextVerdict, Registration},
};

/// The network's country and network codes: a test network (3GPP TS 23.122).
const OPERATOR_NUMBER: &str = "00101";

/// The kinds of context that a terminal may ask for; the network gives an IPv4 address for each.
const CONTEXT_KINDS: [&str; 2] = ["IP", "IPV4V6"];

impl Engine {
    pub(super) fn network_command(&mut self, command: &Command) -> Option<Outcome> {
        let outcome = match (command.name.as_str(), &command.form) {
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
            ("+CEREG", Form::Read) if self.words.has_lte() => {
                let mode = self.settings.lte_registration_lines;
                self.tell(&format!("+CEREG: {mode},{}", self.registration().stat()))
            }
            ("+CEREG", Form::Write(arguments)) if self.words.has_lte() => {
                set_level(arguments, 2, &mut self.settings.lte_registration_lines)
            }
            ("+CEREG", Form::Test) if self.words.has_lte() => self.tell("+CEREG: (0-2)"),
            ("+CREG" | "+CGREG", Form::Test) => self.tell(&format!("{}: (0-2)", command.name)),
            ("+COPS", Form::Read) => self.tell_operator(),
            ("+COPS", Form::Write(arguments)) => self.choose_operator(arguments),
            ("+CGATT", Form::Read) => self.tell(&format!("+CGATT: {}", u8::from(self.attached))),
            ("+CGATT", Form::Write(arguments)) => self.attach(arguments),
            ("+CGATT", Form::Test) => self.tell("+CGATT: (0,1)"),
            ("+CGDCONT", Form::Write(arguments)) => self.define_context(arguments),
            ("+CGDCONT", Form::Read) => {
                let text = format!(
                    "+CGDCONT: 1,\"{}\",\"{}\",\"0.0.0.0\",0,0",
                    self.context_kind, self.access_point
                );
                self.tell(&text)
            }
            ("+CSQ" | "+CGDCONT", Form::Test) => Outcome::Done,
            _ => return None,
        };
        Some(outcome)
    }

    fn define_context(&mut self, arguments: &[Argument]) -> Outcome {
        let context = arguments.first().and_then(Argument::number);
        let kind = arguments.get(1).and_then(Argument::string);
        match (context, kind) {
            (Some(1..=3), Some(kind))
                if CONTEXT_KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)) =>
            {
                self.context_kind = kind.to_ascii_uppercase();
                if let Some(name) = arguments.get(2).and_then(Argument::string) {
                    self.access_point = name.to_owned();
                }
                Outcome::Done
            }
            _ => Refusal::NOT_ALLOWED.into(),
        }
    }

    /// One line and `OK`.
    pub(super) fn tell(&mut self, text: &str) -> Outcome {
        self.say(text);
        Outcome::Done
    }

    fn tell_signal(&mut self) -> Outcome {
        let radio = &self.profile.radio;
        let text = format!("+CSQ: {},{}", radio.signal, radio.bit_errors);
        self.tell(&text)
    }

    fn tell_operator(&mut self) -> Outcome {
        if !self.is_registered() {
            return self.tell("+COPS: 0");
        }
        let format = self.settings.operator_format;
        let operator = if format == 2 { OPERATOR_NUMBER } else { &self.profile.radio.operator };
        let text = format!("+COPS: 0,{format},\"{operator}\"{}", self.words.access_technology());
        self.tell(&text)
    }

    /// `AT+COPS=`: the network is chosen by the module (mode 0); mode 3 says how it is told.
    fn choose_operator(&mut self, arguments: &[Argument]) -> Outcome {
        let numbers: Option<Vec<_>> = arguments.iter().map(Argument::number).collect();
        match numbers.as_deref() {
            Some([0]) => Outcome::Done,
            Some([3, format @ 0..=2]) => {
                self.settings.operator_format = u8::try_from(*format).unwrap_or_default();
                Outcome::Done
            }
            _ => Refusal::NOT_ALLOWED.into(),
        }
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

    pub(super) fn registration(&self) -> Registration {
        if self.sim_refusal().is_some() {
            Registration::Off
        } else if self.settled {
            self.words.registration(&self.profile.radio)
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
        let grants = self.profile.context.verdict == ContextVerdict::Grant;
        self.is_registered() && self.attached && grants && self.knows_access_point()
    }

    /// Whether the network knows the access point that the terminal named.
    pub(super) fn knows_access_point(&self) -> bool {
        self.profile.context.access_point.as_ref().is_none_or(|known| *known == self.access_point)
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
        if before == after {
            return;
        }
        let settings = &self.settings;
        let asked = [
            ("+CREG", settings.registration_lines),
            ("+CGREG", settings.packet_registration_lines),
            ("+CEREG", settings.lte_registration_lines),
        ];
        for (name, mode) in asked {
            if mode > 0 {
                self.say_unasked(&format!("{name}: {}", after.stat()));
            }
        }
    }

    /// The network takes the context away.
    pub(super) fn lose_context(&mut self) {
        self.break_connection();
        self.ip = IpState::Deactivated;
        self.words.context_lost(self);
    }

    /// The profile in force.
    pub(super) fn network(&self) -> Arc<crate::profile::NetworkProfile> {
        Arc::clone(&self.profile)
    }
}
