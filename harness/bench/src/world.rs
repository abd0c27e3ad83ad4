//! A terminal and everything around it, for the length of one case.

use std::{
    error::Error,
    fmt, iter,
    path::{Path, PathBuf},
    sync::Arc,
};

use payrig_acquirer::{Acquirer, Device};
use payrig_iso8583::Dialect;
use payrig_keys::{Family, Key, KeyError, Sm4Key};
use payrig_network::{Modem, ModemHandle};
use payrig_operator::{BootLine, Operator, ProvisioningRecord, TerminalFixture};
use payrig_rig::{Board, BoxLine, Capability, Image, LineName, Lines, Mishap, Progress, RigError, State};
use payrig_tape::{About, HostCapture, Lens, Secret, SecretKind, Secrets, Tape};
use tokio::{
    io::{AsyncReadExt, duplex},
    sync::mpsc,
    task::{JoinHandle, spawn_local},
    time::Instant,
};

use crate::{
    Aftermath, Case, Figure, Finding, Parts, Person, Played, Settings,
    case_player::MakeBoard,
    fixtures::DIALECT,
    front_end::FrontEnd,
    meaning,
    person::accompany,
    record_secrets,
    run_folder_error::mend,
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
    pub(crate) terminal: TerminalFixture,
    /// What a blank terminal is sent.
    pub(crate) record: Option<ProvisioningRecord>,
    pub(crate) dialect: Arc<Dialect>,
    pub(crate) acquirer: Acquirer,
    pub(crate) modem: ModemHandle,
    modem_lines: mpsc::UnboundedSender<BoxLine>,
    uplink: Arc<HostUplink>,
    pub(crate) operator: Option<Operator>,
    pub(crate) front_end: Option<FrontEnd>,
    pub(crate) tape: Tape,
    capture: HostCapture,
    person: Option<Person>,
    tasks: Vec<JoinHandle<()>>,
    pub(crate) figures: Vec<Figure>,
    /// The step, or the expectation, at which the case failed.
    failed_at: Option<String>,
    /// The terminal's boots so far, where they are known.
    pub(crate) boots: Option<u32>,
}

impl World {
    /// Puts the parts of a case together around a blank board. Nothing is powered.
    pub(crate) async fn create(
        settings: &Settings,
        case: &Case,
        folder: PathBuf,
        boards: &MakeBoard,
    ) -> Result<Self, Finding> {
        Self::around(settings, &case.name, &case.parts, folder, State::Leased, boards).await
    }

    /// Puts `parts` together around the rig's board.
    pub(crate) async fn around(
        settings: &Settings,
        case: &str,
        parts: &Parts,
        folder: PathBuf,
        state: State,
        boards: &MakeBoard,
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
        let books = device(&fixtures.terminal(&parts.books)?)?;
        let profile = fixtures.acquirer(&parts.acquirer)?;
        let acquirer = Acquirer::new(profile, dialect.clone(), vec![books], settings.seed);
        let host = terminal.host_address();
        let uplink = Arc::new(HostUplink::new(acquirer.clone(), tape.clone(), capture.clone(), host));
        let mut modem = Modem::new(fixtures.network(&parts.network)?, uplink.clone(), settings.seed);
        let handle = modem.handle();
        let (modem_lines, mut lines) = mpsc::unbounded_channel::<BoxLine>();
        let serving = spawn_local(async move {
            while let Some(line) = lines.recv().await {
                // The line ends when the terminal loses power; the module keeps its own.
                let _ = modem.serve(line).await;
            }
        });
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
            acquirer,
            modem: handle,
            modem_lines,
            uplink,
            operator: None,
            front_end: None,
            tape,
            capture,
            person: None,
            tasks: vec![serving],
            figures: Vec::new(),
            failed_at: None,
            boots: (state != State::Kept).then_some(0),
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
        match self.board.mishap() {
            None => Ok(()),
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
            messages: meaning::last(&self.dialect, &self.acquirer, MESSAGES),
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
        let result = mishap.and(result);
        let actors = self.end_actors().await;
        let written = self.register_issued_keys();
        if let Err(finding) = &result {
            self.tape.note("verdict", &format!("{}: {finding}", finding.verdict()));
        } else {
            self.tape.note("verdict", "pass");
        }
        // Each record is closed, whatever becomes of the others.
        let captured = self.capture.finish().map(drop).map_err(record);
        let taped = self.tape.finish().map(drop).map_err(record);
        let transcript = meaning::of_exchanges(&self.dialect, &self.acquirer);
        let told = whole_file::write(&self.folder.join("host.txt"), &transcript);
        check_leaks(&self.folder, self.tape.secrets())?;
        taped?;
        captured?;
        told?;
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
        let modem: BoxLine = Box::new(tap(LineName::Modem, Lens::Binary).wrap(lines.modem));
        // No actor plays these lines yet: what the terminal says on them is recorded.
        for (name, line) in [(LineName::Slot, lines.slot), (LineName::Antenna, lines.antenna)] {
            let line = tap(name, Lens::Binary).wrap(line);
            self.tasks.push(spawn_local(listen(Box::new(line))));
        }
        let front_end = tap(LineName::FrontEnd, Lens::Binary).wrap(lines.front_end);
        let (front_end, printing) = FrontEnd::attach(Box::new(front_end));
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
        // The modem's task ends with the world; until then it takes each boot's line.
        let _ = self.modem_lines.send(modem);
        self.operator = Some(Operator::attach(panel));
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
        for issued in self.acquirer.issued() {
            for (name, key) in issued.secrets() {
                register_key(&self.tape, &name.replace(' ', "-"), key.bytes(), key.kcv())?;
            }
        }
        Ok(())
    }
}

/// A terminal as the host has it in its books.
fn device(terminal: &TerminalFixture) -> Result<Device, Finding> {
    let unusable = |e: KeyError| Finding::Rig(format!("the host cannot know this terminal: {e}"));
    let Some(tmk) = terminal.tmk() else {
        return Err(Finding::Rig(
            "the host cannot know a terminal without a TMK: give its fixture one".into(),
        ));
    };
    Ok(Device {
        device_id: terminal.device_id().into(),
        serial: terminal.serial().into(),
        terminal_id: terminal.terminal_id().into(),
        merchant_id: terminal.merchant_id().into(),
        factory_key: Sm4Key::new(terminal.factory_key().bytes()).map_err(unusable)?,
        tmk: Key::new(Family::Des, tmk.bytes()).map_err(unusable)?,
    })
}

fn register_key(tape: &Tape, name: &str, bytes: &[u8], kcv: impl fmt::Display) -> Result<(), Finding> {
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
