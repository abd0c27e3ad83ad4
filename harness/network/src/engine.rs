//! The module itself, without input or output of its own: bytes and events in, bytes and orders out.

mod basic_commands;
mod connection;
mod ip_commands;
mod network_commands;
mod speech;

use std::{collections::VecDeque, sync::Arc};

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use tokio::time::Instant;

use crate::{
    agenda::{Agenda, Event},
    answer::{Outcome, Refusal},
    command::{self, Command, Form},
    handle::{BenchOrder, Counters, Shared, Status},
    input::{Gathered, Input},
    ip_state::IpState,
    latency::Latency,
    link::LinkOrder,
    profile::{NetworkProfile, Power},
    settings::Settings,
    transcript::{Entry, What, shown},
};

/// Bytes of the terminal that wait while the module is at work.
const INBOX: usize = 2048;
/// Bytes for the terminal that may wait before the module takes in more from either side.
const OUTBOX: usize = 4096;

/// What the module is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Activity {
    /// Starting: it hears nothing.
    Off,
    /// It takes command lines.
    Ready,
    /// A command is in work.
    Working(Command),
    /// It takes data, of a given length or until Ctrl-Z.
    Prompted { length: Option<usize>, data: Vec<u8> },
    /// Data are on their way to the peer.
    Sending,
    /// The connection is being closed.
    Closing,
}

pub(crate) struct Engine {
    pub(crate) out: VecDeque<u8>,
    pub(crate) orders: VecDeque<LinkOrder>,
    profile: Arc<NetworkProfile>,
    shared: Arc<Shared>,
    rng: ChaCha8Rng,
    origin: Option<Instant>,
    now: Instant,
    agenda: Agenda,
    activity: Activity,
    settings: Settings,
    input: Input,
    inbox: VecDeque<u8>,
    drop_line_feed: bool,
    last_line: String,
    queue: VecDeque<Command>,
    held: VecDeque<Event>,
    ip: IpState,
    access_point: String,
    sim_read: bool,
    settled: bool,
    pin_given: bool,
    attached: bool,
    counters: Counters,
}

impl Engine {
    pub(crate) fn new(profile: NetworkProfile, shared: Arc<Shared>, seed: u64) -> Self {
        Self {
            out: VecDeque::new(),
            orders: VecDeque::new(),
            profile: Arc::new(profile),
            shared,
            rng: ChaCha8Rng::seed_from_u64(seed),
            origin: None,
            now: Instant::now(),
            agenda: Agenda::default(),
            activity: Activity::Ready,
            settings: Settings::default(),
            input: Input::default(),
            inbox: VecDeque::new(),
            drop_line_feed: false,
            last_line: String::new(),
            queue: VecDeque::new(),
            held: VecDeque::new(),
            ip: IpState::default(),
            access_point: String::new(),
            sim_read: true,
            settled: true,
            pin_given: false,
            attached: false,
            counters: Counters::default(),
        }
    }

    /// Does all that is due.
    pub(crate) fn advance(&mut self, now: Instant) {
        self.now = now;
        if self.origin.is_none() {
            self.origin = Some(now);
            match self.profile.module.power {
                Power::Cold => self.start_cold(),
                Power::Running => self.attached = self.is_registered() && self.profile.radio.attached,
            }
        }
        while let Some(order) = self.shared.next_order() {
            self.obey(order);
        }
        loop {
            if let Some(event) = self.agenda.take_due(now) {
                self.happen(event);
            } else if !self.take_in() {
                break;
            }
        }
        self.publish();
    }

