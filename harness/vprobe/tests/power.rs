//! What outlives the power, what does not, and what becomes of the process.

#![expect(clippy::unwrap_used, reason = "what does not work fails the test")]

mod board;

use std::path::PathBuf;
use std::time::Duration;

use board::{Bench, COUNTER, attach, flash, image, loader, open, process_exists};
use payrig_vprobe::{Machine, VprobeError};
use probe_rs::MemoryInterface;
use probe_rs::flashing::{DownloadOptions, FlashError};

const LIMIT: Duration = Duration::from_secs(10);

/// Whether the program runs. RAM is no sign by itself: a flash algorithm leaves something everywhere.
fn counts(machine: &Machine) -> bool {
    let first = machine.read_memory(COUNTER as u32, 4).unwrap();
    (0..100_000).any(|_| machine.read_memory(COUNTER as u32, 4).unwrap() != first)
}

#[test]
fn flash_outlives_a_power_cut_and_ram_does_not() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &image(20_000));
    session.core(0).unwrap().write_word_32(0x2000_3000, 0xDEAD_BEEF).unwrap();
    drop(session);
    machine.power_off().unwrap();

    let machine = bench.start();
    assert_eq!(machine.read_memory(0, 20_000).unwrap(), image(20_000));
    assert_eq!(machine.read_memory(0x2000_3000, 4).unwrap(), [0; 4]);
    assert!(!machine.is_running().unwrap(), "held in reset until told to run");
    machine.run().unwrap();
    assert!(counts(&machine));
}

#[test]
fn a_freshly_flashed_board_runs_when_told_to_even_with_the_debugger_attached() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &image(2000));
    assert!(!machine.is_running().unwrap());
    machine.run().unwrap();
    assert!(counts(&machine));
    machine.hold().unwrap();
    assert!(!machine.is_running().unwrap());
    drop(session);
    machine.run().unwrap();
    assert!(counts(&machine));
}

#[test]
fn a_debugger_that_leaves_lets_a_started_program_run_on() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &image(2000));
    drop(session);
    assert!(!machine.is_running().unwrap(), "nobody started it yet");
    machine.run().unwrap();
    let mut session = attach(&machine);
    session.core(0).unwrap().halt(LIMIT).unwrap();
    assert!(!machine.is_running().unwrap());
    drop(session);
    assert!(counts(&machine));
}

#[test]
fn the_flash_file_holds_the_image_when_flashing_has_ended() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &image(20_000));
    session.core(0).unwrap().reset_and_halt(LIMIT).unwrap();
    let file = std::fs::read(bench.flash_file()).unwrap();
    assert_eq!(file.len(), 1 << 20);
    assert_eq!(file[..20_000], image(20_000));
    assert!(file[32_768..].iter().all(|b| *b == 0xFF));
}

#[test]
fn a_flipped_byte_is_caught_by_verify() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    let image = image(20_000);
    flash(&machine, &mut session, &image);
    loader(&session, &image).verify(&mut session, &mut Default::default()).unwrap();
    drop(session);
    machine.power_off().unwrap();

    let mut file = std::fs::read(bench.flash_file()).unwrap();
    file[12_345] ^= 0x10;
    std::fs::write(bench.flash_file(), file).unwrap();
    let machine = bench.start();
    let mut session = attach(&machine);
    let verdict = loader(&session, &image).verify(&mut session, &mut Default::default());
    assert!(matches!(verdict, Err(FlashError::Verify)), "{verdict:?}");
}

#[test]
fn programming_without_erasing_is_caught_by_verify() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &image(4096));
    let mut options = DownloadOptions::default();
    options.verify = true;
    options.skip_erase = true;
    let other: Vec<u8> = image(4096).iter().map(|b| !b).collect();
    let verdict = loader(&session, &other).commit(&mut session, options);
    assert!(matches!(verdict, Err(FlashError::Verify)), "{verdict:?}");
}

#[test]
fn battery_backed_ram_outlives_a_power_cut() {
    let bench = Bench::new();
    let mut config = bench.config();
    let battery = bench.dir.path().join("battery,with comma.bin");
    config.battery_ram = Some(battery.clone());
    let machine = Machine::start(config.clone()).unwrap();
    attach(&machine).core(0).unwrap().write_word_32(0x2100_0010, 0x1234_5678).unwrap();
    machine.power_off().unwrap();
    assert_eq!(std::fs::metadata(&battery).unwrap().len(), 16 << 20);
    let machine = Machine::start(config).unwrap();
    assert_eq!(machine.read_memory(0x2100_0010, 4).unwrap(), 0x1234_5678_u32.to_le_bytes());
}

