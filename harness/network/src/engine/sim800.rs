//! What a SIM800 has in its own way: its TCP/IP application commands (SIM800 Series AT Command Manual, 8.2), single connection.

use super::{
    Engine,
    basic_commands::{set_level, single_number},
    dialect::Words,
};
use crate::{
    agenda::NotOpened,
    answer::{Outcome, Refusal},
    command::{Argument, Command, Form},
    ip_state::IpState,
    latency::Latency,
    link::SEGMENT,
    profile::{ContextVerdict, Latencies},
};

/// The words of a SIM800.
pub(super) struct Sim800;

impl Words for Sim800 {
    fn command(&self, engine: &mut Engine, command: &Command) -> Option<Outcome> {
        engine.sim800_command(command)
    }

    fn begins(&self, engine: &mut Engine, command: &Command) {
        if command.name == "+CIICR" && engine.ip == IpState::Start {
            engine.ip = IpState::Config;
        }
    }

    fn time(&self, command: &Command, latency: &Latencies) -> Option<Latency> {
        Some(match command.name.as_str() {
            "+CIPSHUT" => latency.shut,
            "+CIICR" => latency.activate,
            "+CIPSEND" => latency.prompt,
            "+CIPCLOSE" => latency.close,
            _ => return None,
        })
    }

    fn start_lines(&self) -> &'static [&'static str] {
        &["RDY", "+CFUN: 1"]
    }

    fn settled_lines(&self) -> &'static [&'static str] {
        &["Call Ready", "SMS Ready"]
    }

    fn unasked(&self) -> &'static [&'static str] {
        &["Call Ready", "SMS Ready", "+CTZV: +32,0", "DST: 0", "RING", "*PSUTTZ: 2026,1,1,0,0,0,\"+32\",0"]
    }

    fn opened(&self, engine: &mut Engine) {
        engine.say("CONNECT OK");
    }

    fn not_opened(&self, engine: &mut Engine, _: NotOpened) {
        let text = format!("STATE: {}", engine.ip);
        engine.say(&text);
        engine.say("CONNECT FAIL");
    }

    fn closed_by_peer(&self, engine: &mut Engine) {
        engine.say("CLOSED");
    }

    fn closed(&self, engine: &mut Engine) {
        engine.say("CLOSE OK");
    }

    fn context_lost(&self, engine: &mut Engine) {
        engine.say_unasked("+PDP: DEACT");
    }

    /// Framed where `AT+CIPHEAD` says so.
    fn data(&self, engine: &mut Engine, data: &[u8]) {
        let header = format!("+IPD,{}:", data.len());
        engine.say_data(engine.settings.data_header.then_some(header.as_str()), data);
    }
}

impl Engine {
    fn sim800_command(&mut self, command: &Command) -> Option<Outcome> {
        let outcome = match (command.name.as_str(), &command.form) {
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
            ("+CSTT" | "+CIICR" | "+CIFSR" | "+CIPSTATUS" | "+CIPSTART" | "+CIPSHUT", Form::Test) => {
                Outcome::Done
            }
            _ => return None,
        };
        Some(outcome)
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
        if granted && self.knows_access_point() && self.is_registered() && self.attached {
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
        let brings_up = self.ip == IpState::Initial;
        self.connect(host, port, brings_up);
        Outcome::Said
    }

    fn ask_for_length(&mut self, arguments: &[Argument]) -> Outcome {
        match single_number(arguments).and_then(|length| usize::try_from(length).ok()) {
            Some(length) if (1..=SEGMENT).contains(&length) => self.ask_for_data(Some(length)),
            _ => Refusal::Plain.into(),
        }
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
