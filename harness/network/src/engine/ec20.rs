//! What a Quectel EC20 has in its own way: its TCP/IP commands (EC2x&EG9x TCP/IP Application Note, 2 and 3), one context and one
//! connection, with direct push of what is received (access mode 1).

use super::{Engine, dialect::Words};
use crate::{
    agenda::NotOpened,
    answer::{Outcome, Refusal},
    command::{Argument, Command, Form},
    ip_state::IpState,
    latency::Latency,
    link::SEGMENT,
    profile::{ContextVerdict, Latencies, Radio, Registration, Sim},
};

/// The first of the codes that are this module's own, told by `AT+QIGETERROR`.
const OWN_CODES: u16 = 550;

/// What the module remembers of its TCP/IP.
#[derive(Debug, Default)]
pub(super) struct Ec20State {
    /// The last code of its own; 0 at first.
    error: u16,
    /// Where the last connection went.
    peer: (String, u16),
    /// Whether the socket is still taken by a connection that has ended by itself: until `AT+QICLOSE` or `AT+QIDEACT`.
    lost: bool,
}

/// The words of an EC20.
pub(super) struct Ec20;

impl Words for Ec20 {
    fn command(&self, engine: &mut Engine, command: &Command) -> Option<Outcome> {
        engine.ec20_command(command)
    }

    fn time(&self, command: &Command, latency: &Latencies) -> Option<Latency> {
        let writes = matches!(command.form, Form::Write(_));
        Some(match command.name.as_str() {
            "+QIDEACT" if writes => latency.ec20_shut.unwrap_or(latency.shut),
            "+QIACT" if writes => latency.activate,
            "+QISEND" if writes => latency.prompt,
            "+QICLOSE" if writes => latency.close,
            _ => return None,
        })
    }

    fn has_lte(&self) -> bool {
        true
    }

    fn capabilities(&self) -> &'static str {
        "+GCAP: +CGSM,+FCLASS,+DS"
    }

    /// 7: E-UTRAN (3GPP TS 27.007, 7.3).
    fn access_technology(&self) -> &'static str {
        ",7"
    }

    fn registration(&self, radio: &Radio) -> Registration {
        radio.ec20_registration.unwrap_or(radio.registration)
    }

    fn sim_seen(&self, sim: &Sim) -> Option<Latency> {
        Some(sim.ec20_seen)
    }

    fn start_lines(&self) -> &'static [&'static str] {
        &["RDY", "+CFUN: 1"]
    }

    fn settled_lines(&self) -> &'static [&'static str] {
        &["+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"]
    }

    fn unasked(&self) -> &'static [&'static str] {
        &[
            "+QIND: SMS DONE",
            "+QIND: PB DONE",
            "+CTZV: +32",
            "+CTZE: \"+32\",0,\"2026/01/01,00:00:00\"",
            "RING",
            "+QIND: \"csq\",21,99",
        ]
    }

    fn opened(&self, engine: &mut Engine) {
        engine.say("+QIOPEN: 0,0");
    }

    fn not_opened(&self, engine: &mut Engine, why: NotOpened) {
        let told = engine.profile.host.ec20_error;
        let code = match why {
            NotOpened::NoContext => 561,
            NotOpened::NoName => 565,
            NotOpened::Refused => told.unwrap_or(566),
            NotOpened::TimedOut => told.unwrap_or(569),
        };
        engine.open_failed(code);
    }

    fn lost(&self, engine: &mut Engine) {
        engine.ec20.lost = true;
    }

    fn closed_by_peer(&self, engine: &mut Engine) {
        engine.say("+QIURC: \"closed\",0");
    }

    fn closed(&self, engine: &mut Engine) {
        engine.say_result("OK");
    }

    fn context_lost(&self, engine: &mut Engine) {
        engine.say_unasked("+QIURC: \"pdpdeact\",1");
    }

    fn data(&self, engine: &mut Engine, data: &[u8]) {
        let header = format!("+QIURC: \"recv\",0,{}\r\n", data.len());
        engine.say_data(Some(&header), data);
    }
}

