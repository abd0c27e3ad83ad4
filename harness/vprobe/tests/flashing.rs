//! Flashing through the unmodified probe-rs: erase, program and verify run on the emulated core.

mod board;

use std::io::Read;
use std::time::{Duration, Instant};

use board::{Bench, attach, attach_with, flash, image, registry};

const LIMIT: Duration = Duration::from_secs(2);

#[test]
fn a_flashed_program_runs_and_speaks_on_its_line() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    flash(&machine, &mut session, &image(4096));
    let done = session.core(0).unwrap().reset();
    assert!(done.is_ok(), "{done:?} {:?}", machine.take_probe_fault());
    let (mut line, _) = bench.uart0.accept().unwrap();
    line.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut byte = [0];
    line.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"P");
}

#[expect(clippy::disallowed_methods, reason = "real time is what is printed")]
#[test]
fn figures() {
    for kib in [64, 256] {
        let bench = Bench::new();
        let t = Instant::now();
        let machine = bench.start();
        let started = t.elapsed();
        let registry = registry();
        let t = Instant::now();
        let mut session = attach_with(&machine, &registry);
        let attached = t.elapsed();
        let t = Instant::now();
        flash(&machine, &mut session, &image(kib << 10));
        let flashed = t.elapsed();
        session.core(0).unwrap().reset_and_halt(LIMIT).unwrap();
        println!("start {started:?}, attach {attached:?}, flash and verify {kib} KiB {flashed:?}");
    }
}