    /// When something is due next.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.agenda.next()
    }

    /// Whether bytes of the terminal are wanted.
    pub(crate) fn wants_input(&self) -> bool {
        self.inbox.len() < INBOX
    }

    /// Takes bytes of the terminal; a module that is starting loses them.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        if self.activity != Activity::Off {
            self.inbox.extend(bytes);
        }
    }

    /// The line to the terminal is gone, and with it what was still to be said on it.
    pub(crate) fn lose_line(&mut self) {
        self.out.clear();
    }

    fn obey(&mut self, order: BenchOrder) {
        match order {
            BenchOrder::PowerCycle => self.power_cycle(),
            BenchOrder::Profile(profile) => self.change_profile(profile),
        }
    }

    fn power_cycle(&mut self) {
        self.counters.power_cycles += 1;
        self.record(What::PowerCycled);
        self.drop_connection();
        self.agenda.clear();
        self.settings = Settings::default();
        self.input = Input::default();
        self.inbox.clear();
        self.out.clear();
        self.queue.clear();
        self.last_line.clear();
        self.ip = IpState::Initial;
        self.start_cold();
    }

    fn start_cold(&mut self) {
        self.activity = Activity::Off;
        self.sim_read = false;
        self.settled = false;
        self.pin_given = false;
        self.attached = false;
        let boot = self.draw(|latency| latency.boot);
        let sim = boot + self.profile.sim.start.draw(&mut self.rng);
        let settles = sim.max(boot + self.profile.radio.settles.draw(&mut self.rng));
        self.agenda.enter(self.now, boot, Event::Started);
        if self.profile.module.start_lines {
            self.agenda.enter(self.now, boot, Event::Line("RDY".to_owned()));
            self.agenda.enter(self.now, boot, Event::Line("+CFUN: 1".to_owned()));
        }
        self.agenda.enter(self.now, sim, Event::SimRead);
        self.agenda.enter(self.now, settles, Event::Settled);
        if self.profile.module.start_lines {
            self.agenda.enter(self.now, settles, Event::Line("Call Ready".to_owned()));
            self.agenda.enter(self.now, settles, Event::Line("SMS Ready".to_owned()));
        }
    }

    fn change_profile(&mut self, profile: Arc<NetworkProfile>) {
        self.record(What::Profile(profile.title.clone()));
        let before = self.registration();
        self.profile = profile;
        self.pin_given = false;
        self.attached = self.is_registered() && (self.attached || self.profile.radio.attached);
        if self.ip.has_context() && !self.grants_context() {
            self.lose_context();
        }
        self.tell_registration(before);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Started => self.activity = Activity::Ready,
            Event::Line(text) => self.say_unasked(&text),
            Event::SimRead => {
                self.sim_read = true;
                if self.profile.module.start_lines {
                    let text = self.sim_line();
                    self.say_unasked(text);
                }
            }
            Event::Settled => self.settle(),
            Event::Perform => self.perform_next(),
            Event::Data(_) | Event::PeerClosed | Event::Sent | Event::NotOpened => self.link_happens(event),
        }
    }

    /// Takes in one byte of the terminal; false when there is none or it must wait.
    fn take_in(&mut self) -> bool {
        if self.out.len() >= OUTBOX {
            return false;
        }
        match self.activity {
            Activity::Ready => {}
            Activity::Prompted { .. } => return self.take_data(),
            _ => return false,
        }
        let Some(byte) = self.inbox.pop_front() else { return false };
        if std::mem::take(&mut self.drop_line_feed) && byte == b'\n' {
            return true;
        }
        if self.settings.echo {
            self.out.push_back(byte);
        }
        match self.input.push(byte, &self.settings) {
            Gathered::Nothing => {}
            Gathered::Line(line) => self.begin_line(line),
            Gathered::TooLong => self.refuse_line("(a command line that is too long)"),
            Gathered::Repeat => self.begin_line(self.last_line.clone()),
        }
        true
    }

    fn begin_line(&mut self, line: String) {
        self.drop_line_feed = true;
        let Some(commands) = command::parse(&line) else {
            return self.refuse_line(&shown(&line));
        };
        self.counters.lines += 1;
        self.record(What::Heard(shown(&line)));
        self.last_line = line;
        self.queue = commands.into();
        if self.queue.is_empty() {
            self.queue.push_back(Command { name: String::new(), form: Form::Execute });
        }
        self.begin_command();
    }

    fn refuse_line(&mut self, shown: &str) {
        self.drop_line_feed = true;
        self.counters.lines += 1;
        self.record(What::Heard(shown.to_owned()));
        self.refuse(Refusal::Plain);
    }

    fn begin_command(&mut self) {
        let Some(command) = self.queue.pop_front() else {
            self.activity = Activity::Ready;
            return;
        };
        let writes = matches!(command.form, Form::Write(_));
        if command.name == "+CIICR" && self.ip == IpState::Start {
            self.ip = IpState::Config;
        }
        let delay = self.draw(|latency| match command.name.as_str() {
            "+CPIN" => latency.sim,
            "+CGATT" if writes => latency.attach,
            "+CIPSHUT" => latency.shut,
            "+CIICR" => latency.activate,
            "+CIPSEND" => latency.prompt,
            "+CIPCLOSE" => latency.close,
            _ => latency.command,
        });
        self.activity = Activity::Working(command);
        self.agenda.enter(self.now, delay, Event::Perform);
    }

    fn perform_next(&mut self) {
        let Activity::Working(command) = std::mem::replace(&mut self.activity, Activity::Ready) else {
            return;
        };
        let last = self.queue.is_empty();
        match self.perform(&command) {
            Outcome::Done if last => self.say_result("OK"),
            Outcome::Done | Outcome::Said => self.begin_command(),
            Outcome::Prompt(length) => self.prompt(length),
            Outcome::Closing => self.activity = Activity::Closing,
            Outcome::Refused(refusal) => {
                self.queue.clear();
                self.refuse(refusal);
            }
        }
    }

    fn perform(&mut self, command: &Command) -> Outcome {
        self.basic_command(command)
            .or_else(|| self.network_command(command))
            .or_else(|| self.ip_command(command))
            .unwrap_or(Outcome::Refused(Refusal::Plain))
    }

    fn draw(&mut self, which: impl Fn(&crate::profile::Latencies) -> Latency) -> std::time::Duration {
        which(&self.profile.latency).draw(&mut self.rng)
    }

    fn record(&self, what: What) {
        let at = self.now.saturating_duration_since(self.origin.unwrap_or(self.now));
        self.shared.record(Entry { at, what });
    }

    fn publish(&self) {
        let status = Status { ip: self.ip, counters: self.counters };
        self.shared.status.send_if_modified(|published| std::mem::replace(published, status) != status);
    }
}
