//! A terminal and everything around it, for the length of one case.

mod closing;
mod image;
mod lines;
mod secrets;
mod trouble;

use std::{path::PathBuf, sync::Arc};

use payrig_acquirer::Card;
use payrig_iso8583::Dialect;
use payrig_network::Dialect as ModemDialect;
use payrig_operator::{Operator, ProvisioningRecord, Screen, TerminalFixture};
use payrig_rig::{Board, Device, Image, Mishap, State, TimeKind};
use payrig_tape::{About, HostCapture, Tape};
use tokio::{
    task::{JoinHandle, spawn_local},
    time::Instant,
};

use crate::{
    Aftermath, Case, Figure, Finding, Parts, Person, Played, Settings,
    between::External,
    cards,
    case_player::MakeBoard,
    fixtures::DIALECT,
    front_end::FrontEnd,
    host::Host,
    late::Punctuality,
    meaning,
    modem_line::ModemLine,
    printer::SharedPrinter,
    record_secrets,
    rotation::KeyUsage,
    slot::Slot,
    uplink::{HostUplink, capture},
};

pub(crate) use secrets::{check_leaks, register_key};
pub(crate) use trouble::{line_broke, not_seen, record};

/// A terminal and everything around it.
pub struct World {
    pub(crate) settings: Settings,
    pub(crate) case: String,
    pub(crate) folder: PathBuf,
    pub(crate) board: Box<dyn Board>,
    pub(crate) image: Option<Image>,
    pub(crate) terminal: Arc<TerminalFixture>,
    /// What a blank terminal is sent.
    pub(crate) record: Option<ProvisioningRecord>,
    pub(crate) dialect: Arc<Dialect>,
    pub(crate) host: Host,
    pub(crate) modem_line: ModemLine,
    /// The module that plays the networks, where it is another than their files say.
    pub(crate) module: Option<String>,
    uplink: Arc<HostUplink>,
    pub(crate) operator: Option<Operator>,
    pub(crate) front_end: Option<FrontEnd>,
    pub(crate) printer: SharedPrinter,
    /// The cards of the host's customers.
    pub(crate) cards: Vec<Card>,
    /// The terminal's slot and the chip cards that were in it.
    pub(crate) slot: Slot,
    /// How many cards were swiped so far.
    pub(crate) swiped: u32,
    pub(crate) tape: Tape,
    capture: HostCapture,
    person: Option<Person>,
    tasks: Vec<JoinHandle<()>>,
    punctuality: Punctuality,
    pub(crate) figures: Vec<Figure>,
    /// The step, or the expectation, at which the case failed.
    failed_at: Option<String>,
    /// The terminal's boots so far, where they are known.
    pub(crate) boots: Option<u32>,
    /// When the terminal said that it had signed on, before the panel was let go of the last time.
    signed_on: Vec<Instant>,
    /// The approvals that were shown before the panel was let go of the last time.
    approved: Vec<Screen>,
}

impl World {
    /// Puts the parts of a case together around a blank board. Nothing is powered.
    pub(crate) async fn create(
        settings: &Settings,
        case: &Case,
        folder: PathBuf,
        boards: &MakeBoard,
        device: Option<Device>,
    ) -> Result<Self, Finding> {
        let mut world =
            Self::around(settings, &case.name, &case.parts, folder, State::Leased, boards, device).await?;
        world.modem_line.faulty = case.faulty_line;
        Ok(world)
    }

