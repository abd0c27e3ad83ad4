//! What a debugger does on a board, through the unmodified probe-rs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what does not work fails the test")]

mod board;

use std::time::Duration;

use board::{Bench, COUNT, COUNTER, LOOP, RESET, attach, flash, image, programs};
use payrig_vprobe::Machine;
use probe_rs::rtt::{Rtt, ScanRegion};
use probe_rs::{BreakpointCause, Core, CoreStatus, HaltReason, MemoryInterface, RegisterId, Session};

const LIMIT: Duration = Duration::from_secs(5);

/// A board with the counting program, halted at its first instruction.
fn flashed(bench: &Bench) -> (Machine, Session) {
    let machine = bench.start();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &image(1024));
    let mut core = session.core(0).unwrap();
    core.reset_and_halt(LIMIT).unwrap();
    // RAM keeps what the flash algorithm left in it.
    core.write_word_32(COUNTER, 0).unwrap();
    drop(core);
    (machine, session)
}

fn register(core: &mut Core<'_>, id: u16) -> u32 {
    core.read_core_reg(RegisterId(id)).unwrap()
}

/// Looks again and again until `seen` holds; the board runs by itself meanwhile.
fn eventually(what: &str, mut seen: impl FnMut() -> bool) {
    for _ in 0..100_000 {
        if seen() {
            return;
        }
    }
    panic!("never seen: {what}");
}

#[test]
fn memory_is_written_and_read_in_every_width_at_every_alignment() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    let mut core = session.core(0).unwrap();
    let pattern: Vec<u8> = (0..5000_u32).map(|i| (i * 31 + i / 256) as u8).collect();
    for offset in 0..4_u64 {
        let address = 0x2000_03F0 + offset;
        core.write(address, &pattern).unwrap();
        let mut back = vec![0; pattern.len()];
        core.read(address, &mut back).unwrap();
        assert_eq!(back, pattern, "offset {offset}");
    }
    core.write_8(0x2000_0001, &[0xA1, 0xA2, 0xA3]).unwrap();
    core.write_16(0x2000_0006, &[0xB1B2, 0xC1C2]).unwrap();
    core.write_word_32(0x2000_000C, 0x1122_3344).unwrap();
    let bytes = machine.read_memory(0x2000_0001, 15).unwrap();
    assert_eq!(bytes[..3], [0xA1, 0xA2, 0xA3]);
    assert_eq!(bytes[5..9], [0xB2, 0xB1, 0xC2, 0xC1]);
    assert_eq!(bytes[11..], [0x44, 0x33, 0x22, 0x11]);
    assert_eq!(core.read_word_8(0x2000_0002).unwrap(), 0xA2);
    assert_eq!(core.read_word_16(0x2000_0008).unwrap(), 0xC1C2);
}

#[test]
fn the_core_and_its_peripherals_are_seen_as_they_are() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    let mut core = session.core(0).unwrap();
    assert_eq!(core.read_word_32(0xE000_ED00).unwrap() >> 4, 0x0410_FC24, "CPUID of a Cortex-M4");
    assert!(core.fpu_support().unwrap());
    // CMSDK APB UART, peripheral id 0x21 0xB8 (ARM DDI 0479, 4.3).
    assert_eq!(core.read_word_32(0x4000_4FE0).unwrap(), 0x21);
    assert_eq!(core.available_breakpoint_units().unwrap(), 6);
}

#[test]
fn reset_and_halt_stops_at_the_first_instruction() {
    let bench = Bench::new();
    let (machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    core.run().unwrap();
    eventually("counting", || core.read_word_32(COUNTER).unwrap() > 3);
    let stopped = core.reset_and_halt(LIMIT).unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Halted(HaltReason::Exception));
    assert_eq!(stopped.pc, u64::from(RESET));
    assert_eq!(register(&mut core, 13), 0x2000_1000);
    assert!(!machine.is_running().unwrap());
}

