//! Many boards at once, each with its own debugger.

#![expect(clippy::unwrap_used, reason = "what does not work fails the test")]

mod board;

use std::io::Write;
use std::time::Instant;

use board::{Bench, COUNTER, attach_with, flash, programs, registry};
use payrig_vprobe::Machine;
use probe_rs::{MemoryInterface, Session};

const BOARDS: u8 = 16;

struct Seat {
    number: u8,
    image: Vec<u8>,
    session: Session,
    machine: Machine,
    bench: Bench,
}

/// Does the same with every seat at once.
fn at_once(seats: &mut [Seat], act: impl Fn(&mut Seat) + Sync) {
    let act = &act;
    std::thread::scope(|scope| {
        for seat in seats {
            scope.spawn(move || act(seat));
        }
    });
}

fn flash_and_run(seat: &mut Seat) {
    flash(&seat.machine, &mut seat.session, &seat.image);
    let mut core = seat.session.core(0).unwrap();
    core.write_word_32(COUNTER, u32::MAX).unwrap();
    core.reset().unwrap();
}

/// None has another's program or another's line, none stands still.
fn check(seat: &mut Seat) {
    let Seat { number, machine, .. } = seat;
    let counts_to = |count: u32| {
        (0..100_000).any(|_| machine.read_memory(COUNTER as u32, 4).unwrap() == count.to_le_bytes())
    };
    assert!(counts_to(0), "board {number} does not begin");
    let (mut line, _) = seat.bench.uart0.accept().unwrap();
    line.write_all(&vec![b'x'; usize::from(*number) + 1]).unwrap();
    assert!(counts_to(u32::from(*number) + 1), "board {number} stands still");
    assert_eq!(machine.read_memory(0, seat.image.len()).unwrap(), seat.image);
}

#[expect(clippy::disallowed_methods, reason = "real time is what is printed")]
#[test]
fn sixteen_boards_are_flashed_run_and_read_at_once() {
    let registry = registry();
    let begin = Instant::now();
    let mut seats: Vec<Seat> = (0..BOARDS)
        .map(|number| {
            let bench = Bench::new();
            let machine = bench.start();
            let session = attach_with(&machine, &registry);
            let mut image = programs::sleeper();
            image.resize(16 << 10, number);
            Seat { number, image, session, machine, bench }
        })
        .collect();
    let attached = begin.elapsed();
    at_once(&mut seats, flash_and_run);
    at_once(&mut seats, check);
    println!(
        "{BOARDS} boards: started and attached in {attached:?}; flashed with 16 KiB each, run and read in {:?}",
        begin.elapsed() - attached
    );
}
