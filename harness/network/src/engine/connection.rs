//! The connection as the module handles it: prompts, data both ways, its end.

use rand_chacha::rand_core::Rng;
use tokio::time::Instant;

use super::{Activity, Engine};
use crate::{
    agenda::{Event, NotOpened},
    answer::{Outcome, Refusal},
    fault::{Break, BreakOf, Names},
    ip_state::IpState,
    link::{LinkEvent, LinkOrder, SEGMENT},
    profile::HostVerdict,
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
            && !self.agenda.has(|event| matches!(event, Event::Data(_) | Event::PeerClosed | Event::Breaks))
    }

    /// Something happened on the link.
    pub(crate) fn link(&mut self, event: LinkEvent, now: Instant) {
        self.now = now;
        self.follows = false;
        if !self.words.is_cellular() {
            return self.controller_link(event);
        }
        match event {
            LinkEvent::Opened if self.ip == IpState::Connecting => {
                self.counters.opened += 1;
                self.ip = IpState::Connected;
                self.words.opened(self);
            }
            LinkEvent::NotOpened(why) => self.not_opened(why),
            LinkEvent::Written if self.network().host.breaks == Some(Break::DuringRequest) => {
                self.activity = Activity::Ready;
                self.break_off();
                self.say("SEND FAIL");
            }
            LinkEvent::Written => {
                let delay = self.draw(|latency| latency.send);
                self.agenda.enter(self.now, delay, Event::Sent);
            }
            LinkEvent::Received(mut data) => {
                if self.network().host.breaks == Some(Break::DuringAnswer) {
                    data.truncate(data.len().div_ceil(2));
                    // Never before them.
                    let delay = self.network().latency.downlink.longest();
                    self.agenda.enter(self.now, delay, Event::Breaks);
                }
                self.lose_bytes(&mut data);
                if !data.is_empty() {
                    let delay = self.draw(|latency| latency.downlink);
                    self.agenda.enter(self.now, delay, Event::Data(data));
                }
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
        self.follows = false;
        match event {
            Event::Data(_) | Event::PeerClosed | Event::Breaks
                if matches!(self.activity, Activity::Prompted { .. }) =>
            {
                self.held.push_back(event);
            }
            // A line modem that takes commands keeps what comes until it is online again.
            Event::Data(_) if !self.words.is_cellular() && self.activity != Activity::Online => {
                self.held.push_back(event);
            }
            Event::Data(data) => {
                self.counters.bytes_down += data.len() as u64;
                self.words.data(self, &data);
            }
            Event::PeerClosed => self.peer_closed(),
            Event::Breaks => self.break_off(),
            Event::Sent => {
                self.end_sending("SEND OK");
                if self.network().host.breaks == Some(Break::AfterRequest) {
                    self.break_off();
                }
            }
            Event::NotOpened(why) => self.not_opened(why),
            _ => {}
        }
    }

    /// Opens a connection, and brings the context up before it where `brings_up`.
    pub(super) fn connect(&mut self, host: &str, port: u16, brings_up: bool) {
        let network = self.network();
        let mut after = self.draw(|latency| latency.open);
        let give_up = self.draw(|latency| latency.give_up);
        if brings_up {
            after += self.draw(|latency| latency.activate);
            if !self.grants_context() {
                self.agenda.enter(self.now, after, Event::NotOpened(NotOpened::NoContext));
                return;
            }
        }
        self.ip = IpState::Connecting;
        let is_name = host.parse::<std::net::Ipv4Addr>().is_err();
        let (why, when) = match (network.host.names, network.host.verdict) {
            (Names::Unknown, _) if is_name => (NotOpened::NoName, after),
            (Names::Silent, _) if is_name => (NotOpened::NoName, give_up),
            (_, HostVerdict::Refuse) => (NotOpened::Refused, after),
            (_, HostVerdict::Silent) => (NotOpened::TimedOut, give_up),
            (_, HostVerdict::Reach) => {
                self.orders.push_back(LinkOrder::Open { host: host.to_owned(), port, after, give_up });
                return;
            }
        };
        self.agenda.enter(self.now, when, Event::NotOpened(why));
    }

    /// The terminal wants to give data, of a given length or of any.
    pub(super) fn ask_for_data(&mut self, length: Option<usize>) -> Outcome {
        if self.ip != IpState::Connected {
            return Refusal::NOT_ALLOWED.into();
        }
        if self.profile.host.breaks == Some(Break::BeforeRequest) {
            // The connection's end is all the answer.
            self.break_off();
            return Outcome::Said;
        }
        Outcome::Prompt(length)
    }

    /// The terminal closes the connection; it must be open, or be opening.
    pub(super) fn close(&mut self) -> Outcome {
        if !matches!(self.ip, IpState::Connecting | IpState::Connected) {
            return Refusal::NOT_ALLOWED.into();
        }
        self.strike_connection();
        self.ip = IpState::Closing;
        self.orders.push_back(LinkOrder::Close);
        Outcome::Closing
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
        self.follows = false;
        self.echo(byte);
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
        let Activity::Prompted { mut data, .. } = activity else { return };
        self.release_held();
        self.record(What::Sent(data.len()));
        if data.is_empty() {
            return self.end_sending("SEND FAIL");
        }
        self.counters.bytes_up += data.len() as u64;
        if self.profile.host.breaks == Some(Break::DuringRequest) {
            data.truncate(data.len().div_ceil(2));
        }
        self.lose_bytes(&mut data);
        if data.is_empty() {
            // Nothing is left to write, which the module does not know.
            return self.link(LinkEvent::Written, self.now);
        }
        self.orders.push_back(LinkOrder::Write(data));
    }

    /// The data way loses some of them.
    fn lose_bytes(&mut self, data: &mut Vec<u8>) {
        let loss = self.profile.radio.byte_loss;
        if loss.is_any() {
            data.retain(|_| !loss.takes(self.rng.next_u64()));
        }
    }

    /// The connection breaks as the network's profile says.
    pub(super) fn break_off(&mut self) {
        if self.network().host.break_of == BreakOf::Context {
            return self.lose_context();
        }
        self.drop_connection();
        self.release_held();
        self.ip = IpState::Closed;
        self.words.lost(self);
        if self.profile.host.breaks != Some(Break::DuringRequest) {
            self.words.closed_by_peer(self);
        }
    }

    pub(super) fn release_held(&mut self) {
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

    fn not_opened(&mut self, why: NotOpened) {
        self.counters.not_opened += 1;
        if self.ip == IpState::Connecting {
            self.ip = IpState::Closed;
        }
        self.words.not_opened(self, why);
    }

    fn peer_closed(&mut self) {
        self.counters.closed_by_peer += 1;
        let sent = self.agenda.has(|event| *event == Event::Sent);
        self.end_sending(if sent { "SEND OK" } else { "SEND FAIL" });
        self.drop_connection();
        self.ip = IpState::Closed;
        self.words.lost(self);
        self.words.closed_by_peer(self);
    }

    fn closed(&mut self) {
        if self.activity == Activity::Closing {
            self.ip = IpState::Closed;
            self.words.closed(self);
            self.begin_command();
        }
    }

    /// The connection is gone in the middle of whatever the module was doing with it.
    pub(super) fn break_connection(&mut self) {
        if matches!(self.ip, IpState::Connecting | IpState::Connected) {
            self.words.lost(self);
        }
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
            matches!(
                event,
                Event::Data(_) | Event::PeerClosed | Event::Breaks | Event::Sent | Event::NotOpened(_)
            )
        });
    }
}
