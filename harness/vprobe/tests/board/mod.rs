//! A board on the bench of these tests, and the program that runs on it.

#![allow(dead_code, reason = "each test file uses a part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set up its board has failed")]

pub mod programs;

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use payrig_vprobe::{Machine, MachineConfig};
use probe_rs::config::Registry;
use probe_rs::flashing::{DownloadOptions, FlashLoader};
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeError, DebugProbeSelector, Probe};
use probe_rs::{Permissions, Session};

/// Where the program counts.
pub const COUNTER: u64 = 0x2000_0400;
/// First instruction of the program.
pub const RESET: u32 = 0x40;
/// `adds r4, #1` in the program's loop.
pub const LOOP: u32 = 0x54;
/// `count:`, called once a round.
pub const COUNT: u32 = 0x5C;

/// The program, from address 0x40 on: sends `P` on UART 0, then counts in R4 and at [`COUNTER`].
///
/// ```text
/// 40 reset: ldr r0, =0x40004000   4e  ldr r3, =0x20000400
/// 42        movs r1, #16          50  movs r4, #0
/// 44        str r1, [r0, #16]     52  str r4, [r3]
/// 46        movs r1, #1           54 loop: adds r4, #1
/// 48        str r1, [r0, #8]      56  bl count
/// 4a        ldr r2, ='P'          5a  b loop
/// 4c        str r2, [r0]          5c count: str r4, [r3]; 5e bx lr
/// ```
const PROGRAM: [u8; 44] = [
    0x07, 0x48, 0x10, 0x21, 0x01, 0x61, 0x01, 0x21, 0x81, 0x60, 0x07, 0x4a, 0x02, 0x60, 0x05, 0x4b, 0x00,
    0x24, 0x1c, 0x60, 0x01, 0x34, 0x00, 0xf0, 0x01, 0xf8, 0xfb, 0xe7, 0x1c, 0x60, 0x70, 0x47, 0x00, 0x40,
    0x00, 0x40, 0x00, 0x04, 0x00, 0x20, 0x50, 0x00, 0x00, 0x00,
];

/// The program with its vector table, followed by a pattern up to `length` bytes.
pub fn image(length: usize) -> Vec<u8> {
    let mut image: Vec<u8> = [0x2000_1000_u32, RESET | 1].iter().flat_map(|w| w.to_le_bytes()).collect();
    // Every exception leads to the loop: a fault shows as a program counter there with the wrong mode.
    image.extend((2..16).flat_map(|_| (LOOP | 1).to_le_bytes()));
    image.extend(PROGRAM);
    image.extend((image.len()..length).map(|i| (i * 7 + i / 251) as u8));
    image
}

/// The micro:bit's image; without it, what makes it.
pub fn microbit_image() -> &'static Path {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target-firmware/images/microbit.elf"));
    assert!(path.exists(), "the micro:bit's image is missing: run `ci/firmware microbit`");
    path
}

/// A folder for one board, and what its harness listens on.
pub struct Bench {
    pub dir: tempfile::TempDir,
    pub uart0: UnixListener,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let uart0 = UnixListener::bind(dir.path().join("uart0")).unwrap();
        Self { dir, uart0 }
    }

    pub fn flash_file(&self) -> PathBuf {
        self.dir.path().join("flash.bin")
    }

    pub fn config(&self) -> MachineConfig {
        let dir = self.dir.path();
        let mut config = MachineConfig::mps2_an386(self.flash_file(), dir.join("probe"), dir);
        config.serials.push(dir.join("uart0"));
        config
    }

    pub fn microbit(&self) -> MachineConfig {
        let dir = self.dir.path();
        MachineConfig::microbit(self.flash_file(), dir.join("probe"), dir)
    }

    pub fn start(&self) -> Machine {
        Machine::start(self.config()).unwrap()
    }
}

/// Opens the machine's probe by its own driver: `Lister::open` asks all drivers, and shows the error of
/// whichever it asked last.
pub fn open(machine: &Machine) -> Result<Probe, DebugProbeError> {
    let selector: DebugProbeSelector = machine.probe_selector().parse().unwrap();
    let found = Lister::new().list(Some(&selector));
    found.iter().find(|probe| probe.identifier == "Glasgow").unwrap().open()
}

/// The chips that probe-rs knows, with the emulated boards.
pub fn registry() -> Registry {
    let mut registry = Registry::from_builtin_families();
    registry.add_target_family_from_yaml(include_str!("../../../../rigs/chips/mps2-an386.yaml")).unwrap();
    registry
}

pub fn attach(machine: &Machine) -> Session {
    attach_with(machine, &registry())
}

pub fn attach_with(machine: &Machine, registry: &Registry) -> Session {
    attach_to("mps2-an386", machine, registry)
}

pub fn attach_to(chip: &str, machine: &Machine, registry: &Registry) -> Session {
    let probe = open(machine).unwrap();
    probe.attach_with_registry(chip, Permissions::default(), registry).unwrap()
}

pub fn loader(session: &Session, image: &[u8]) -> FlashLoader {
    let mut loader = session.target().flash_loader();
    loader.add_data(0, image).unwrap();
    loader
}

/// Erases, programs and verifies as `probe-rs download --verify` does.
pub fn flash(machine: &Machine, session: &mut Session, image: &[u8]) {
    let mut options = DownloadOptions::default();
    options.verify = true;
    let done = loader(session, image).commit(session, options);
    if let Err(e) = done {
        panic!("{e:?}, because of {:?}", machine.take_probe_fault());
    }
}

/// Whether a process with this id exists.
pub fn process_exists(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}
