//! A virtual debug probe: probe-rs on one side, QEMU on the other.
//!
//! A [`Machine`] is an emulated board with its power on and a debug probe on its SWD pins. No image is handed
//! to QEMU: a program gets into the board as it gets into a real one, by a flash algorithm that probe-rs
//! loads into RAM and runs on the core. What probe-rs can do on a Cortex-M board, it can do here: attach, flash, verify,
//! reset, run, halt, step, breakpoints, registers, memory and RTT while the core runs.
//!
//! Two of QEMU's machines are known:
//!
//! | [`MachineConfig`] | chip, as probe-rs calls it | flash | flash algorithm |
//! |---|---|---|---|
//! | [`mps2_an386`](MachineConfig::mps2_an386), Cortex-M4F | `mps2-an386`, described in `rigs/chips/mps2-an386.yaml` | 1 MiB of code RAM that stands for one | in that file |
//! | [`microbit`](MachineConfig::microbit), Cortex-M0 | `nRF51822_xxAA`, built into probe-rs; to be named, it is not detected | 256 KiB behind the chip's own controller | Nordic's, in probe-rs |
//!
//! ```no_run
//! use payrig_vprobe::{Machine, MachineConfig};
//! use probe_rs::flashing::{DownloadOptions, ElfLoader, ElfOptions, download_file_with_options};
//! use probe_rs::{Permissions, config::Registry, probe::{DebugProbeSelector, list::Lister}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Power on: the flash is restored from its file, the core is held in reset.
//! let machine = Machine::start(MachineConfig::mps2_an386("flash.bin", "probe.sock", "."))?;
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
//! The published `probe-rs` command (`cargo install probe-rs-tools --locked`) works on the same socket while a machine is
//! on. `payrig power --rig rigs/qemu.toml --probe-socket probe.sock` keeps the rig's board on. A bare board without
//! lines is kept on, until Enter is pressed, by
//!
//! ```text
//! cargo run -p payrig-vprobe --example board -- mps2-an386 probe.sock flash.bin
//! ```
//!
//! The probe is named as [`Machine::probe_selector`] names it, and a chip that is not built into probe-rs needs its
//! description:
//!
//! ```text
//! board="--probe 20b7:9db1:unix:probe.sock --chip-description-path rigs/chips/mps2-an386.yaml --chip mps2-an386"
//!
//! probe-rs download $board --verify target-firmware/images/mps2-an386.elf
//! probe-rs verify   $board target-firmware/images/mps2-an386.elf
//! probe-rs reset    $board
//! probe-rs read     $board b32 0x20000000 4
//! probe-rs attach   $board target-firmware/images/mps2-an386.elf     # shows the log, until ctrl-c
//! probe-rs run      $board target-firmware/images/mps2-an386.elf     # download, reset and attach in one
//! ```
//!
//! On the micro:bit: `--chip nRF51822_xxAA`, without a description, and `target-firmware/images/microbit.elf`, which
//! `ci/firmware microbit` builds. `tests/command_line.rs` does all of this where `probe-rs` is on `PATH`.
//!
//! One debugger at a time: a second one is told `probe in use`. One that stays while the power goes finds a
//! protocol error at its next access; [`Machine::take_probe_fault`] says why.
//!
//! # What happens when
//!
//! - **The program resets the board** (SYSRESETREQ): [`Machine::guest_resets`] counts it, a debugger reads S_RESET_ST or, if
//!   it catches resets, finds the core halted at its first instruction.
//! - **The core locks up**, because its fault handler faults: QEMU gives up, which [`Machine::lockups`] counts and
//!   [`Machine::last_lockup`] explains with the registers. The board stays on and locked up, as a chip does: a debugger
//!   reads S_LOCKUP, the lines stay connected and silent, and what is sent on them is lost. At the next access a new
//!   QEMU takes over, with the contents of the flash and of the battery-backed RAM; RAM and peripherals are as at
//!   power-on, where those of a chip would have kept their state. [`Machine::reset`], [`Machine::run`], a
//!   debugger's reset or new firmware bring the board back to life. What a flash algorithm was about to write when
//!   *it* locked up is lost.
//! - **Nothing is mapped** at an address: the access fails (FAULT), the next one does not. What QEMU calls `RESERVED` counts
//!   as not mapped, although QEMU's core reads zeros there. Within a peripheral, and on the private peripheral bus
//!   from 0xE0000000 on, every address answers.
//! - **A BKPT instruction** is reached: with a debugger attached the core halts there; without one it takes a HardFault.
//! - **QEMU dies** in any other way: [`Machine::on_exit`] is called, the lines are closed, and every call returns
//!   [`VprobeError::QemuExited`] with QEMU's last words.
//! - **The harness dies**: QEMU is killed with the thread that started it, whatever the signal.
//!
//! # How it works
//!
//! - probe-rs's driver for the Glasgow Interface Explorer takes a socket and sends plain DP and AP transfers
//!   in COBS frames. That is the front (`glasgow`); a debug port (`dp`) and a memory access port (`ap`) follow. As the driver
//!   leaves a sticky error standing, the front clears it when it has told of it.
//! - The debug registers of the core (DHCSR, DCRSR, DCRDR, DEMCR, DFSR, AIRCR's reset bits, the breakpoint
//!   unit, the ROM table) are modelled here (`cortex_m`, by chip: `model`). Everything else on the bus is QEMU's own.
//! - Behind it, QEMU is reached three ways: memory by qtest, which works while the core runs; registers and
//!   run control by the gdbstub; reset, events and the memory map by QMP. All three, and the lines, are sockets that
//!   QEMU inherits.
//! - The flash is a file (`flash_image`). It is copied into code memory at power-on, and written back when
//!   flashing has ended: when the program in flash runs, at a reset, when the debugger leaves, at power-off.
//!   It is replaced as a whole, so that it is never torn. A program that writes to its own code memory finds
//!   it as before after the next power-on, unless something ran outside the flash at the debugger's order.
//! - QEMU raises HardFault where a core under a debugger halts at BKPT. So breakpoints are put on the BKPT instructions
//!   that the program in flash can reach, and on those that the core can reach outside the flash from where it
//!   is let go (`thumb`). The code is followed instruction by instruction: data, and halves of other
//!   instructions, are not taken for BKPT. Code that overwrites itself is not followed.
//! - A debug event ends WFI, but QEMU's core sleeps on: a step of a sleeping core is helped along by a pending SysTick.
//!
//! # Limits
//!
//! With QEMU 7.2 the process stack pointer, CONTROL, PRIMASK, BASEPRI and FAULTMASK read as zero. Breakpoints
//! are for the first 512 MiB, as on a Cortex-M4. There are no watchpoints, and no vector catch but that of reset. Of the
//! micro:bit's UICR nothing outlives the power.
//!
//! # How fast
//!
//! `cargo bench -p payrig-vprobe` measures it. With two cores, and others at work on them: attach 4 ms; `mps2-an386` 64 KiB
//! flashed and verified in 95 ms, 256 KiB in 0.3 s; the micro:bit's 256 KiB in 1.6 s, by its real algorithm; a byte over
//! RTT there and back in 1.2 ms. Sixteen boards start, are flashed and run in 2.5 s.

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
