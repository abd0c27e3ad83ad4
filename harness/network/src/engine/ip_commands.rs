//! The module's TCP/IP application commands (SIM800 Series AT Command Manual, 8.2), single connection.

use super::{
    Engine,
    basic_commands::{set_level, single_number},
};
use crate::{
    agenda::Event,
    answer::{Outcome, Refusal},
    command::{Argument, Command, Form},
    ip_state::IpState,
    link::{LinkOrder, SEGMENT},
    profile::{ContextVerdict, HostVerdict},
};

impl Engine {
    pub(super) fn ip_command(&mut self, command: &Command) -> Option<Outcome> {
        let outcome = match (command.name.as_str(), &command.form) {
            ("+CGDCONT", Form::Write(arguments)) => self.define_context(arguments),
            ("+CGDCONT", Form::Read) => self.tell_context(),
            ("+CSTT", Form::Write(arguments)) => self.set_access_point(arguments),
            ("+CSTT", Form::Execute) => self.start_task("CMNET"),
            ("+CSTT", Form::Read) => {
                let text = format!("+CSTT: \"{}\",\"\",\"\"", self.access_point);
                self.tell(&text)
            }
            ("+CIICR", Form::Execute) => self.activate(),
            ("+CIFSR", Form::Execute) => self.tell_address(),
            ("+CIPSTATUS", Form::Execute) => self.tell_state(),
            ("+CIPMUX" | "+CIPMODE", Form::Read) => self.tell(&format!("{}: 0", command.name)),
            ("+CIPMUX" | "+CIPMODE", Form::Write(arguments)) => only_zero(arguments),
            ("+CIPHEAD", Form::Read) => {
                self.tell(&format!("+CIPHEAD: {}", u8::from(self.settings.data_header)))
            }
            ("+CIPHEAD", Form::Write(arguments)) => self.set_header(arguments),
            ("+CIPSTART", Form::Write(arguments)) => self.start_connection(arguments),
            ("+CIPSEND", Form::Read) => self.tell(&format!("+CIPSEND: {SEGMENT}")),
            ("+CIPSEND", Form::Execute) => self.ask_for_data(None),
            ("+CIPSEND", Form::Write(arguments)) => self.ask_for_length(arguments),
            ("+CIPCLOSE", Form::Execute) => self.close(),
            ("+CIPCLOSE", Form::Write(arguments)) => match single_number(arguments) {
                Some(0..=1) => self.close(),
                _ => Refusal::Plain.into(),
            },
            ("+CIPSHUT", Form::Execute) => self.shut(),
            ("+CIPHEAD" | "+CIPMUX" | "+CIPMODE" | "+CIPCLOSE", Form::Test) => {
                self.tell(&format!("{}: (0,1)", command.name))
            }
            ("+CIPSEND", Form::Test) => self.tell("+CIPSEND: <length>"),
            (
                "+CGDCONT" | "+CSTT" | "+CIICR" | "+CIFSR" | "+CIPSTATUS" | "+CIPSTART" | "+CIPSHUT",
                Form::Test,
            ) => Outcome::Done,
            _ => return None,
        };
        Some(outcome)
    }

    fn define_context(&mut self, arguments: &[Argument]) -> Outcome {
        let context = arguments.first().and_then(Argument::number);
        let kind = arguments.get(1).and_then(Argument::string);
        match (context, kind) {
            (Some(1..=3), Some(kind)) if kind.eq_ignore_ascii_case("IP") => {
                if let Some(name) = arguments.get(2).and_then(Argument::string) {
                    self.access_point = name.to_owned();
                }
                Outcome::Done
            }
            _ => Refusal::NOT_ALLOWED.into(),
        }
    }

    fn tell_context(&mut self) -> Outcome {
        let text = format!("+CGDCONT: 1,\"IP\",\"{}\",\"0.0.0.0\",0,0", self.access_point);
        self.tell(&text)
    }

    fn set_access_point(&mut self, arguments: &[Argument]) -> Outcome {
        match arguments.first().and_then(Argument::string) {
            Some(name) if arguments.len() <= 3 => self.start_task(name),
            _ => Refusal::Plain.into(),
        }
    }

    fn start_task(&mut self, access_point: &str) -> Outcome {
        if self.ip != IpState::Initial {
            return Refusal::NOT_ALLOWED.into();
        }
        if self.profile.context.verdict == ContextVerdict::RefuseAtCstt {
            return self.context_refused();
        }
        self.access_point = access_point.to_owned();
        self.ip = IpState::Start;
        Outcome::Done
    }

