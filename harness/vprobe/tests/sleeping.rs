//! A debugger and a program that sleeps: probe-rs steps once before it lets a core run, and a step of a sleeping core
//! hung, and with it the program.

#![expect(clippy::unwrap_used, reason = "what does not work fails the test")]

mod board;

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use board::{Bench, COUNTER, attach_with, flash, programs, registry};
use payrig_vprobe::Machine;
use probe_rs::{CoreStatus, MemoryInterface};

const LIMIT: Duration = Duration::from_secs(5);

/// A board whose program sleeps until a byte arrives on its line.
struct Asleep {
    machine: Machine,
    line: UnixStream,
    /// The bytes sent.
    sent: u32,
}

impl Asleep {
    fn new(bench: &Bench) -> Self {
        let machine = bench.start();
        let (line, _) = bench.uart0.accept().unwrap();
        let mut session = attach_with(&machine, &registry());
        flash(&machine, &mut session, &programs::sleeper());
        session.core(0).unwrap().write_word_32(COUNTER, u32::MAX).unwrap();
        drop(session);
        machine.run().unwrap();
        let asleep = Self { machine, line, sent: 0 };
        assert!(asleep.counts_to(0), "the program did not begin");
        asleep
    }

    fn counts_to(&self, count: u32) -> bool {
        let count = count.to_le_bytes();
        (0..100_000).any(|_| self.machine.read_memory(COUNTER as u32, 4).unwrap() == count)
    }

    /// Whether a byte on the line wakes the program.
    fn wakes(&mut self) -> bool {
        self.line.write_all(b"x").unwrap();
        self.sent += 1;
        self.counts_to(self.sent)
    }
}

#[test]
fn a_sleeping_program_wakes_after_each_of_many_debuggers() {
    let bench = Bench::new();
    let mut asleep = Asleep::new(&bench);
    assert!(asleep.wakes());
    let registry = registry();
    for round in 0..8 {
        let mut session = attach_with(&asleep.machine, &registry);
        let mut core = session.core(0).unwrap();
        assert_eq!(core.read_word_32(COUNTER).unwrap(), asleep.sent);
        if round % 2 == 1 {
            core.halt(LIMIT).unwrap();
            core.run().unwrap();
            assert_eq!(core.status().unwrap(), CoreStatus::Running, "round {round}");
        }
        drop(core);
        drop(session);
        assert!(asleep.wakes(), "asleep for ever after debugger {round}");
    }
}

#[test]
fn a_sleeping_core_is_stepped_instruction_by_instruction() {
    let bench = Bench::new();
    let mut asleep = Asleep::new(&bench);
    let mut session = attach_with(&asleep.machine, &registry());
    let mut core = session.core(0).unwrap();
    core.halt(LIMIT).unwrap();
    // cpsid, wfi, cpsie, b
    let sleeping = u64::from(programs::BASE) + 0x1A..u64::from(programs::BASE) + 0x22;
    for step in 0..20 {
        let pc = core.step().unwrap().pc;
        assert!(sleeping.contains(&pc), "step {step} ended at {pc:#x}");
    }
    core.run().unwrap();
    drop(core);
    drop(session);
    assert!(asleep.wakes());
}
