//! The module itself, without input or output of its own: bytes and events in, bytes and orders out.

mod basic_commands;
mod connection;
mod dialect;
mod ec20;
mod hayes;
mod message_commands;
mod network_commands;
mod power;
mod result_code;
mod sim800;
mod sim_commands;
mod sim_slot;
mod speech;
mod unasked;

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
    variant::{Mouth, Variant},
};
use dialect::Words;
use ec20::Ec20State;
use hayes::LineState;

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
    /// A number is being called.
    Calling,
    /// What the terminal says goes down the line.
    Online,
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
    mouth: Mouth,
    words: &'static dyn Words,
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
    /// The kind of context that `AT+CGDCONT` was given.
    context_kind: String,
    sim_seen: bool,
    sim_read: bool,
    contact: bool,
    settled: bool,
    pin_given: bool,
    attached: bool,
    hung: bool,
    restarts: u8,
    /// Whether the line that is said next follows another one of the same answer.
    follows: bool,
    ec20: Ec20State,
    line: LineState,
    counters: Counters,
}

impl Engine {
    pub(crate) fn new(profile: NetworkProfile, shared: Arc<Shared>, seed: u64) -> Self {
        Self {
            out: VecDeque::new(),
            orders: VecDeque::new(),
            words: dialect::words(profile.dialect()),
            mouth: Mouth::default(),
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
            context_kind: "IP".into(),
            sim_seen: true,
            sim_read: true,
            contact: true,
            settled: true,
            pin_given: false,
            attached: false,
            hung: false,
            restarts: 0,
            follows: false,
            ec20: Ec20State::default(),
            line: LineState::default(),
            counters: Counters::default(),
        }
    }

    /// Puts on the manners of a variant.
    pub(crate) fn vary(&mut self, seed: u64) {
        let variant = Variant::new(seed);
        self.settings = variant.settings(!self.words.is_cellular());
        self.mouth.variant = Some(variant);
    }

    /// Does all that is due.
    pub(crate) fn advance(&mut self, now: Instant) {
        self.now = now;
        self.mouth.release(now, &mut self.out);
        if self.origin.is_none() {
            self.origin = Some(now);
            match self.profile.module.power {
                Power::Cold => self.start_cold(),
                Power::Running => {
                    self.attached = self.is_registered() && self.profile.radio.attached;
                    self.begin_slot();
                }
            }
            self.plan_unasked();
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
        self.agenda.next().into_iter().chain(self.mouth.next_due()).min()
    }

    /// Whether bytes of the terminal are wanted.
    pub(crate) fn wants_input(&self) -> bool {
        self.inbox.len() < INBOX
    }

    /// Takes bytes of the terminal; a module that is starting, or dumb, loses them.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        if self.activity != Activity::Off && !self.is_dumb() {
            self.inbox.extend(bytes);
        }
    }

    /// The line to the terminal is gone, and with it what was still to be said on it.
    pub(crate) fn lose_line(&mut self) {
        self.out.clear();
        self.mouth.clear();
    }

    /// The terminal is no more ready.
    pub(crate) fn not_ready(&mut self) {
        self.words.not_ready(self);
    }

    fn obey(&mut self, order: BenchOrder) {
        match order {
            BenchOrder::PowerCycle => self.power_cycle(),
            BenchOrder::Profile(profile) => self.change_profile(profile),
        }
    }

    fn change_profile(&mut self, profile: Arc<NetworkProfile>) {
        self.record(What::Profile(profile.title.clone()));
        if profile.dialect() != self.profile.dialect() {
            // Another module is put in.
            self.profile = profile;
            self.words = dialect::words(self.profile.dialect());
            self.restarts = 0;
            return self.restart();
        }
        let before = self.registration();
        self.leave_slot();
        self.profile = profile;
        self.pin_given = false;
        (self.hung, self.restarts) = (false, 0);
        let radio = &self.profile.radio;
        let keeps = radio.attach_error.is_none() && (self.attached || radio.attached);
        self.attached = self.is_registered() && keeps;
        self.begin_slot();
        if self.words.is_cellular() && self.ip.has_context() && !self.grants_context() {
            self.lose_context();
        }
        self.tell_registration(before);
        self.words.network_changed(self);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Started => self.activity = Activity::Ready,
            Event::Restarts => self.restart_as_told(),
            Event::Line(text) => self.say_unasked(&text),
            Event::SimSeen => self.sim_seen = true,
            Event::SimRead => self.sim_is_read(),
            Event::Contact(there) => self.touch(there),
            Event::Settled => self.settle(),
            Event::Perform => self.perform_next(),
            Event::Unasked(which) => self.say_of_variant(which),
            Event::Data(_) | Event::PeerClosed | Event::Breaks | Event::Sent | Event::NotOpened(_) => {
                self.link_happens(event)
            }
            Event::CallAnswered | Event::Escaped | Event::Silence | Event::CarrierLost => {
                self.line_happens(&event);
            }
        }
    }

    /// Takes in one byte of the terminal; false when there is none or it must wait.
    fn take_in(&mut self) -> bool {
        if self.out.len() + self.mouth.waiting() >= OUTBOX {
            return false;
        }
        match self.activity {
            Activity::Ready => {}
            Activity::Prompted { .. } => return self.take_data(),
            Activity::Calling | Activity::Online => return self.take_for_line(),
            _ => return false,
        }
        let Some(byte) = self.inbox.pop_front() else { return false };
        if std::mem::take(&mut self.drop_line_feed) && byte == b'\n' {
            return true;
        }
        self.echo(byte);
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
        self.follows = false;
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
        self.follows = false;
        self.counters.lines += 1;
        self.record(What::Heard(shown.to_owned()));
        self.refuse(Refusal::Plain);
    }

    fn begin_command(&mut self) {
        let Some(command) = self.queue.pop_front() else {
            self.activity = Activity::Ready;
            return;
        };
        if self.fails_at(&command.name) {
            return;
        }
        let words = self.words;
        words.begins(self, &command);
        let writes = matches!(command.form, Form::Write(_));
        let delay = self.draw(|latency| match command.name.as_str() {
            "+CPIN" => latency.sim,
            "+CGATT" if writes => latency.attach,
            _ => words.time(&command, latency).unwrap_or(latency.command),
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
            Outcome::Calling => self.queue.clear(),
            Outcome::Refused(refusal) => {
                self.queue.clear();
                self.refuse(refusal);
            }
        }
    }

    fn perform(&mut self, command: &Command) -> Outcome {
        let words = self.words;
        // What a dialect has in its own way goes before what is alike.
        let own = words.command(self, command).or_else(|| self.basic_command(command));
        let shared = |engine: &mut Self| {
            if !words.is_cellular() {
                return None;
            }
            let sim = engine.sim_command(command).or_else(|| engine.network_command(command));
            sim.or_else(|| engine.message_command(command))
        };
        own.or_else(|| shared(self)).unwrap_or(Outcome::Refused(Refusal::Plain))
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