#[test]
fn switching_off_leaves_no_process_and_no_socket() {
    let bench = Bench::new();
    let machine = bench.start();
    let (pid, probe) = (machine.pid(), bench.dir.path().join("probe"));
    assert!(process_exists(pid) && probe.exists());
    drop(machine);
    assert!(!process_exists(pid) && !probe.exists());
}

#[test]
fn a_qemu_that_dies_is_reported_with_its_status() {
    let bench = Bench::new();
    let machine = bench.start();
    let (sender, receiver) = std::sync::mpsc::channel();
    machine.on_exit(move |exit| sender.send(exit.clone()).unwrap());
    let pid = rustix::process::Pid::from_raw(machine.pid() as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let exit = receiver.recv_timeout(LIMIT).unwrap();
    assert!(!exit.expected);
    assert!(!machine.is_alive());
    let error = machine.run().unwrap_err();
    assert!(matches!(error, VprobeError::QemuExited(_)), "{error}");
}

#[test]
fn a_debugger_on_a_board_that_is_off_gets_errors_and_does_not_hang() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    machine.power_off().unwrap();
    assert!(session.core(0).is_err());
}

#[test]
fn a_second_debugger_is_told_that_the_probe_is_in_use() {
    let bench = Bench::new();
    let machine = bench.start();
    let first = attach(&machine);
    let refused = open(&machine).map(|_| ()).unwrap_err();
    assert!(format!("{refused:?}").contains("probe in use"), "{refused:?}");
    drop(first);
    attach(&machine);
}

/// probe-rs closes a connection when it comes to it.
#[test]
fn a_debugger_that_comes_before_the_last_one_has_gone_gets_the_probe() {
    let bench = Bench::new();
    let machine = bench.start();
    let first = attach(&machine);
    let (_stays, leaves) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            leaves.recv_timeout(Duration::from_millis(200)).unwrap_err();
            drop(first);
        });
        attach(&machine);
    });
}

#[test]
fn two_boards_stand_side_by_side() {
    let (left, right) = (Bench::new(), Bench::new());
    let (left_machine, right_machine) = (left.start(), right.start());
    let (mut left_session, mut right_session) = (attach(&left_machine), attach(&right_machine));
    flash(&left_machine, &mut left_session, &image(2000));
    left_session.core(0).unwrap().reset().unwrap();
    assert!(counts(&left_machine));
    assert_eq!(right_machine.read_memory(0, 64).unwrap(), [0xFF; 64]);
    flash(&right_machine, &mut right_session, &image(3000));
    right_session.core(0).unwrap().reset().unwrap();
    assert!(counts(&right_machine));
    drop(left_session);
    left_machine.power_off().unwrap();
    assert!(right_machine.is_running().unwrap());
}

#[test]
fn a_blank_board_locks_up_without_taking_qemu_with_it() {
    let bench = Bench::new();
    let machine = bench.start();
    machine.run().unwrap();
    assert!(!machine.is_running().unwrap());
    let mut session = attach(&machine);
    flash(&machine, &mut session, &image(2000));
    session.core(0).unwrap().reset().unwrap();
    assert!(counts(&machine));
}

#[test]
fn a_missing_emulator_is_named_with_what_installs_it() {
    let bench = Bench::new();
    let mut config = bench.config();
    config.qemu_binary = PathBuf::from("qemu-system-nowhere");
    let text = Machine::start(config).unwrap_err().to_string();
    assert_eq!(
        text,
        "cannot find `qemu-system-nowhere`: the emulated board needs QEMU for Arm; `ci/setup` installs it"
    );
}

#[test]
fn a_missing_working_folder_is_not_taken_for_a_missing_emulator() {
    let bench = Bench::new();
    let mut config = bench.config();
    config.work_dir = bench.dir.path().join("nowhere");
    let text = Machine::start(config).unwrap_err().to_string();
    assert!(text.ends_with("nowhere is no folder: the emulator needs one to work in"), "{text}");
    assert!(!bench.dir.path().join("probe").exists(), "the socket is taken away again");
}

#[test]
fn a_line_that_nobody_listens_on_is_named() {
    let bench = Bench::new();
    let mut config = bench.config();
    config.serials.push(bench.dir.path().join("nobody"));
    let text = Machine::start(config).unwrap_err().to_string();
    assert!(text.ends_with("nobody: listen there before the board is switched on"), "{text}");
}

#[test]
fn a_socket_path_that_is_too_long_is_refused_before_qemu_starts() {
    let bench = Bench::new();
    let mut config = bench.config();
    config.probe_socket = bench.dir.path().join("x".repeat(108));
    let text = Machine::start(config).unwrap_err().to_string();
    assert!(text.contains("at most 107 bytes"), "{text}");
}
