//! No QEMU outlives its harness, and no stranger on the probe's socket disturbs the next debugger.

mod board;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use board::{Bench, attach};
use probe_rs::MemoryInterface;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags};

/// Set in the process that [`a_killed_harness_takes_qemu_with_it`] kills.
const VICTIM: &str = "PAYRIG_VPROBE_TEST_VICTIM";

#[test]
fn a_killed_harness_takes_qemu_with_it() {
    if std::env::var_os(VICTIM).is_some() {
        let bench = Bench::new();
        let machine = bench.start();
        println!("qemu={}", machine.pid());
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut harness = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_harness_takes_qemu_with_it", "--nocapture"])
        .env(VICTIM, "1")
        .env("TMPDIR", dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(harness.stdout.take().unwrap());
    let pid = said.lines().find_map(|l| l.unwrap().split_once("qemu=")?.1.parse::<i32>().ok()).unwrap();
    let qemu = rustix::process::pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()).unwrap();
    harness.kill().unwrap();
    harness.wait().unwrap();
    let limit = Timespec { tv_sec: 20, tv_nsec: 0 };
    let ended = rustix::event::poll(&mut [PollFd::new(&qemu, PollFlags::IN)], Some(&limit)).unwrap();
    assert_eq!(ended, 1, "QEMU still runs");
}

#[test]
fn a_socket_that_a_killed_harness_left_behind_is_taken_over_and_a_live_one_is_not() {
    let bench = Bench::new();
    drop(std::os::unix::net::UnixListener::bind(bench.dir.path().join("probe")).unwrap());
    let machine = bench.start();
    attach(&machine);
    let text = payrig_vprobe::Machine::start(bench.config()).unwrap_err().to_string();
    assert!(text.contains("another board serves its probe there"), "{text}");
    attach(&machine);
}

#[test]
fn noise_on_the_probes_socket_ends_that_connection_only() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut seed = 1_u32;
    for length in [1_usize, 5, 300, 70_000] {
        let noise: Vec<u8> = (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect();
        let mut stranger = UnixStream::connect(bench.dir.path().join("probe")).unwrap();
        // The probe may have hung up already.
        let _refused = stranger.write_all(&noise);
        drop(stranger);
        attach(&machine).core(0).unwrap().write_word_32(0x2000_0000, 7).unwrap();
    }
}

#[test]
fn a_debugger_can_leave_and_come_back_at_once() {
    let bench = Bench::new();
    let machine = bench.start();
    for round in 0..20_u32 {
        let mut session = attach(&machine);
        let mut core = session.core(0).unwrap();
        // A write into the flash makes the probe save it when the debugger leaves.
        core.write_word_32(0x400, round).unwrap();
        assert_eq!(core.read_word_32(0x400).unwrap(), round);
    }
    machine.power_off().unwrap();
    assert_eq!(std::fs::read(bench.flash_file()).unwrap()[0x400..0x404], 19_u32.to_le_bytes());
}