impl Engine {
    fn ec20_command(&mut self, command: &Command) -> Option<Outcome> {
        let outcome = match (command.name.as_str(), &command.form) {
            ("+QCCID", Form::Execute) => self.tell_of_sim("+QCCID: ", |sim| &sim.iccid),
            ("+CCID", Form::Execute) => self.tell_of_sim("+CCID: ", |sim| &sim.iccid),
            ("+CEER", Form::Execute) => self.tell("+CEER: No cause information available"),
            ("+QNWINFO", Form::Execute) if self.is_registered() => {
                self.tell("+QNWINFO: \"FDD LTE\",\"00101\",\"LTE BAND 3\",1650")
            }
            ("+QNWINFO", Form::Execute) => self.tell("+QNWINFO: No Service"),
            ("+QICSGP", Form::Write(arguments)) => self.context_settings(arguments),
            ("+QIACT", Form::Write(arguments)) => self.first_context(arguments, Self::activate_context),
            ("+QIACT", Form::Read) => self.tell_contexts(),
            ("+QIDEACT", Form::Write(arguments)) => self.first_context(arguments, Self::deactivate_context),
            ("+QIOPEN", Form::Write(arguments)) => self.open_socket(arguments),
            ("+QISTATE", Form::Read | Form::Write(_) | Form::Execute) => self.tell_socket(),
            ("+QISEND", Form::Write(arguments)) => self.send_on_socket(arguments),
            ("+QICLOSE", Form::Write(arguments)) => self.close_socket(arguments),
            ("+QIGETERROR", Form::Execute) => self.tell_error(),
            (
                "+QCCID" | "+QNWINFO" | "+QICSGP" | "+QIACT" | "+QIDEACT" | "+QIOPEN" | "+QISTATE"
                | "+QISEND" | "+QICLOSE" | "+QIGETERROR",
                Form::Test,
            ) => Outcome::Done,
            _ => return None,
        };
        Some(outcome)
    }

    /// `AT+QICSGP=1` asks, `AT+QICSGP=1,1,"apn","","",0` sets.
    fn context_settings(&mut self, arguments: &[Argument]) -> Outcome {
        let number = |at: usize| arguments.get(at).and_then(Argument::number);
        match (arguments.len(), number(0), number(1)) {
            (1, Some(1), _) => {
                let text = format!("+QICSGP: 1,\"{}\",\"\",\"\",0", self.access_point);
                self.tell(&text)
            }
            (3..=6, Some(1), Some(1)) => match arguments.get(2).and_then(Argument::string) {
                Some(_) if self.profile.context.verdict == ContextVerdict::RefuseAtCstt => {
                    self.refuse_context()
                }
                Some(name) => {
                    self.access_point = name.to_owned();
                    Outcome::Done
                }
                None => self.own_error(552),
            },
            _ => self.own_error(552),
        }
    }

    /// A command that has the number of a context and nothing else. Only the first is played.
    fn first_context(&mut self, arguments: &[Argument], then: fn(&mut Self) -> Outcome) -> Outcome {
        match arguments {
            [context] if context.number() == Some(1) => then(self),
            _ => self.own_error(552),
        }
    }

    fn activate_context(&mut self) -> Outcome {
        if self.ip.has_context() {
            return self.own_error(572);
        }
        if self.grants_context() {
            self.ip = IpState::Status;
            return Outcome::Done;
        }
        self.ip = IpState::Deactivated;
        self.refuse_context()
    }

    fn deactivate_context(&mut self) -> Outcome {
        self.drop_connection();
        self.ip = IpState::Initial;
        self.ec20.lost = false;
        Outcome::Done
    }

    /// The network refuses the context, as its profile says.
    fn refuse_context(&mut self) -> Outcome {
        match self.profile.context.ec20_error.unwrap_or(561) {
            code if code >= OWN_CODES => self.own_error(code),
            code => Refusal::Error(code).into(),
        }
    }

    fn tell_contexts(&mut self) -> Outcome {
        if self.ip.has_context() {
            let text = format!("+QIACT: 1,1,1,\"{}\"", self.profile.context.address);
            self.say(&text);
        }
        Outcome::Done
    }

