//! An emulated board with a debug probe attached.

use std::sync::Arc;
use std::time::Duration;

use crate::board::Board;
use crate::config::MachineConfig;
use crate::cortex_m::core::State;
use crate::error::{Exit, VprobeError};
use crate::fate::Fate;
use crate::glasgow::server::{Server, Socket};
use crate::lockup::Lockup;
use crate::qemu::lines::Lines;

/// A running QEMU with its debug probe. Dropping it switches the board off.
pub struct Machine {
    server: Server,
    socket: Arc<Socket>,
    fate: Arc<Fate>,
    selector: String,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("pid", &self.pid()).field("probe", &self.selector).finish()
    }
}

impl Machine {
    /// Switches the board on: flash restored from its file, core held in reset, probe ready.
    ///
    /// The harness must already listen on the sockets in [`MachineConfig::serials`].
    ///
    /// # Errors
    /// QEMU is missing or ends at once, the machine is unknown, a memory file cannot be used, nobody listens on a line,
    /// the probe's socket is taken.
    pub fn start(config: MachineConfig) -> Result<Self, VprobeError> {
        let mut server = Server::bind(&config.probe_socket)?;
        let selector = format!("20b7:9db1:unix:{}", config.probe_socket.display());
        let fate = Arc::new(Fate::new(Lines::connect(&config.serials)?));
        let socket = Arc::new(Socket::default());
        socket.plug(Board::power_on(config, &fate)?);
        server.serve(&socket)?;
        Ok(Self { server, socket, fate, selector })
    }

    /// What to give probe-rs as the probe's selector.
    pub fn probe_selector(&self) -> String {
        self.selector.clone()
    }

    /// Lets the core run: out of reset after [`Self::start`], else on from where it is halted. A core that has locked up
    /// is reset.
    ///
    /// # Errors
    /// QEMU is gone, or the flash file cannot be written.
    pub fn run(&self) -> Result<(), VprobeError> {
        self.socket.with(|board| board.core.run(&mut board.memory))
    }

    /// Holds the core in reset until [`Self::run`].
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn hold(&self) -> Result<(), VprobeError> {
        self.socket.with(|board| board.core.hold(&mut board.memory))
    }

    /// Pulses the reset line; the program in flash starts anew.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn reset(&self) -> Result<(), VprobeError> {
        self.socket.with(|board| board.core.reset(&mut board.memory, false))
    }

    /// Reads `length` bytes of memory. The core may run meanwhile.
    ///
    /// # Errors
    /// QEMU is gone, or nothing is mapped there.
    pub fn read_memory(&self, address: u32, length: usize) -> Result<Vec<u8>, VprobeError> {
        let mut bytes = vec![0; length];
        self.socket.with(|board| {
            if !board.memory.is_mapped(address, length) {
                return Err(VprobeError::Unmapped { address, length });
            }
            board.memory.read(address, &mut bytes)
        })?;
        Ok(bytes)
    }

    /// Whether the core executes: it is neither held in reset, nor halted by a debugger, nor locked up.
    ///
    /// # Errors
    /// QEMU is gone.
    pub fn is_running(&self) -> Result<bool, VprobeError> {
        self.socket.with(|board| Ok(board.core.state()? == State::Running))
    }

    /// Pulls the cable of the line that is connected to UART number `uart`, while the board stays on. No effect where there is none.
    pub fn unplug(&self, uart: usize) {
        self.fate.lines().unplug(uart);
    }

    /// How often the program itself has reset the board (SYSRESETREQ) since power-on.
    ///
    /// # Errors
    /// The board is off.
    pub fn guest_resets(&self) -> Result<u64, VprobeError> {
        self.socket.with(|board| Ok(board.core.guest_resets()))
    }

    /// How often the core has locked up in a program since power-on. A core that finds no program at all also locks up,
    /// but counts only by [`Self::is_running`].
    pub fn lockups(&self) -> u64 {
        self.fate.lockups()
    }

    /// The last lockup that [`Self::lockups`] counts.
    pub fn last_lockup(&self) -> Option<Lockup> {
        self.fate.last_lockup()
    }

    /// Waits until the core has locked up more than `before` times, at most `limit`.
    pub fn wait_lockup(&self, before: u64, limit: Duration) -> Option<Lockup> {
        self.fate.wait_lockup(before, limit)
    }

    /// The process id of QEMU, or of the one that ran last. After a lockup it changes.
    pub fn pid(&self) -> u32 {
        self.fate.pid()
    }

    /// Whether the board still has power: QEMU has not ended, or only because the core has locked up.
    pub fn is_alive(&self) -> bool {
        self.exit().is_none()
    }

    /// How QEMU ended, if it has ended by itself.
    pub fn exit(&self) -> Option<Exit> {
        self.fate.exit()
    }

    /// Waits until QEMU has ended by itself, at most `limit`.
    pub fn wait_exit(&self, limit: Duration) -> Option<Exit> {
        self.fate.wait_exit(limit)
    }

    /// Calls `callback` once, from a thread of the machine, when QEMU has ended, on purpose or not; at once
    /// if it has ended already.
    pub fn on_exit(&self, callback: impl FnOnce(&Exit) + Send + 'static) {
        self.fate.on_exit(Box::new(callback));
    }

    /// What made the probe fail a debugger's access, if that happened since the last call. The debugger
    /// itself sees only a protocol error.
    pub fn take_probe_fault(&self) -> Option<VprobeError> {
        self.socket.take_fault()
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
        let saved = self.socket.unplug().map_or(Ok(()), |mut board| board.cut_power());
        self.fate.lines().close();
        self.server.close();
        saved
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Whoever wants to know whether the flash could be saved calls `power_off`.
        let _not_saved = self.switch_off();
    }
}
