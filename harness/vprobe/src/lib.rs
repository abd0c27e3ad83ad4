//! A virtual debug probe: probe-rs on one side, QEMU on the other.
//!
//! A [`Machine`] is an emulated board with its power on and a debug probe on its SWD pins. No image is handed
//! to QEMU: a program gets into the board as it gets into a real one, by a flash algorithm that probe-rs
//! loads into RAM and runs on the core. What probe-rs can do on a Cortex-M board, it can do here: attach,
//! flash, verify, reset, run, halt, step, hardware breakpoints, registers, memory and RTT while the core runs.
//!
//! ```no_run
//! use payrig_vprobe::{Machine, MachineConfig};
//! use probe_rs::flashing::{DownloadOptions, ElfLoader, ElfOptions, download_file_with_options};
//! use probe_rs::{Permissions, config::Registry, probe::{DebugProbeSelector, list::Lister}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Power on: the flash is restored from its file, the core is held in reset.
//! let machine = Machine::start(MachineConfig::mps2_an386("flash.bin", "/tmp/probe.sock", "."))?;
//!
//! // From here on, nothing is special about the board: this is probe-rs as it is published.
//! let mut registry = Registry::from_builtin_families();
//! registry.add_target_family_from_yaml(&std::fs::read_to_string("rigs/chips/mps2-an386.yaml")?)?;
//! let selector: DebugProbeSelector = machine.probe_selector().parse()?;
//! let probe = Lister::new().open(selector)?;
//! let mut session = probe.attach_with_registry("mps2-an386", Permissions::default(), &registry)?;
//! let mut options = DownloadOptions::default();
//! options.verify = true;
//! let elf = ElfLoader(ElfOptions::default());
//! download_file_with_options(&mut session, "terminal.elf", elf, options)?;
//! drop(session);
//!
//! machine.run()?;
//! println!("{:x?}", machine.read_memory(0x2000_0000, 16)?);
//! // A power cut; the next `Machine::start` finds the program in flash.
//! machine.power_off()?;
//! # Ok(())
//! # }
//! ```
//!
//! # From the command line
//!
//! The `probe-rs` command attaches to the same socket while the machine is on. It wants the selector that
//! [`Machine::probe_selector`] returns, and for `mps2-an386` the chip's description:
//!
//! ```text
//! probe-rs read --probe 20b7:9db1:unix:/tmp/probe.sock \
//!     --chip-description-path rigs/chips/mps2-an386.yaml --chip mps2-an386 b32 0x20000000 4
//! probe-rs download ... terminal.elf
//! probe-rs reset ...
//! ```
//!
//! One debugger at a time. A second one is told `probe in use`, one that stays while the power goes finds a
//! protocol error at its next access; [`Machine::take_probe_fault`] says why.
//!
//! # How it works
//!
//! - probe-rs's driver for the Glasgow Interface Explorer takes a socket and sends plain DP and AP transfers
//!   in COBS frames. That is the front (`glasgow`); a debug port (`dp`) and a memory access port (`ap`) follow.
//! - The debug registers of the core (DHCSR, DCRSR, DCRDR, DEMCR, DFSR, AIRCR's reset bits, the breakpoint
//!   unit, the ROM table) are modelled here (`cortex_m`). Everything else on the bus is QEMU's own.
//! - Behind it, QEMU is reached three ways: memory by qtest, which works while the core runs; registers and
//!   run control by the gdbstub; reset and events by QMP. All three are socket pairs that QEMU inherits.
//! - The flash is a file (`flash_image`). It is copied into code memory at power-on, and written back when
//!   flashing has ended: when the program in flash runs, at a reset, when the debugger leaves, at power-off.
//!   It is replaced as a whole, so that it is never torn. A program that writes to its own code memory finds
//!   it as before after the next power-on, unless something ran outside the flash at the debugger's order.
//! - QEMU raises HardFault where a core under a debugger halts at BKPT. Flash algorithms return to such an
//!   instruction: a breakpoint is put where the link register points to one whenever the core is let go.
//! - QEMU is killed with the thread that started it, so it does not outlive a harness that is killed.
//!
//! # Limits
//!
//! With QEMU 7.2 the process stack pointer, CONTROL, PRIMASK, BASEPRI and FAULTMASK read as zero. Breakpoints
//! are for the first 512 MiB, as on a Cortex-M4. A lockup of a running program ends QEMU, which is
//! reported ([`Machine::on_exit`]); a board with erased flash is recognised and stays up.

mod ap;
mod board;
mod bus;
mod config;
mod cortex_m;
mod dp;
mod error;
mod fate;
mod flash_image;
mod glasgow;
mod lockup;
mod machine;
mod memory;
mod memory_map;
mod model;
mod qemu;
mod thumb;

pub use config::{FlashRegion, MachineConfig};
pub use error::{Exit, Link, VprobeError};
pub use lockup::Lockup;
pub use machine::Machine;