#[test]
fn run_halt_and_step_move_the_program_as_they_should() {
    let bench = Bench::new();
    let (_machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    assert_eq!(core.step().unwrap().pc, u64::from(RESET + 2));
    assert_eq!(register(&mut core, 0), 0x4000_4000);
    assert_eq!(core.step().unwrap().pc, u64::from(RESET + 4));
    assert_eq!(register(&mut core, 1), 16);
    core.run().unwrap();
    eventually("counting", || core.read_word_32(COUNTER).unwrap() > 100);
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
    let pc = core.halt(LIMIT).unwrap().pc as u32;
    assert!((LOOP..COUNT + 4).contains(&pc), "{pc:#x}");
    assert_eq!(core.status().unwrap(), CoreStatus::Halted(HaltReason::Request));
    let stands = core.read_word_32(COUNTER).unwrap();
    assert_eq!(core.read_word_32(COUNTER).unwrap(), stands);
}

#[test]
fn a_hardware_breakpoint_stops_every_round_until_it_is_cleared() {
    let bench = Bench::new();
    let (_machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    core.set_hw_breakpoint(u64::from(COUNT)).unwrap();
    for round in 1..=3 {
        core.run().unwrap();
        core.wait_for_core_halted(LIMIT).unwrap();
        assert_eq!(register(&mut core, 15), COUNT);
        assert_eq!(register(&mut core, 4), round);
    }
    let status = core.status().unwrap();
    assert!(matches!(status, CoreStatus::Halted(HaltReason::Breakpoint(_))), "{status:?}");
    core.clear_hw_breakpoint(u64::from(COUNT)).unwrap();
    core.run().unwrap();
    eventually("counting", || core.read_word_32(COUNTER).unwrap() > 10);
}

#[test]
fn a_breakpoint_set_while_the_core_runs_is_hit() {
    let bench = Bench::new();
    let (_machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    core.run().unwrap();
    core.set_hw_breakpoint(u64::from(LOOP)).unwrap();
    core.wait_for_core_halted(LIMIT).unwrap();
    assert_eq!(register(&mut core, 15), LOOP);
}

#[test]
fn a_bkpt_instruction_halts_the_core_and_is_stepped_over() {
    let bench = Bench::new();
    let (_machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    // bkpt #0; movs r0, #7; b .
    core.write(0x2000_0800, &[0x00, 0xBE, 0x07, 0x20, 0xFE, 0xE7]).unwrap();
    core.write_core_reg(RegisterId(15), 0x2000_0800_u32).unwrap();
    core.run().unwrap();
    core.wait_for_core_halted(LIMIT).unwrap();
    assert_eq!(register(&mut core, 15), 0x2000_0800);
    let status = core.status().unwrap();
    assert!(
        matches!(
            status,
            CoreStatus::Halted(HaltReason::Breakpoint(BreakpointCause::Software | BreakpointCause::Unknown))
        ),
        "{status:?}"
    );
    core.step().unwrap();
    core.step().unwrap();
    assert_eq!((register(&mut core, 15), register(&mut core, 0)), (0x2000_0804, 7));
}

#[test]
fn a_bkpt_deep_in_the_program_halts_the_core_round_by_round() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &programs::stopper());
    let mut core = session.core(0).unwrap();
    core.reset().unwrap();
    for round in 1..=3 {
        core.wait_for_core_halted(LIMIT).unwrap();
        assert_eq!(register(&mut core, 15), programs::STOPPER_BKPT);
        assert_eq!(register(&mut core, 5), round, "no other BKPT, and no HardFault, which would begin anew");
        assert_eq!(register(&mut core, 16) & 0x1FF, 0, "in no exception");
        core.run().unwrap();
    }
}

#[test]
fn every_core_register_keeps_what_is_written() {
    let bench = Bench::new();
    let (_machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    let general = (0..=12).chain([14]);
    // S0 to S31.
    let floating = 64..96;
    for id in general.clone().chain(floating.clone()) {
        core.write_core_reg(RegisterId(id), 0xC0DE_0000 | u32::from(id)).unwrap();
    }
    // FPSCR: the rounding mode can be written.
    core.write_core_reg(RegisterId(33), 0x00C0_0000_u32).unwrap();
    assert_eq!(register(&mut core, 33), 0x00C0_0000);
    core.write_core_reg(RegisterId(13), 0x2000_0F00_u32).unwrap();
    core.write_core_reg(RegisterId(15), 0x0000_0054_u32).unwrap();
    for id in general.chain(floating) {
        assert_eq!(register(&mut core, id), 0xC0DE_0000 | u32::from(id), "register {id}");
    }
    assert_eq!((register(&mut core, 13), register(&mut core, 15)), (0x2000_0F00, 0x54));
    assert_eq!(register(&mut core, 17), 0x2000_0F00, "the main stack pointer is the one in use");
    assert_ne!(register(&mut core, 16) & (1 << 24), 0, "xPSR says Thumb");
}

#[test]
fn memory_is_read_while_the_core_runs() {
    let bench = Bench::new();
    let (machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    core.run().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    eventually("the counter at five values", || {
        let now = core.read_word_32(COUNTER).unwrap();
        let later = machine.read_memory(COUNTER as u32, 4).unwrap();
        assert!(u32::from_le_bytes(later.try_into().unwrap()) >= now);
        seen.insert(now);
        seen.len() >= 5
    });
    assert!(machine.is_running().unwrap());
}

#[test]
fn a_reset_by_the_program_is_counted_and_caught() {
    let bench = Bench::new();
    let (machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    // ldr r0, =AIRCR; ldr r1, =VECTKEY | SYSRESETREQ; str r1, [r0]; b .
    let code = [0x02, 0x48, 0x03, 0x49, 0x01, 0x60, 0xFE, 0xE7, 0, 0, 0, 0];
    core.write(0x2000_0800, &code).unwrap();
    core.write(0x2000_080C, &[0x0C, 0xED, 0x00, 0xE0, 0x04, 0x00, 0xFA, 0x05]).unwrap();
    core.enable_vector_catch(probe_rs::VectorCatchCondition::CoreReset).unwrap();
    core.write_core_reg(RegisterId(15), 0x2000_0800_u32).unwrap();
    core.run().unwrap();
    core.wait_for_core_halted(LIMIT).unwrap();
    assert_eq!(machine.guest_resets().unwrap(), 1);
    assert_eq!(core.status().unwrap(), CoreStatus::Halted(HaltReason::Exception));
    assert_eq!(register(&mut core, 15), RESET);
}

#[test]
fn a_reset_by_the_program_is_told_to_a_debugger_that_does_not_catch_it() {
    let bench = Bench::new();
    let (machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    core.write(0x2000_0800, &[0x02, 0x48, 0x03, 0x49, 0x01, 0x60, 0xFE, 0xE7, 0, 0, 0, 0]).unwrap();
    core.write(0x2000_080C, &[0x0C, 0xED, 0x00, 0xE0, 0x04, 0x00, 0xFA, 0x05]).unwrap();
    core.write_core_reg(RegisterId(15), 0x2000_0800_u32).unwrap();
    // S_RESET_ST of DHCSR; a read clears it.
    core.read_word_32(0xE000_EDF0).unwrap();
    assert_eq!(core.read_word_32(0xE000_EDF0).unwrap() >> 25 & 1, 0);
    // Without probe-rs's own look at the status, which would clear the bit.
    core.write_word_32(0xE000_EDF0, 0xA05F_0001).unwrap();
    eventually("the reset", || core.read_word_32(0xE000_EDF0).unwrap() >> 25 & 1 == 1);
    assert_eq!(machine.guest_resets().unwrap(), 1);
    eventually("counting", || core.read_word_32(COUNTER).unwrap() > 3);
}

#[test]
fn rtt_is_read_while_the_core_runs() {
    let bench = Bench::new();
    let (_machine, mut session) = flashed(&bench);
    let mut core = session.core(0).unwrap();
    // A control block as the SEGGER RTT documentation lays it out: one up channel of 16 bytes, 5 written.
    let mut block = b"SEGGER RTT\0\0\0\0\0\0".to_vec();
    let words: [u32; 8] = [1, 0, 0x2000_2040, 0x2000_2080, 16, 5, 0, 0];
    block.extend(words.iter().flat_map(|w| w.to_le_bytes()));
    core.write(0x2000_2000, &block).unwrap();
    core.write(0x2000_2040, b"log\0").unwrap();
    core.write(0x2000_2080, b"hello").unwrap();
    core.run().unwrap();
    let mut rtt = Rtt::attach_region(&mut core, &ScanRegion::Exact(0x2000_2000)).unwrap();
    let mut buffer = [0; 16];
    let n = rtt.up_channel(0).unwrap().read(&mut core, &mut buffer).unwrap();
    assert_eq!(&buffer[..n], b"hello");
    assert_eq!(core.read_word_32(0x2000_2028).unwrap(), 5, "the read offset was moved on");
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
}