    /// Puts `parts` together around the rig's board, and `device` on its modem line.
    pub(crate) async fn around(
        settings: &Settings,
        case: &str,
        parts: &Parts,
        folder: PathBuf,
        state: State,
        boards: &MakeBoard,
        device: Option<Device>,
    ) -> Result<Self, Finding> {
        let fixtures = &settings.fixtures;
        let terminal = fixtures.terminal(&parts.terminal)?;
        let dialect = fixtures.dialect(DIALECT)?;
        let played = Played {
            case: case.into(),
            rig: settings.rig.name.clone(),
            seed: settings.seed,
            parts: parts.clone(),
        };
        played.write(&folder)?;
        let about = About { case: case.into(), rig: settings.rig.name.clone() };
        let started = Instant::now();
        let tape = Tape::create_for(&folder, started, &about).map_err(record)?;
        let capture = capture(&folder, started, settings.rig.time, &tape)?;
        for (name, key) in terminal.secret_keys() {
            register_key(&tape, &name, key.bytes(), key.kcv())?;
        }
        let host = Host::of(settings, parts, &terminal, &dialect)?;
        let cards = fixtures.cards(&parts.acquirer)?;
        cards::register(tape.secrets(), &cards).map_err(record)?;
        cards::register_exceptions(tape.secrets(), &terminal).map_err(record)?;
        let network = fixtures.network_with(&parts.network, parts.module.as_deref())?;
        // Over a line it is the access controller that knows where the host is.
        let known = match network.dialect() {
            ModemDialect::Hayes => (network.line.host.host.clone(), network.line.host.port),
            ModemDialect::Sim800 | ModemDialect::Ec20 => terminal.host_address(),
        };
        let uplink = Arc::new(HostUplink::new(host.clone(), tape.clone(), capture.clone(), known));
        let (slot, telling) = Slot::new(Some(tape.clone()));
        let (modem_line, mut tasks) =
            ModemLine::new(settings, (network, parts.variant), device, &uplink, &tape).await?;
        tasks.push(spawn_local(telling));
        let punctuality = Punctuality::default();
        // A terminal that a person uses is not judged.
        if settings.rig.time == TimeKind::Real && state != State::Kept {
            tasks.push(punctuality.watch(started));
        }
        let board = boards(&settings.rig, state)?;
        let image = settings.rig.image()?;
        Ok(Self {
            settings: settings.clone(),
            case: case.into(),
            folder,
            board,
            image,
            record: terminal.record(),
            terminal,
            dialect,
            host,
            modem_line,
            module: parts.module.clone(),
            uplink,
            operator: None,
            front_end: None,
            printer: SharedPrinter::default(),
            cards,
            slot,
            swiped: 0,
            tape,
            capture,
            person: None,
            tasks,
            punctuality,
            figures: Vec::new(),
            failed_at: None,
            boots: (state != State::Kept).then_some(0),
            signed_on: Vec::new(),
            approved: Vec::new(),
        })
    }

    /// Puts a person at the panel, from the next power-on.
    pub(crate) fn seat(&mut self, person: Person) {
        self.person = Some(person);
    }

    /// Replaces the record that a blank terminal is sent.
    ///
    /// # Errors
    /// Keys that cannot be kept out of the records.
    pub(crate) fn replace_record(&mut self, record: ProvisioningRecord) -> Result<(), Finding> {
        record_secrets::register(&self.tape, &record.encode(), self.terminal.factory_key())?;
        self.record = Some(record);
        Ok(())
    }

    /// A board or an actor that has failed by itself: that outweighs what was seen of the terminal.
    pub(crate) fn check_mishap(&mut self) -> Result<(), Finding> {
        if let Some(why) = self.slot.mishap() {
            return Err(Finding::Rig(why));
        }
        match self.board.mishap() {
            None => self
                .modem_line
                .external()
                .and_then(External::mishap)
                .map_or(Ok(()), |why| Err(Finding::Rig(why))),
            Some(Mishap::Terminal(why)) => Err(Finding::Terminal(why)),
            Some(Mishap::Rig(why)) => Err(Finding::Rig(why)),
        }
    }

    /// Remembers where the case failed: the first place, as what follows from it may fail as well.
    pub(crate) fn failed_at(&mut self, place: String) {
        self.failed_at.get_or_insert(place);
    }

    /// What a person wants to know of a case that has failed, as it is now.
    pub(crate) fn aftermath(&self) -> Aftermath {
        /// Messages of the host line: two exchanges.
        const MESSAGES: usize = 4;
        Aftermath {
            step: self.failed_at.clone(),
            screen: self.operator.as_ref().map(|operator| operator.screen().to_string()),
            messages: meaning::last(&self.dialect, &self.host, MESSAGES),
            late: self.tape.last_activity().and_then(|last| self.punctuality.worst_before(last.at)),
        }
    }

    pub(crate) fn take_figures(&mut self) -> Vec<Figure> {
        std::mem::take(&mut self.figures)
    }

    /// What the terminal did with the keys that came to it.
    pub(crate) fn key_usage(&self) -> KeyUsage {
        KeyUsage::of(&self.dialect, &self.host)
    }
}
