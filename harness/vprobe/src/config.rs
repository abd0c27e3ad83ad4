//! What a machine is made of.

use std::path::PathBuf;

/// The memory that keeps its contents while the power is off, and the file that holds them.
#[derive(Debug, Clone)]
pub struct FlashRegion {
    /// First address.
    pub base: u32,
    /// Size in bytes, a multiple of 4096.
    pub size: u32,
    /// Holds the contents; made, all 0xFF, when it does not exist.
    pub file: PathBuf,
}

/// An emulated board: which machine, what it keeps its memory in, where its lines go.
#[derive(Debug, Clone)]
pub struct MachineConfig {
    /// QEMU's binary: a name that is looked for in `PATH`, or a path.
    pub qemu_binary: PathBuf,
    /// QEMU's machine: `mps2-an386` or `microbit`.
    pub qemu_machine: String,
    /// The emulated flash.
    pub flash: FlashRegion,
    /// Holds the battery-backed RAM (`mps2-an386`: 16 MiB at 0x21000000); made when it does not exist.
    pub battery_ram: Option<PathBuf>,
    /// One unix socket for each UART, in the board's order. The harness listens, QEMU connects.
    pub serials: Vec<PathBuf>,
    /// Where the debug probe is to be served.
    pub probe_socket: PathBuf,
    /// QEMU's working directory (a crash may leave a core file there).
    pub work_dir: PathBuf,
}

impl MachineConfig {
    /// The `mps2-an386` board: 1 MiB of emulated flash at address 0; no UART connected, no battery.
    pub fn mps2_an386(
        flash_file: impl Into<PathBuf>,
        probe_socket: impl Into<PathBuf>,
        work_dir: impl Into<PathBuf>,
    ) -> Self {
        Self {
            qemu_binary: PathBuf::from("qemu-system-arm"),
            qemu_machine: "mps2-an386".to_owned(),
            flash: FlashRegion { base: 0, size: 0x10_0000, file: flash_file.into() },
            battery_ram: None,
            serials: Vec::new(),
            probe_socket: probe_socket.into(),
            work_dir: work_dir.into(),
        }
    }

    /// The BBC micro:bit: an nRF51822-xxAA with 256 KiB of flash at address 0; its UART is not connected.
    ///
    /// To probe-rs the chip has to be named (`nRF51822_xxAA`): QEMU's factory information registers do not hold the id
    /// that it is detected by.
    pub fn microbit(
        flash_file: impl Into<PathBuf>,
        probe_socket: impl Into<PathBuf>,
        work_dir: impl Into<PathBuf>,
    ) -> Self {
        Self {
            qemu_machine: "microbit".to_owned(),
            flash: FlashRegion { base: 0, size: 0x4_0000, file: flash_file.into() },
            ..Self::mps2_an386("", probe_socket, work_dir)
        }
    }
}
