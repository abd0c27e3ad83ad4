//! Calls: dialling, what comes of it, hanging up.

use std::time::Duration;

use super::super::{Activity, Engine};
use crate::{
    access_controller::AccessController,
    agenda::Event,
    answer::{Outcome, Refusal},
    fault::Break,
    ip_state::IpState,
    link::LinkOrder,
    profile::{HostVerdict, LineVerdict},
    transcript::What,
};

/// `ATX` levels at which the modem knows the dial tone, and the busy tone.
const KNOWS_DIAL_TONE: [u8; 2] = [2, 4];
const KNOWS_BUSY_TONE: [u8; 2] = [3, 4];

impl Engine {
    /// `ATD`: digits, `T` and `P` (tone, pulse), `,` (a pause of S8 seconds), `W`, `@`, `!`, `*`, `#` (ITU-T V.250, 6.3.1).
    pub(super) fn dial(&mut self, string: &str) -> Outcome {
        if self.ip == IpState::Connected {
            return Refusal::Plain.into();
        }
        let string = string.to_ascii_uppercase();
        let known = |c: char| c.is_ascii_digit() || "TPW,@!*# ()-".contains(c);
        let digits: String = string.chars().filter(char::is_ascii_digit).collect();
        if digits.is_empty() || !string.chars().all(known) {
            return Refusal::Plain.into();
        }
        let pauses = string.matches(',').count();
        let pause = Duration::from_secs(self.settings.registers[8].into());
        let pauses = pause * u32::try_from(pauses).unwrap_or(0);
        let patience = Duration::from_secs(self.settings.registers[7].into());
        let network = self.network();
        let answer = match network.line.verdict {
            // Without the tone nothing is dialled; a modem that does not know it waits for a carrier that never comes.
            LineVerdict::NoDialTone if self.knows(&KNOWS_DIAL_TONE) => self.draw(|latency| latency.dial),
            LineVerdict::NoDialTone => pauses + patience,
            LineVerdict::Nothing => Duration::from_secs(24 * 3600),
            _ => pauses + self.draw(|latency| latency.dial),
        };
        self.line.controller = AccessController::of_call(&network.line.subscriber, &digits);
        self.line.host = false;
        self.line.for_host.clear();
        self.ip = IpState::Connecting;
        self.activity = Activity::Calling;
        // Another number than the access controller's is answered by nobody who is a modem.
        self.line.reached = digits == network.line.number;
        self.agenda.enter(self.now, answer, Event::CallAnswered);
        Outcome::Calling
    }

    fn knows(&self, levels: &[u8]) -> bool {
        levels.contains(&self.settings.call_codes)
    }

    /// The exchange, or the modem at the other end, has answered.
    pub(super) fn call_answered(&mut self) {
        let verdict = match self.profile.line.verdict {
            LineVerdict::Connect if !self.line.reached => LineVerdict::NoCarrier,
            verdict => verdict,
        };
        let text = match verdict {
            LineVerdict::Connect => return self.carrier_comes(),
            LineVerdict::NoDialTone if self.knows(&KNOWS_DIAL_TONE) => self.profile.line.no_dial_tone.clone(),
            LineVerdict::Busy if self.knows(&KNOWS_BUSY_TONE) => "BUSY".to_owned(),
            LineVerdict::NoAnswer => "NO ANSWER".to_owned(),
            _ => "NO CARRIER".to_owned(),
        };
        self.call_fails(&text);
    }

    /// The call has come to nothing.
    pub(super) fn call_fails(&mut self, text: &str) {
        self.counters.not_opened += 1;
        self.agenda.strike(|event| *event == Event::CallAnswered);
        self.ip = IpState::Closed;
        self.activity = Activity::Ready;
        self.say_result(text);
    }

    fn carrier_comes(&mut self) {
        self.counters.opened += 1;
        self.ip = IpState::Connected;
        self.activity = Activity::Online;
        (self.line.heard, self.line.escapes) = (None, 0);
        self.say_connect();
        let network = self.network();
        if network.host.breaks == Some(Break::BeforeRequest) {
            let delay = self.draw(|latency| latency.close);
            return self.agenda.enter(self.now, delay, Event::CarrierLost);
        }
        let after = self.draw(|latency| latency.open);
        let give_up = self.draw(|latency| latency.give_up);
        match network.host.verdict {
            HostVerdict::Reach => {
                let (host, port) = (network.line.host.host.clone(), network.line.host.port);
                self.orders.push_back(LinkOrder::Open { host, port, after, give_up });
            }
            // A controller without its host hangs up.
            HostVerdict::Refuse => self.agenda.enter(self.now, after, Event::CarrierLost),
            HostVerdict::Silent => self.agenda.enter(self.now, give_up, Event::CarrierLost),
        }
    }

    /// `CONNECT`, with the rate but at `ATX0`.
    pub(super) fn say_connect(&mut self) {
        match self.settings.call_codes {
            0 => self.say_result("CONNECT"),
            _ => self.say_result(&format!("CONNECT {}", self.profile.line.rate)),
        }
    }

    /// `ATO`: back to the call that stands.
    pub(super) fn go_online(&mut self) -> Outcome {
        if self.ip != IpState::Connected {
            self.say_result("NO CARRIER");
            return Outcome::Said;
        }
        self.activity = Activity::Online;
        (self.line.heard, self.line.escapes) = (None, 0);
        self.say_connect();
        self.release_held();
        Outcome::Calling
    }

    /// The modem goes on hook.
    pub(super) fn hang_up(&mut self) -> Outcome {
        self.end_call();
        Outcome::Done
    }

    /// The terminal is no more ready: the modem does what `AT&D` says (0 nothing, 1 takes commands, 2 hangs up, 3 is as after `ATZ`).
    pub(super) fn answer_not_ready(&mut self) {
        let level = self.settings.not_ready;
        if level == 0 {
            return;
        }
        if self.activity == Activity::Online || (level > 1 && self.activity == Activity::Calling) {
            self.activity = Activity::Ready;
            self.inbox.clear();
        }
        if level > 1 && self.ip != IpState::Closed {
            self.record(What::NotReady);
            self.end_call();
        }
        if level > 2 {
            self.settings = self.settings_at_first();
        }
    }

    /// The other end, or the line, has ended the call.
    pub(super) fn lose_carrier(&mut self) {
        if self.ip != IpState::Connected {
            return;
        }
        self.counters.closed_by_peer += 1;
        self.end_call();
        if self.activity == Activity::Online {
            self.activity = Activity::Ready;
        }
        self.say_result("NO CARRIER");
    }

    fn end_call(&mut self) {
        if matches!(self.ip, IpState::Connected | IpState::Connecting) {
            self.ip = IpState::Closed;
        }
        self.drop_connection();
        self.agenda.strike(|event| {
            matches!(event, Event::CallAnswered | Event::Escaped | Event::Silence | Event::CarrierLost)
        });
        self.line = super::LineState::default();
    }

    /// How much of the terminal's data went down the line is told where it becomes a message.
    pub(super) fn record_frame(&mut self, length: usize) {
        self.record(What::Sent(length));
    }
}
