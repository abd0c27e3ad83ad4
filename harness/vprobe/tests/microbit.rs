//! A genuine flash algorithm: probe-rs's own description of the nRF51822, whose algorithm drives the flash controller.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what does not work fails the test")]

mod board;

use std::time::{Duration, Instant};

use board::{Bench, attach_to, flash, microbit_image, open, registry};
use payrig_vprobe::Machine;
use probe_rs::flashing::{DownloadOptions, ElfLoader, ElfOptions, download_file_with_options};
use probe_rs::probe::WireProtocol;
use probe_rs::rtt::Rtt;
use probe_rs::{BreakpointCause, CoreStatus, HaltReason, MemoryInterface, Permissions, RegisterId, Session};

const CHIP: &str = "nRF51822_xxAA";
const GREETING: &[u8] = b"payrig-board-microbit runs\n";
const LIMIT: Duration = Duration::from_secs(10);

fn start(bench: &Bench) -> (Machine, Session) {
    let machine = Machine::start(bench.microbit()).unwrap();
    let session = attach_to(CHIP, &machine, &registry());
    (machine, session)
}

fn flash_program(session: &mut Session) {
    let mut options = DownloadOptions::default();
    options.verify = true;
    download_file_with_options(session, microbit_image(), ElfLoader(ElfOptions::default()), options).unwrap();
}

/// Reads `length` bytes from RTT channel 0.
fn read(rtt: &mut Rtt, session: &mut Session, length: usize) -> Vec<u8> {
    let mut core = session.core(0).unwrap();
    let mut said = Vec::new();
    for _ in 0..100_000 {
        let mut buffer = [0; 64];
        let n = rtt.up_channel(0).unwrap().read(&mut core, &mut buffer).unwrap();
        said.extend(&buffer[..n]);
        if said.len() >= length {
            return said;
        }
    }
    panic!("RTT ended after {:?}", String::from_utf8_lossy(&said));
}

fn attach_rtt(session: &mut Session) -> Rtt {
    let mut core = session.core(0).unwrap();
    let rtt = (0..1000).find_map(|_| Rtt::attach(&mut core).ok());
    rtt.unwrap_or_else(|| panic!("the program never set its RTT up"))
}

#[test]
fn the_image_is_flashed_by_the_chips_own_algorithm_and_talks_over_rtt() {
    let bench = Bench::new();
    let (machine, mut session) = start(&bench);
    flash_program(&mut session);
    // RAM is as the flash algorithm left it, an older control block included.
    session.core(0).unwrap().reset_and_halt(LIMIT).unwrap();
    session.core(0).unwrap().write(0x2000_0000, &[0; 0x4000]).unwrap();
    session.core(0).unwrap().run().unwrap();
    let mut rtt = attach_rtt(&mut session);
    assert_eq!(read(&mut rtt, &mut session, GREETING.len()), GREETING);
    for word in ["sign on", "settle"] {
        let mut core = session.core(0).unwrap();
        rtt.down_channel(0).unwrap().write(&mut core, word.as_bytes()).unwrap();
        drop(core);
        assert_eq!(read(&mut rtt, &mut session, word.len()), word.as_bytes());
    }
    drop(session);
    assert!(machine.is_running().unwrap(), "it runs on without a debugger");
    machine.power_off().unwrap();

    // A power cut later it is still there.
    let (machine, mut session) = start(&bench);
    machine.run().unwrap();
    let mut rtt = attach_rtt(&mut session);
    assert_eq!(read(&mut rtt, &mut session, GREETING.len()), GREETING);
}

#[expect(clippy::disallowed_methods, reason = "real time is what is printed")]
#[test]
fn the_whole_flash_is_written_and_verified() {
    let bench = Bench::new();
    let (machine, mut session) = start(&bench);
    let whole: Vec<u8> = (0..0x4_0000_u32).map(|i| (i * 7 + i / 251) as u8).collect();
    for kib in [64, 256] {
        let t = Instant::now();
        flash(&machine, &mut session, &whole[..kib << 10]);
        println!("nRF51822 on QEMU: {kib} KiB flashed and verified in {:?}", t.elapsed());
    }
    assert_eq!(machine.read_memory(0, whole.len()).unwrap(), whole);
    drop(session);
    machine.power_off().unwrap();
    assert_eq!(std::fs::read(bench.flash_file()).unwrap(), whole);
}

#[test]
fn without_its_controller_the_flash_is_not_written() {
    let bench = Bench::new();
    let (machine, mut session) = start(&bench);
    session.core(0).unwrap().write_word_32(0x100, 0).unwrap();
    assert_eq!(machine.read_memory(0x100, 4).unwrap(), [0xFF; 4]);
}

#[test]
fn the_debug_hardware_is_a_cortex_m0s() {
    let bench = Bench::new();
    let (_machine, mut session) = start(&bench);
    let mut core = session.core(0).unwrap();
    assert_eq!(core.read_word_32(0xE000_ED00).unwrap() >> 4, 0x0410_CC20, "CPUID of a Cortex-M0");
    assert_eq!(core.available_breakpoint_units().unwrap(), 4);
    assert!(!core.fpu_support().unwrap());
}

#[test]
fn the_chip_has_to_be_named() {
    let bench = Bench::new();
    let machine = Machine::start(bench.microbit()).unwrap();
    let mut probe = open(&machine).unwrap();
    probe.select_protocol(WireProtocol::Swd).unwrap();
    let found = probe.attach("auto", Permissions::default());
    assert!(found.is_err(), "QEMU's factory information registers hold no id");
}

#[test]
fn a_breakpoint_stops_the_program_and_stepping_goes_on_from_there() {
    let bench = Bench::new();
    let (_machine, mut session) = start(&bench);
    flash_program(&mut session);
    let mut core = session.core(0).unwrap();
    let stopped = core.reset_and_halt(LIMIT).unwrap();
    let mut vector = [0; 4];
    core.read(4, &mut vector).unwrap();
    let first = u64::from(u32::from_le_bytes(vector) & !1);
    assert_eq!(stopped.pc, first);
    core.set_hw_breakpoint(first).unwrap();
    core.step().unwrap();
    core.reset().unwrap();
    core.wait_for_core_halted(LIMIT).unwrap();
    let status = core.status().unwrap();
    assert!(
        matches!(
            status,
            CoreStatus::Halted(HaltReason::Breakpoint(BreakpointCause::Hardware | BreakpointCause::Unknown))
        ),
        "{status:?}"
    );
    assert_eq!(u64::from(core.read_core_reg::<u32>(RegisterId(15)).unwrap()), first);
}
