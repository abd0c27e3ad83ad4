//! A terminal and everything around it, for the length of one case.

use std::{
    error::Error,
    fmt, iter,
    path::{Path, PathBuf},
    sync::Arc,
};

use payrig_acquirer::Card;
use payrig_iso8583::Dialect;
use payrig_network::Dialect as ModemDialect;
use payrig_operator::{BootLine, Operator, ProvisioningRecord, Screen, TerminalFixture};
use payrig_rig::{
    Board, BoxLine, Capability, Device, Image, LineName, Lines, Mishap, Progress, RigError, State, TimeKind,
};
use payrig_tape::{About, HostCapture, Lens, Secret, SecretKind, Secrets, Tape};
use tokio::{
    io::{AsyncReadExt, duplex},
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
    person::accompany,
    printer::SharedPrinter,
    receipts, record_secrets,
    rotation::KeyUsage,
    run_folder_error::mend,
    slot::Slot,
    uplink::{HostUplink, capture},
    whole_file,
};

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

    /// Puts the rig's image into the board, unless its flash holds it already.
    pub(crate) async fn flash_if_needed(&mut self, progress: &dyn Fn(Progress)) -> Result<(), Finding> {
        match self.verify().await {
            Err(RigError::FlashDiffers { .. }) => self.flash(progress).await,
            Err(RigError::NoSuchInterface { interface, .. }) if interface == Capability::Flash.word() => {
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// Puts the rig's image into the board, where the board has flash.
    async fn flash(&mut self, progress: &dyn Fn(Progress)) -> Result<(), Finding> {
        let Some(image) = self.image.as_ref().filter(|_| self.board.capabilities().has(Capability::Flash))
        else {
            return Ok(());
        };
        let report = self.board.flash(image, progress).await?;
        self.figure(&format!("flash and verify {} bytes", report.bytes), report.took);
        Ok(())
    }

    /// Compares what the board's flash holds with the rig's image.
    async fn verify(&mut self) -> Result<(), RigError> {
        match &self.image {
            Some(image) => self.board.verify(image).await,
            None => Err(RigError::NoSuchInterface {
                board: self.board.name(),
                interface: Capability::Flash.word(),
            }),
        }
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
            late: self.punctuality.worst(),
        }
    }

    pub(crate) fn take_figures(&mut self) -> Vec<Figure> {
        std::mem::take(&mut self.figures)
    }

    /// Cuts the power, ends the actors and closes the records. A rig that fails at this outweighs `result`.
    pub(crate) async fn close(mut self, result: Result<(), Finding>) -> Result<(), Finding> {
        let mishap = self.check_mishap();
        let off = self.board.power_off().await;
        // A simulated terminal that crashed is known only when its power is cut.
        let mishap = mishap.and_then(|()| self.check_mishap());
        let receipts = self.printer.receipts();
        let dead = self.key_usage().check(&self.uplink.exchanged(), &self.sign_ons());
        let result = mishap.and(result).and(receipts::masked(&receipts, self.tape.secrets())).and(dead);
        let actors = self.end_actors().await;
        let written = self.register_issued_keys();
        self.tape.settle();
        if let Err(finding) = &result {
            self.tape.note("verdict", &format!("{}: {finding}", finding.verdict()));
        } else {
            self.tape.note("verdict", "pass");
        }
        // Each record is closed, whatever becomes of the others.
        let captured = self.capture.finish().map(drop).map_err(record);
        let taped = self.tape.finish().map(drop).map_err(record);
        let transcript = meaning::of_exchanges(&self.dialect, &self.host);
        let told = whole_file::write(&self.folder.join("host.txt"), &transcript);
        let printed = receipts::write(&self.folder, &receipts, self.tape.secrets());
        check_leaks(&self.folder, self.tape.secrets())?;
        taped?;
        captured?;
        told?;
        printed?;
        off?;
        actors?;
        written?;
        result
    }

    /// Ends the actors. One that panicked had a defect, whatever the terminal did.
    async fn end_actors(&mut self) -> Result<(), Finding> {
        let serving = self.uplink.take_serving();
        let mut ended = Ok(());
        for task in self.tasks.drain(..).chain(serving) {
            task.abort();
            if let Err(error) = task.await
                && let Ok(panic) = error.try_into_panic()
            {
                ended = Err(Finding::panicked("actor of a line", &*panic));
            }
        }
        ended
    }

    /// Gives each line its actor and the tape its tap.
    pub(crate) fn connect(&mut self, lines: Lines) {
        // Those of the last boot's lines; a task's memory stays as long as its handle.
        self.tasks.retain(|task| !task.is_finished());
        let tap = |name: LineName, lens| self.tape.line(name.word(), lens);
        let panel: BoxLine = Box::new(tap(LineName::Panel, Lens::Text).wrap(lines.panel));
        let slot = tap(LineName::Slot, Lens::Slot).wrap(lines.slot);
        self.tasks.push(spawn_local(self.slot.serve(Box::new(slot))));
        // No actor plays this line yet: what the terminal says on it is recorded.
        let antenna = tap(LineName::Antenna, Lens::Binary).wrap(lines.antenna);
        self.tasks.push(spawn_local(listen(Box::new(antenna))));
        let front_end = tap(LineName::FrontEnd, Lens::Binary).wrap(lines.front_end);
        let (front_end, printing) = FrontEnd::attach(Box::new(front_end), self.printer.clone());
        self.slot.set_front_end(Some(front_end.clone()));
        self.front_end = Some(front_end);
        self.tasks.push(spawn_local(printing));
        let panel = match self.person.take() {
            None => panel,
            Some(person) => {
                let (near, far) = duplex(4096);
                self.tasks.push(spawn_local(accompany(
                    panel,
                    far,
                    person,
                    self.tape.clone(),
                    self.terminal.factory_key().clone(),
                )));
                Box::new(near)
            }
        };
        let carrying = self.modem_line.connect(lines.modem);
        self.tasks.extend(carrying);
        self.operator = Some(Operator::attach(panel));
    }

    /// The terminal has no power: nobody looks at its panel or feeds its front end any more. What was approved on the screen is remembered.
    pub(crate) fn let_go(&mut self) {
        (self.approved, self.signed_on) = (self.approvals(), self.sign_ons());
        self.operator = None;
        self.front_end = None;
        self.slot.set_front_end(None);
    }

    /// When the screen said that the terminal had signed on, since the world began.
    fn sign_ons(&self) -> Vec<Instant> {
        let signed_on = self.terminal.message("signed-on");
        let seen = self.operator.iter().flat_map(|operator| operator.history_of_screens());
        let said = seen.filter(|seen| Some(seen.screen.message_id.as_str()) == signed_on);
        self.signed_on.iter().copied().chain(said.map(|seen| seen.at)).collect()
    }

    /// What the terminal did with the keys that came to it.
    pub(crate) fn key_usage(&self) -> KeyUsage {
        KeyUsage::of(&self.dialect, &self.host)
    }

    /// Every approval that was on the screen since the world began.
    pub(crate) fn approvals(&self) -> Vec<Screen> {
        let seen = self.operator.iter().flat_map(|operator| operator.history_of_screens());
        let approved = self.terminal.message("approved");
        let now = seen.map(|seen| seen.screen).filter(|screen| Some(screen.message_id.as_str()) == approved);
        self.approved.iter().cloned().chain(now).collect()
    }

    pub(crate) fn operator(&mut self) -> Result<&mut Operator, Finding> {
        self.operator
            .as_mut()
            .ok_or_else(|| Finding::Rig("the terminal is off: no operator can use it".into()))
    }

    /// A boot is the next one of this board, of the image that was flashed.
    pub(crate) fn check_boot(&mut self, boot: &BootLine) -> Result<(), Finding> {
        self.check_build(boot)?;
        let before = self.boots.replace(boot.boot);
        match before.map(|before| before + 1) {
            Some(expected) if expected != boot.boot => Err(Finding::terminal(format!(
                "expected boot {expected} of this board, the boot line says {}: its counter survives everything but the \
                 removal of the journal",
                boot.boot
            ))),
            _ => Ok(()),
        }
    }

    /// A stale image must not pass for the one that was flashed.
    fn check_build(&self, boot: &BootLine) -> Result<(), Finding> {
        let Some(image) = &self.image else { return Ok(()) };
        match image.build_id() {
            Some(expected) if expected == boot.build => Ok(()),
            Some(expected) => Err(Finding::Rig(format!(
                "the board runs build {} although {expected} was flashed: flash it again",
                boot.build
            ))),
            None => Err(Finding::Rig(format!(
                "{} has no GNU build id: whether the board runs it cannot be known",
                image.path().display()
            ))),
        }
    }

    /// The secrets of this world. The keys that its host issues come to them until it is closed.
    pub(crate) fn secrets(&self) -> Secrets {
        self.tape.secrets().clone()
    }

    pub(crate) fn register_issued_keys(&self) -> Result<(), Finding> {
        for issued in self.host.issued() {
            for (name, key) in issued.secrets() {
                register_key(&self.tape, &name.replace(' ', "-"), key.bytes(), key.kcv())?;
            }
        }
        Ok(())
    }
}

pub(crate) fn register_key(
    tape: &Tape,
    name: &str,
    bytes: &[u8],
    kcv: impl fmt::Display,
) -> Result<(), Finding> {
    Secret::new(SecretKind::Key, name, bytes)
        .map(|secret| secret.with_label(&format!("kcv {kcv}")))
        .and_then(|secret| tape.secrets().add(secret))
        .map_err(record)
}

/// No file that a case leaves may hold a secret of its world.
pub(crate) fn check_leaks(folder: &Path, secrets: &Secrets) -> Result<(), Finding> {
    let leaks = payrig_tape::leaks(folder, secrets).map_err(record)?;
    match leaks.first() {
        None => Ok(()),
        Some(leak) => Err(Finding::Rig(format!("a record holds a secret: {leak}; {} in all", leaks.len()))),
    }
}

/// Reads a line to its end, so that the terminal never waits for a reader.
async fn listen(mut line: BoxLine) {
    let mut buffer = [0; 256];
    while let Ok(1..) = line.read(&mut buffer).await {}
}

pub(crate) fn not_seen(error: impl fmt::Display) -> Finding {
    Finding::Terminal(error.to_string())
}

pub(crate) fn line_broke(error: impl fmt::Display) -> Finding {
    Finding::Rig(format!("the panel line broke: {error}"))
}

pub(crate) fn record(error: impl Error + 'static) -> Finding {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    let io = iter::from_fn(|| {
        let this = cause?;
        cause = this.source();
        Some(this)
    });
    let mend = io.filter_map(<dyn Error>::downcast_ref).map(mend).next();
    let mend = mend.map(|mend| format!(" ({mend})")).unwrap_or_default();
    Finding::Rig(format!("the record could not be kept: {error}{mend}"))
}
