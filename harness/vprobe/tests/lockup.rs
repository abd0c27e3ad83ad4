//! A program whose fault handler faults. QEMU does not survive that; the board does.

#![expect(clippy::unwrap_used, reason = "what does not work fails the test")]

mod board;

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use board::{Bench, COUNTER, attach, flash, image, programs};
use payrig_vprobe::Machine;
use probe_rs::{CoreStatus, HaltReason, MemoryInterface, RegisterId};

const LIMIT: Duration = Duration::from_secs(10);

/// A board in lockup, and its line.
fn locked_up(bench: &Bench) -> (Machine, std::os::unix::net::UnixStream) {
    let machine = bench.start();
    let (mut line, _) = bench.uart0.accept().unwrap();
    line.set_read_timeout(Some(LIMIT)).unwrap();
    flash(&machine, &mut attach(&machine), &programs::lockup());
    machine.run().unwrap();
    let lockup = machine.wait_lockup(0, LIMIT).unwrap();
    println!("{lockup}");
    let mut byte = [0];
    line.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"L");
    (machine, line)
}

#[test]
fn a_lockup_is_reported_with_the_registers_and_ends_nothing() {
    let bench = Bench::new();
    let (machine, _line) = locked_up(&bench);
    let lockup = machine.last_lockup().unwrap();
    assert!(lockup.cause.contains("HardFault"), "{lockup:?}");
    assert_eq!(lockup.registers.unwrap()[7], 0x1234_5678);
    assert_eq!(lockup.registers.unwrap()[15], programs::BASE + 0x14);
    assert!(machine.is_alive() && machine.exit().is_none());
    assert!(!machine.is_running().unwrap());
    assert_eq!(machine.lockups(), 1);
}

#[test]
fn a_debugger_sees_the_lockup_the_flash_and_the_registers() {
    let bench = Bench::new();
    let (machine, _line) = locked_up(&bench);
    let mut session = attach(&machine);
    let mut core = session.core(0).unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::LockedUp);
    assert_eq!(machine.read_memory(0, programs::lockup().len()).unwrap(), programs::lockup());
    core.halt(LIMIT).unwrap();
    assert!(matches!(core.status().unwrap(), CoreStatus::Halted(HaltReason::Request)));
    assert_eq!(core.read_core_reg::<u32>(RegisterId(7)).unwrap(), 0x1234_5678);
    assert_eq!(core.read_core_reg::<u32>(RegisterId(15)).unwrap(), 0xFFFF_FFFE);
}

#[test]
fn a_program_that_locks_up_under_the_debuggers_eyes_is_replaced_by_a_better_one() {
    let bench = Bench::new();
    let machine = bench.start();
    let (mut line, _) = bench.uart0.accept().unwrap();
    line.set_read_timeout(Some(LIMIT)).unwrap();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &programs::lockup());
    session.core(0).unwrap().reset().unwrap();
    let mut core = session.core(0).unwrap();
    let seen = (0..10_000).any(|_| core.status().unwrap() == CoreStatus::LockedUp);
    assert!(seen, "the debugger was never told");
    drop(core);

    flash(&machine, &mut session, &image(3000));
    session.core(0).unwrap().reset().unwrap();
    let mut said = [0; 2];
    line.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"LP", "both programs speak on one line");
    assert!((0..100_000).any(|_| session.core(0).unwrap().read_word_32(COUNTER).unwrap() > 5));
    drop(session);
    machine.power_off().unwrap();
    assert_eq!(std::fs::read(bench.flash_file()).unwrap()[..3000], image(3000));
}

#[test]
fn each_reset_locks_up_again_and_the_line_stays_connected() {
    let bench = Bench::new();
    let (machine, mut line) = locked_up(&bench);
    for before in 1..4 {
        // What is sent to a core that has locked up is lost.
        line.write_all(b"is anybody there?").unwrap();
        machine.reset().unwrap();
        machine.wait_lockup(before, LIMIT).unwrap();
        let mut byte = [0];
        line.read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"L");
    }
    assert_eq!(machine.lockups(), 4);
    line.set_nonblocking(true).unwrap();
    assert_eq!(line.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "neither data nor end");
    machine.power_off().unwrap();
    assert_eq!(line.read(&mut [0]).unwrap(), 0, "the power goes, and with it the line");
}

#[test]
fn battery_backed_ram_outlives_a_lockup() {
    let bench = Bench::new();
    let mut config = bench.config();
    config.battery_ram = Some(bench.dir.path().join("battery"));
    let machine = Machine::start(config).unwrap();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &programs::lockup());
    session.core(0).unwrap().write_word_32(0x2100_0020, 0xC0FF_EE00).unwrap();
    drop(session);
    machine.run().unwrap();
    machine.wait_lockup(0, LIMIT).unwrap();
    assert_eq!(machine.read_memory(0x2100_0020, 4).unwrap(), 0xC0FF_EE00_u32.to_le_bytes());
}
