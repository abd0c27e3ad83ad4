//! Power cycles cost nothing that stays. Alone in its process, so that it can count.

mod board;

use board::{Bench, attach};
use probe_rs::MemoryInterface;

const CYCLES: usize = 30;

#[test]
fn power_cycles_leave_no_descriptors_and_no_threads_behind() {
    let count = |what: &str| std::fs::read_dir(format!("/proc/self/{what}")).unwrap().count();
    let bench = Bench::new();
    let cycle = || {
        let machine = bench.start();
        attach(&machine).core(0).unwrap().write_word_32(0x2000_0000, 1).unwrap();
        machine.power_off().unwrap();
    };
    cycle();
    let (descriptors, threads) = (count("fd"), count("task"));
    (0..CYCLES).for_each(|_| cycle());
    let after = (count("fd"), count("task"));
    println!(
        "{CYCLES} power cycles: descriptors {descriptors} to {}, threads {threads} to {}",
        after.0, after.1
    );
    // The last cycle's threads may still be on their way out.
    assert!(after.0 < descriptors + 4 && after.1 < threads + 4);
}
