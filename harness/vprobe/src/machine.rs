//! An emulated board with a debug probe attached.

use std::sync::Arc;
use std::time::Duration;

use crate::board::Board;
use crate::config::MachineConfig;
use crate::cortex_m::core::{Core, State};
use crate::error::{Exit, VprobeError};
use crate::flash_image::FlashImage;
use crate::glasgow::server::{Server, Socket};
use crate::memory::Memory;
use crate::qemu::gdb::Gdb;
use crate::qemu::process::{Links, QemuProcess};
use crate::qemu::qmp::Qmp;
use crate::qemu::qtest::Qtest;

/// A connection that breaks means nearly always that QEMU has died: how long its last words may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A running QEMU with its debug probe. Dropping it switches the board off.
pub struct Machine {
    server: Server,
    socket: Arc<Socket>,
    qemu: QemuProcess,
    selector: String,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("pid", &self.qemu.pid()).field("probe", &self.selector).finish()
    }
}

impl Machine {
    /// Switches the board on: flash restored from its file, core held in reset, probe ready.
    ///
    /// The harness must already listen on the sockets in [`MachineConfig::serials`].
    ///
    /// # Errors
    /// QEMU is missing or ends at once, a memory file cannot be used, the probe's socket is taken.
    pub fn start(config: MachineConfig) -> Result<Self, VprobeError> {
        let mut server = Server::bind(&config.probe_socket)?;
        let flash = FlashImage::load(&config.flash)?;
        let socket = Arc::new(Socket::default());
        let (qemu, links) = QemuProcess::start(&config)?;
        let board = connect(links, flash).map_err(|e| explain(e, &qemu))?;
        socket.plug(board);
        server.serve(&socket)?;
        let selector = format!("20b7:9db1:unix:{}", config.probe_socket.display());
        Ok(Self { server, socket, qemu, selector })
    }

    /// What to give probe-rs as the probe's selector.
    pub fn probe_selector(&self) -> String {
        self.selector.clone()
    }

    /// Lets the core run: out of reset after [`Self::start`], else on from where it is halted.
    ///
    /// # Errors
    /// QEMU is gone, or the flash file cannot be written.
    pub fn run(&self) -> Result<(), VprobeError> {
        self.with(|board| board.core.run(&mut board.memory))
    }

    /// Holds the core in reset until [`Self::run`].
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn hold(&self) -> Result<(), VprobeError> {
        self.with(|board| board.core.hold(&mut board.memory))
    }

    /// Pulses the reset line; the program in flash starts anew.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn reset(&self) -> Result<(), VprobeError> {
        self.with(|board| board.core.reset(&mut board.memory, false))
    }

    /// Reads `length` bytes of memory. The core may run meanwhile.
    ///
    /// # Errors
    /// QEMU is gone.
    pub fn read_memory(&self, address: u32, length: usize) -> Result<Vec<u8>, VprobeError> {
        let mut bytes = vec![0; length];
        self.with(|board| board.memory.read(address, &mut bytes))?;
        Ok(bytes)
    }

    /// Whether the core executes (it is neither held in reset nor halted by a debugger).
    ///
    /// # Errors
    /// QEMU is gone.
    pub fn is_running(&self) -> Result<bool, VprobeError> {
        self.with(|board| Ok(board.core.state()? == State::Running))
    }

    /// How often the program itself has reset the board (SYSRESETREQ) since power-on.
    ///
    /// # Errors
    /// The board is off.
    pub fn guest_resets(&self) -> Result<u64, VprobeError> {
        self.with(|board| Ok(board.core.guest_resets()))
    }

    /// QEMU's process id.
    pub fn pid(&self) -> u32 {
        self.qemu.pid()
    }

    /// Whether QEMU still lives.
    pub fn is_alive(&self) -> bool {
        self.exit().is_none()
    }

    /// How QEMU ended, if it has ended by itself.
    pub fn exit(&self) -> Option<Exit> {
        self.qemu.exit().get()
    }

    /// Waits until QEMU has ended by itself, at most `limit`.
    pub fn wait_exit(&self, limit: Duration) -> Option<Exit> {
        self.qemu.exit().wait(limit)
    }

    /// Calls `callback` once, from a thread of the machine, when QEMU has ended, on purpose or not; at once
    /// if it has ended already.
    pub fn on_exit(&self, callback: impl FnOnce(&Exit) + Send + 'static) {
        self.qemu.exit().on_exit(Box::new(callback));
    }

    /// What made the probe fail a debugger's access, if that happened since the last call. The debugger
    /// itself sees only a protocol error.
    pub fn take_probe_fault(&self) -> Option<VprobeError> {
        self.socket.take_fault().map(|e| explain(e, &self.qemu))
    }

    /// Cuts the power: QEMU is killed between two instructions. Flash and battery-backed RAM keep their
    /// contents, everything else is lost.
    ///
    /// # Errors
    /// The flash's contents could not be read back or written to the file.
    pub fn power_off(mut self) -> Result<(), VprobeError> {
        self.switch_off()
    }

    fn switch_off(&mut self) -> Result<(), VprobeError> {
        // A program in flash may be running: what it did between this and the kill is lost, as it would be.
        let saved = match self.socket.unplug() {
            Some(mut board) if self.is_alive() => board.memory.save_flash(),
            _ => Ok(()),
        };
        self.qemu.kill();
        self.server.close();
        saved
    }

    fn with<T>(&self, act: impl FnOnce(&mut Board) -> Result<T, VprobeError>) -> Result<T, VprobeError> {
        self.socket.with(act).map_err(|e| explain(e, &self.qemu))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Whoever wants to know whether the flash could be saved calls `power_off`.
        let _not_saved = self.switch_off();
    }
}

fn connect(links: Links, flash: FlashImage) -> Result<Board, VprobeError> {
    let qmp = Qmp::new(links.qmp)?;
    let memory = Memory::power_on(Qtest::new(links.qtest)?, flash)?;
    let core = Core::new(Gdb::new(links.gdb)?, qmp)?;
    Ok(Board { memory, core })
}

/// A broken connection says little: if QEMU has ended, its own words are the error.
fn explain(error: VprobeError, qemu: &QemuProcess) -> VprobeError {
    if !matches!(error, VprobeError::Link { .. }) {
        return error;
    }
    match qemu.exit().wait(LAST_WORDS) {
        Some(exit) => VprobeError::QemuExited(exit),
        None => error,
    }
}
