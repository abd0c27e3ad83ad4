//! How long a debugger waits: attaching, flashing with verification, a byte over RTT there and back.
//!
//! `cargo bench -p payrig-vprobe` takes about a minute and a half. The numbers hold for an idle machine: QEMU, the probe and
//! the debugger share its cores.

#![expect(clippy::unwrap_used, reason = "what does not work ends the benchmark")]

#[path = "../tests/board/mod.rs"]
mod board;

use std::time::Duration;

use board::{Bench, attach_to, attach_with, flash, image, microbit_image, registry};
use criterion::{BatchSize, Criterion, SamplingMode, Throughput};
use payrig_vprobe::Machine;
use probe_rs::flashing::{ElfLoader, ElfOptions, download_file};
use probe_rs::rtt::Rtt;
use probe_rs::{Core, Session};

const MICROBIT: &str = "nRF51822_xxAA";
const LIMIT: Duration = Duration::from_secs(5);

fn attach(criterion: &mut Criterion) {
    let bench = Bench::new();
    let (machine, registry) = (bench.start(), registry());
    let mut group = criterion.benchmark_group("mps2-an386");
    group.measurement_time(Duration::from_secs(3));
    // The session is closed outside the measurement, and before the next one is opened.
    group.bench_function("attach", |b| {
        b.iter_batched(|| (), |()| attach_with(&machine, &registry), BatchSize::PerIteration);
    });
}

fn download(criterion: &mut Criterion, board: &str, machine: &Machine, session: &mut Session) {
    let mut group = criterion.benchmark_group(board);
    group.sample_size(10).sampling_mode(SamplingMode::Flat).warm_up_time(Duration::from_millis(500));
    for kib in [64, 256] {
        // The micro:bit's algorithm takes up to two seconds for 256 KiB, and ten samples are the least.
        group.measurement_time(Duration::from_secs(4 + kib as u64 / 16));
        let image = image(kib << 10);
        group.throughput(Throughput::Bytes(image.len() as u64));
        group.bench_function(format!("flash and verify {kib} KiB"), |b| {
            b.iter(|| flash(machine, session, &image))
        });
    }
}

fn flashing(criterion: &mut Criterion) {
    let registry = registry();
    let bench = Bench::new();
    let machine = bench.start();
    download(criterion, "mps2-an386", &machine, &mut attach_with(&machine, &registry));
    let bench = Bench::new();
    let machine = Machine::start(bench.microbit()).unwrap();
    download(criterion, "microbit", &machine, &mut attach_to(MICROBIT, &machine, &registry));
}

fn rtt(criterion: &mut Criterion) {
    let bench = Bench::new();
    let machine = Machine::start(bench.microbit()).unwrap();
    let mut session = attach_to(MICROBIT, &machine, &registry());
    download_file(&mut session, microbit_image(), ElfLoader(ElfOptions::default())).unwrap();
    let mut core = session.core(0).unwrap();
    // A control block that an earlier program left in RAM would be found first.
    core.reset_and_halt(LIMIT).unwrap();
    probe_rs::MemoryInterface::write(&mut core, 0x2000_0000, &[0; 0x4000]).unwrap();
    core.run().unwrap();
    let mut rtt = (0..1000).find_map(|_| Rtt::attach(&mut core).ok()).unwrap();
    // The greeting.
    while read(&mut rtt, &mut core) != Some(b'\n') {}
    let mut group = criterion.benchmark_group("microbit");
    group.measurement_time(Duration::from_secs(3));
    group.bench_function("RTT round trip of a byte", |b| {
        b.iter(|| {
            rtt.down_channel(0).unwrap().write(&mut core, b"?").unwrap();
            while read(&mut rtt, &mut core).is_none() {}
        });
    });
}

fn read(rtt: &mut Rtt, core: &mut Core<'_>) -> Option<u8> {
    let mut byte = [0];
    let length = rtt.up_channel(0).unwrap().read(core, &mut byte).unwrap();
    (length == 1).then_some(byte[0])
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    attach(&mut criterion);
    flashing(&mut criterion);
    rtt(&mut criterion);
    criterion.final_summary();
}
