//! The real image on an emulated board: QEMU behind the virtual debug probe.

use std::{
    fs,
    io::{self, Seek, SeekFrom, Write},
    path::PathBuf,
};

use payrig_vprobe::{FlashRegion, Machine, MachineConfig};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::mpsc,
    task::spawn_blocking,
};

use crate::{
    Board, BoardFuture, BoxLine, Capabilities, Capability, FlashReport, Image, LineCarrier, LineName, Lines,
    Mishap, Progress, QemuSection, RigError, State, probe::Probe, pty::Pty, scratch::Scratch,
    state::StateFolder, watched::Watch,
};

/// An emulated board. Its flash and its battery-backed RAM are two files; its power is QEMU's process.
pub struct QemuBoard {
    section: QemuSection,
    powered: Option<Powered>,
    /// What had gone wrong when the power was cut.
    past: Option<Mishap>,
    /// After the machine: nobody else has the folder before the emulator has ended.
    state: StateFolder,
}

/// A board that is on. The machine goes first, then the folder with its sockets.
struct Powered {
    machine: Machine,
    watch: Watch,
    ptys: Vec<Pty>,
    _sockets: Scratch,
}

impl Powered {
    /// The harness's end of a line. `board` is the other one.
    fn line(&mut self, name: LineName, carrier: LineCarrier, board: UnixStream) -> Result<BoxLine, RigError> {
        Ok(match carrier {
            LineCarrier::Sockets => self.watch.line(name, "its socket", board),
            LineCarrier::Pty => {
                let (port, pty) = Pty::carry(board)?;
                let line = self.watch.line(name, pty.path(), port);
                self.ptys.push(pty);
                line
            }
        })
    }

    fn mishap(&self) -> Option<Mishap> {
        if let Some(lockup) = self.machine.last_lockup() {
            return Some(Mishap::Terminal(format!("the terminal's core locked up: {}", lockup.cause)));
        }
        // Its lines end with the emulator, after it is known how that ended.
        match self.machine.exit().filter(|exit| !exit.expected) {
            Some(exit) => Some(Mishap::Rig(format!("the emulator ended by itself: {exit}"))),
            None => self.watch.mishap(),
        }
    }

    async fn cut(self) -> Result<(), RigError> {
        let Self { machine, ptys, .. } = self;
        let cut = blocking(move || Ok(machine.power_off()?)).await;
        for pty in ptys {
            pty.close().await;
        }
        cut
    }
}

impl QemuBoard {
    /// What an emulated board can do.
    pub const CAPABILITIES: [Capability; 6] = [
        Capability::Flash,
        Capability::Memory,
        Capability::Power,
        Capability::Reset,
        Capability::Blank,
        Capability::Tamper,
    ];

    /// A board with the flash and battery that `state` names. Nothing is started.
    ///
    /// # Errors
    /// [`RigError::Busy`] where another process uses the kept board, or a folder that cannot be made.
    pub fn new(section: QemuSection, state: State) -> Result<Self, RigError> {
        let leased = state == State::Leased;
        let state = StateFolder::open(state, &section.state)?;
        let board = Self { section, powered: None, past: None, state };
        if leased {
            board.begin_lease()?;
        }
        Ok(board)
    }

    /// A leased board has a new battery, and no flash of another size than the rig's.
    fn begin_lease(&self) -> Result<(), RigError> {
        self.remove_battery()?;
        let flash = self.flash_file();
        match fs::metadata(&flash) {
            Ok(found) if found.len() != u64::from(self.section.flash_size) => {
                fs::remove_file(&flash).map_err(RigError::io(format!("remove {}", flash.display())))
            }
            _ => Ok(()),
        }
    }

