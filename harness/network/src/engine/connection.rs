//! The connection as the module handles it: prompts, data both ways, its end.

use tokio::time::Instant;

use super::{Activity, Engine};
use crate::{
    agenda::Event,
    ip_state::IpState,
    link::{LinkEvent, LinkOrder, SEGMENT},
    transcript::What,
};

const CTRL_Z: u8 = 0x1A;
const ESCAPE: u8 = 0x1B;

impl Engine {
    /// Whether bytes of the peer are wanted: one segment at a time, none while the terminal gives data.
    pub(crate) fn wants_data(&self) -> bool {
        self.ip == IpState::Connected
            && !matches!(self.activity, Activity::Prompted { .. })
            && self.held.is_empty()
            && self.out.len() < super::OUTBOX
            && !self.agenda.has(|event| matches!(event, Event::Data(_) | Event::PeerClosed))
    }

    /// Something happened on the link.
    pub(crate) fn link(&mut self, event: LinkEvent, now: Instant) {
        self.now = now;
        match event {
            LinkEvent::Opened if self.ip == IpState::Connecting => {
                self.counters.opened += 1;
                self.ip = IpState::Connected;
                self.say("CONNECT OK");
            }
            LinkEvent::NotOpened => self.link_happens(Event::NotOpened),
            LinkEvent::Written => {
                let delay = self.draw(|latency| latency.send);
                self.agenda.enter(self.now, delay, Event::Sent);
            }
            LinkEvent::Received(data) => {
                let delay = self.draw(|latency| latency.downlink);
                self.agenda.enter(self.now, delay, Event::Data(data));
            }
            LinkEvent::PeerClosed => {
                // Never before data that came first.
                let behind = self.agenda.has(|event| matches!(event, Event::Data(_)));
                let drawn = self.draw(|latency| latency.downlink);
                let delay = if behind { self.network().latency.downlink.longest() } else { drawn };
                self.agenda.enter(self.now, delay, Event::PeerClosed);
            }
            LinkEvent::Closed => self.closed(),
            LinkEvent::Opened => {}
        }
    }

    pub(super) fn link_happens(&mut self, event: Event) {
        match event {
            Event::Data(_) | Event::PeerClosed if matches!(self.activity, Activity::Prompted { .. }) => {
                self.held.push_back(event);
            }
            Event::Data(data) => {
                self.counters.bytes_down += data.len() as u64;
                self.say_data(&data);
            }
            Event::PeerClosed => self.peer_closed(),
            Event::Sent => self.end_sending("SEND OK"),
            Event::NotOpened => self.not_opened(),
            _ => {}
        }
    }

    pub(super) fn prompt(&mut self, length: Option<usize>) {
        if self.inbox.front() == Some(&b'\n') {
            // It belongs to the command line's end, not to the data.
            self.inbox.pop_front();
        }
        self.drop_line_feed = false;
        self.queue.clear();
        self.say_prompt();
        self.activity = Activity::Prompted { length, data: Vec::new() };
    }

    /// Takes one byte of data from the terminal.
    pub(super) fn take_data(&mut self) -> bool {
        let Some(byte) = self.inbox.pop_front() else { return false };
        if self.settings.echo {
            self.out.push_back(byte);
        }
        let Activity::Prompted { length, data } = &mut self.activity else { return false };
        match (*length, byte) {
            (None, ESCAPE) => {
                // The manual names no answer; 3GPP TS 27.005 answers a given-up text with OK.
                self.activity = Activity::Ready;
                self.release_held();
                self.say_result("OK");
            }
            (None, CTRL_Z) => self.send(),
            (None, byte) => {
                if data.len() < SEGMENT {
                    data.push(byte);
                }
            }
            (Some(length), byte) => {
                data.push(byte);
                if data.len() >= length {
                    self.send();
                }
            }
        }
        true
    }

    fn send(&mut self) {
        let activity = std::mem::replace(&mut self.activity, Activity::Sending);
        let Activity::Prompted { data, .. } = activity else { return };
        self.release_held();
        self.record(What::Sent(data.len()));
        if data.is_empty() {
            return self.end_sending("SEND FAIL");
        }
        self.counters.bytes_up += data.len() as u64;
        self.orders.push_back(LinkOrder::Write(data));
    }

    fn release_held(&mut self) {
        while let Some(event) = self.held.pop_front() {
            self.agenda.enter(self.now, std::time::Duration::ZERO, event);
        }
    }

    fn end_sending(&mut self, text: &str) {
        if self.activity == Activity::Sending {
            self.activity = Activity::Ready;
            self.say(text);
        }
    }

    fn not_opened(&mut self) {
        self.counters.not_opened += 1;
        if self.ip == IpState::Connecting {
            self.ip = IpState::Closed;
        }
        let text = format!("STATE: {}", self.ip);
        self.say(&text);
        self.say("CONNECT FAIL");
    }

    fn peer_closed(&mut self) {
        self.counters.closed_by_peer += 1;
        let sent = self.agenda.has(|event| *event == Event::Sent);
        self.end_sending(if sent { "SEND OK" } else { "SEND FAIL" });
        self.drop_connection();
        self.ip = IpState::Closed;
        self.say("CLOSED");
    }

    fn closed(&mut self) {
        if self.activity == Activity::Closing {
            self.ip = IpState::Closed;
            self.say("CLOSE OK");
            self.begin_command();
        }
    }

    /// The connection is gone in the middle of whatever the module was doing with it.
    pub(super) fn break_connection(&mut self) {
        match self.activity {
            Activity::Prompted { .. } | Activity::Sending => {
                self.activity = Activity::Ready;
                self.say("SEND FAIL");
            }
            Activity::Closing => self.closed(),
            _ => {}
        }
        self.drop_connection();
        self.release_held();
    }

    /// Lets go of the connection, without a word.
    pub(super) fn drop_connection(&mut self) {
        self.strike_connection();
        self.orders.push_back(LinkOrder::Abandon);
    }

    /// Strikes what was to come from the connection.
    pub(super) fn strike_connection(&mut self) {
        self.held.retain(|event| matches!(event, Event::Line(_)));
        self.agenda.strike(|event| {
            matches!(event, Event::Data(_) | Event::PeerClosed | Event::Sent | Event::NotOpened)
        });
    }
}