    fn activate(&mut self) -> Outcome {
        if self.ip != IpState::Config {
            return Refusal::NOT_ALLOWED.into();
        }
        let granted = self.profile.context.verdict != ContextVerdict::RefuseAtCiicr;
        if granted && self.is_registered() && self.attached {
            self.ip = IpState::GprsActive;
            return Outcome::Done;
        }
        self.ip = IpState::Deactivated;
        self.context_refused()
    }

    fn context_refused(&self) -> Outcome {
        self.profile.context.error.map_or(Refusal::Plain, Refusal::Error).into()
    }

    fn tell_address(&mut self) -> Outcome {
        if !self.ip.has_context() {
            return Refusal::NOT_ALLOWED.into();
        }
        if self.profile.context.verdict == ContextVerdict::RefuseAtCifsr {
            self.ip = IpState::Deactivated;
            return self.context_refused();
        }
        if self.ip == IpState::GprsActive {
            self.ip = IpState::Status;
        }
        let address = self.profile.context.address.to_string();
        self.say(&address);
        Outcome::Said
    }

    fn tell_state(&mut self) -> Outcome {
        self.say_result("OK");
        let text = format!("STATE: {}", self.ip);
        self.say(&text);
        Outcome::Said
    }

    fn set_header(&mut self, arguments: &[Argument]) -> Outcome {
        let mut header = 0;
        let outcome = set_level(arguments, 1, &mut header);
        if outcome == Outcome::Done {
            self.settings.data_header = header == 1;
        }
        outcome
    }

    fn start_connection(&mut self, arguments: &[Argument]) -> Outcome {
        let [kind, host, port] = arguments else { return Refusal::Plain.into() };
        let port = port.text.parse::<u16>().ok().filter(|port| *port > 0);
        let (Some(kind), Some(host), Some(port)) = (kind.string(), host.string(), port) else {
            return Refusal::Plain.into();
        };
        if !kind.eq_ignore_ascii_case("TCP") || host.is_empty() {
            return Refusal::Plain.into();
        }
        match self.ip {
            IpState::Connecting | IpState::Connected => {
                self.refuse(Refusal::NOT_ALLOWED);
                self.say("ALREADY CONNECT");
                return Outcome::Said;
            }
            IpState::Initial | IpState::Status | IpState::Closed => {}
            _ => return Refusal::NOT_ALLOWED.into(),
        }
        self.say_result("OK");
        self.connect(host, port);
        Outcome::Said
    }

    fn connect(&mut self, host: &str, port: u16) {
        let network = self.network();
        let mut after = self.draw(|latency| latency.open);
        let give_up = self.draw(|latency| latency.give_up);
        if self.ip == IpState::Initial {
            // The module brings the context up by itself.
            after += self.draw(|latency| latency.activate);
            if !self.grants_context() {
                self.agenda.enter(self.now, after, Event::NotOpened);
                return;
            }
        }
        self.ip = IpState::Connecting;
        match network.host.verdict {
            HostVerdict::Reach => {
                self.orders.push_back(LinkOrder::Open { host: host.to_owned(), port, after, give_up });
            }
            HostVerdict::Refuse => self.agenda.enter(self.now, after, Event::NotOpened),
            HostVerdict::Silent => self.agenda.enter(self.now, give_up, Event::NotOpened),
        }
    }

    fn ask_for_length(&mut self, arguments: &[Argument]) -> Outcome {
        match single_number(arguments).and_then(|length| usize::try_from(length).ok()) {
            Some(length) if (1..=SEGMENT).contains(&length) => self.ask_for_data(Some(length)),
            _ => Refusal::Plain.into(),
        }
    }

    fn ask_for_data(&mut self, length: Option<usize>) -> Outcome {
        if self.ip == IpState::Connected { Outcome::Prompt(length) } else { Refusal::NOT_ALLOWED.into() }
    }

    fn close(&mut self) -> Outcome {
        if !matches!(self.ip, IpState::Connecting | IpState::Connected) {
            return Refusal::NOT_ALLOWED.into();
        }
        self.strike_connection();
        self.ip = IpState::Closing;
        self.orders.push_back(LinkOrder::Close);
        Outcome::Closing
    }

    fn shut(&mut self) -> Outcome {
        self.drop_connection();
        self.ip = IpState::Initial;
        self.say("SHUT OK");
        Outcome::Said
    }
}

/// `AT+CIPMUX` and `AT+CIPMODE`: several connections and transparent mode are not played.
fn only_zero(arguments: &[Argument]) -> Outcome {
    match single_number(arguments) {
        Some(0) => Outcome::Done,
        _ => Refusal::NOT_ALLOWED.into(),
    }
}