    fn remove_battery(&self) -> Result<(), RigError> {
        match fs::remove_file(self.battery_file()) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(RigError::io("remove the battery")(e)),
            _ => Ok(()),
        }
    }

    /// Where the flash's contents are kept.
    pub fn flash_file(&self) -> PathBuf {
        self.state.file("flash.bin")
    }

    /// Where the battery-backed RAM is kept: a shared mapping, which has each store as soon as it is made.
    pub fn battery_file(&self) -> PathBuf {
        self.state.file("battery.bin")
    }

    /// The tamper switch's wire: a byte of the battery's file that the board's tamper unit looks at before anything else runs
    /// (firmware/boards/mps2-an386/README.md). No emulator runs, so that nobody else has the file.
    fn wire_tamper_switch(&self, open: bool) -> Result<(), RigError> {
        /// Offset in the file: the board's record begins at 8 KiB.
        const WIRE: u64 = 0x2200;
        let path = self.battery_file();
        let place = RigError::io(format!("set the tamper switch in {}", path.display()));
        let set = || {
            let mut file = fs::OpenOptions::new().write(true).open(&path)?;
            file.seek(SeekFrom::Start(WIRE))?;
            file.write_all(&[u8::from(open)])?;
            file.sync_data()
        };
        set().map_err(place)
    }

    /// Starts the machine, halted, with its lines connected to `sockets`.
    async fn start(&self, lines: &[LineName]) -> Result<(Powered, Vec<UnixListener>), RigError> {
        let sockets = Scratch::new()?;
        let path = |name: &str| sockets.path().join(format!("{name}.sock"));
        let serials: Vec<_> = lines.iter().map(|line| path(line.word())).collect();
        let listeners = serials
            .iter()
            .map(UnixListener::bind)
            .collect::<io::Result<Vec<_>>>()
            .map_err(RigError::io("listen for the board's lines"))?;
        let config = MachineConfig {
            qemu_binary: self.section.program.clone(),
            qemu_machine: self.section.machine.clone(),
            flash: FlashRegion {
                base: self.section.flash_base,
                size: self.section.flash_size,
                file: self.flash_file(),
            },
            battery_ram: Some(self.battery_file()),
            serials,
            probe_socket: self.section.probe_socket.clone().unwrap_or_else(|| path("probe")),
            work_dir: sockets.path().into(),
        };
        let machine = blocking(move || Ok(Machine::start(config)?)).await?;
        let powered = Powered { machine, watch: Watch::default(), ptys: Vec::new(), _sockets: sockets };
        Ok((powered, listeners))
    }

    async fn boot(&mut self) -> Result<Lines, RigError> {
        if self.powered.is_some() {
            return Err(RigError::State { state: "on", action: "be powered on" });
        }
        let (mut powered, listeners) = self.start(&LineName::ALL).await?;
        let mut lines = Vec::with_capacity(listeners.len());
        for (name, listener) in LineName::ALL.into_iter().zip(listeners) {
            let (stream, _) = listener.accept().await.map_err(RigError::io("accept a line of the board"))?;
            lines.push(powered.line(name, self.section.lines, stream)?);
        }
        let Ok(lines) = <[_; 5]>::try_from(lines) else {
            unreachable!("one stream for each of the five lines");
        };
        self.powered.insert(powered).machine.run()?;
        Ok(Lines::in_order(lines))
    }

    async fn cut(&mut self) -> Result<(), RigError> {
        self.past = self.mishap();
        match self.powered.take() {
            None => Ok(()),
            Some(powered) => powered.cut().await,
        }
    }

    fn probe(&self, powered: &Powered) -> Probe {
        Probe {
            selector: powered.machine.probe_selector(),
            chip: self.section.chip.clone(),
            chip_file: self.section.chip_file.clone(),
        }
    }

    async fn start_for_probe(&self, action: &'static str) -> Result<(Powered, Probe), RigError> {
        if self.powered.is_some() {
            return Err(RigError::State { state: "on", action });
        }
        let (powered, _) = self.start(&[]).await?;
        let probe = self.probe(&powered);
        Ok((powered, probe))
    }

    async fn flash_image(
        &mut self,
        image: &Image,
        progress: &dyn Fn(Progress),
    ) -> Result<FlashReport, RigError> {
        let (powered, probe) = self.start_for_probe("be flashed").await?;
        let (sender, mut updates) = mpsc::unbounded_channel();
        let image = image.clone();
        let work = spawn_blocking(move || {
            let report = probe.flash(&image, |update| {
                let _ = sender.send(update);
            });
            powered.machine.power_off()?;
            report
        });
        while let Some(update) = updates.recv().await {
            progress(update);
        }
        joined(work.await)
    }
}