    /// `AT+QIOPEN=1,0,"TCP","host",port[,local port[,access mode]]`: `OK`, and later what has come of it.
    fn open_socket(&mut self, arguments: &[Argument]) -> Outcome {
        let number = |at: usize| arguments.get(at).and_then(Argument::number);
        let string = |at: usize| arguments.get(at).and_then(Argument::string);
        let port = number(4).and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
        let kind = string(2).is_some_and(|kind| kind.eq_ignore_ascii_case("TCP"));
        let (Some(1), Some(0), Some(host), Some(port), true) = (number(0), number(1), string(3), port, kind)
        else {
            return self.own_error(552);
        };
        let mode = number(6).unwrap_or(if arguments.len() > 6 { 9 } else { 1 });
        if host.is_empty() || mode != 1 || arguments.len() > 7 {
            return self.own_error(552);
        }
        self.say_result("OK");
        match self.ip {
            IpState::Connecting | IpState::Connected => self.open_failed(563),
            _ if self.ec20.lost => self.open_failed(563),
            ip if !ip.has_context() => self.open_failed(561),
            _ => {
                self.ec20.peer = (host.to_owned(), port);
                self.connect(host, port, false);
            }
        }
        Outcome::Said
    }

    fn open_failed(&mut self, code: u16) {
        self.ec20.error = code;
        self.say(&format!("+QIOPEN: 0,{code}"));
    }

    /// `AT+QISTATE`, of the one connection.
    fn tell_socket(&mut self) -> Outcome {
        let state = match self.ip {
            IpState::Connecting => 1,
            IpState::Connected => 2,
            IpState::Closing => 4,
            _ if self.ec20.lost => 4,
            _ => return Outcome::Done,
        };
        let (host, port) = &self.ec20.peer;
        let text = format!("+QISTATE: 0,\"TCP\",\"{host}\",{port},0,{state},1,0,1,\"uart1\"");
        self.tell(&text)
    }

    /// `AT+QISEND=0` takes data until Ctrl-Z, `AT+QISEND=0,n` n bytes; `AT+QISEND=0,0` asks how many are sent and acknowledged.
    fn send_on_socket(&mut self, arguments: &[Argument]) -> Outcome {
        let numbers: Option<Vec<_>> = arguments.iter().map(Argument::number).collect();
        let length = match numbers.as_deref() {
            Some([0]) => None,
            Some([0, 0]) => {
                let sent = self.counters.bytes_up;
                return self.tell(&format!("+QISEND: {sent},{sent},0"));
            }
            Some([0, length]) => usize::try_from(*length).ok().filter(|length| *length <= SEGMENT),
            _ => return self.own_error(552),
        };
        match (length, arguments.len()) {
            (None, 2..) => self.own_error(552),
            _ if self.ip != IpState::Connected => self.own_error(572),
            (length, _) => self.ask_for_data(length),
        }
    }

    /// `AT+QICLOSE=0[,time]`; one that is closed already is closed.
    fn close_socket(&mut self, arguments: &[Argument]) -> Outcome {
        match arguments {
            [id, ..] if id.number() == Some(0) && arguments.len() <= 2 => {
                self.ec20.lost = false;
                match self.close() {
                    Outcome::Refused(_) => Outcome::Done,
                    outcome => outcome,
                }
            }
            _ => self.own_error(552),
        }
    }

    /// `ERROR`, and the code for whoever asks.
    fn own_error(&mut self, code: u16) -> Outcome {
        self.ec20.error = code;
        Refusal::Plain.into()
    }

    fn tell_error(&mut self) -> Outcome {
        let code = self.ec20.error;
        self.tell(&format!("+QIGETERROR: {code},{}", in_words(code)))
    }
}

/// A code of the module's own in words (EC2x&EG9x TCP/IP Application Note, 4).
const fn in_words(code: u16) -> &'static str {
    match code {
        0 => "operate successfully",
        551 => "operation blocked",
        552 => "invalid parameters",
        553 => "memory not enough",
        554 => "create socket failed",
        555 => "operation not supported",
        561 => "open pdp context failed",
        562 => "close pdp context failed",
        563 => "socket identity has been used",
        564 => "dns busy",
        565 => "dns parse failed",
        566 => "socket connect failed",
        567 => "socket has been closed",
        568 => "operation busy",
        569 => "operation timeout",
        570 => "pdp context broken down",
        571 => "cancel sending",
        572 => "operation not allowed",
        573 => "apn not configured",
        574 => "port busy",
        _ => "unknown error",
    }
}