impl Board for QemuBoard {
    fn name(&self) -> &'static str {
        "qemu"
    }

    fn capabilities(&self) -> Capabilities {
        Self::CAPABILITIES.into_iter().collect()
    }

    fn power_on(&mut self) -> BoardFuture<'_, Lines> {
        Box::pin(self.boot())
    }

    fn power_off(&mut self) -> BoardFuture<'_, ()> {
        Box::pin(self.cut())
    }

    fn mishap(&mut self) -> Option<Mishap> {
        self.past.clone().or_else(|| self.powered.as_ref()?.mishap())
    }

    fn unplug(&mut self, line: LineName) -> BoardFuture<'_, ()> {
        Box::pin(async move {
            let Some(powered) = &self.powered else {
                return Err(RigError::State { state: "off", action: "have a line unplugged" });
            };
            powered.machine.unplug(line as usize);
            Ok(())
        })
    }

    fn reset(&mut self) -> BoardFuture<'_, ()> {
        Box::pin(async {
            let Some(powered) = &mut self.powered else {
                return Err(RigError::State { state: "off", action: "be reset" });
            };
            Ok(powered.machine.reset()?)
        })
    }

    fn blank(&mut self) -> BoardFuture<'_, ()> {
        Box::pin(async {
            self.cut().await?;
            self.remove_battery()
        })
    }

    fn flash<'a>(
        &'a mut self,
        image: &'a Image,
        progress: &'a dyn Fn(Progress),
    ) -> BoardFuture<'a, FlashReport> {
        Box::pin(self.flash_image(image, progress))
    }

    fn verify<'a>(&'a mut self, image: &'a Image) -> BoardFuture<'a, ()> {
        Box::pin(async {
            let (powered, probe) = self.start_for_probe("be verified").await?;
            let image = image.clone();
            blocking(move || {
                let result = probe.verify(&image);
                powered.machine.power_off()?;
                result
            })
            .await
        })
    }

    fn tamper_without_power(&mut self, open: bool) -> BoardFuture<'_, ()> {
        Box::pin(async move {
            if self.powered.is_some() {
                return Err(RigError::State { state: "on", action: "be opened without power" });
            }
            self.wire_tamper_switch(open)
        })
    }

    fn probe_selector(&self) -> Option<String> {
        self.powered.as_ref().map(|powered| powered.machine.probe_selector())
    }

    fn read_memory<'a>(&'a mut self, address: u64, bytes: &'a mut [u8]) -> BoardFuture<'a, ()> {
        Box::pin(async move {
            let Some(powered) = &self.powered else {
                return Err(RigError::State { state: "off", action: "have its memory read" });
            };
            let probe = self.probe(powered);
            let length = bytes.len();
            bytes.copy_from_slice(&blocking(move || probe.read_memory(address, length)).await?);
            Ok(())
        })
    }
}

/// Runs a blocking call of the probe on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RigError> + Send + 'static,
) -> Result<T, RigError> {
    joined(spawn_blocking(work).await)
}

fn joined<T>(result: Result<Result<T, RigError>, tokio::task::JoinError>) -> Result<T, RigError> {
    result.unwrap_or_else(|e| match e.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(e) => Err(RigError::Probe { action: "finish", message: e.to_string() }),
    })
}
