//! How long the shared sale frame takes, and what it allocates.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench, with macros that document nothing")]

#[path = "../tests/support/allocations.rs"]
mod allocations;
#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::Duration;

use allocations::{Counting, counted};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use payrig_iso8583::{ExplainOptions, explain, to_json};

#[global_allocator]
static COUNTING: Counting = Counting;

fn sale(criterion: &mut Criterion) {
    let cup = support::cup();
    let bytes = support::frame("sale_chip_constructed");
    let decoded = cup.decode(&bytes).unwrap();
    let view = || drop(black_box(cup.view(black_box(&bytes)).unwrap()));
    let decode = || drop(black_box(cup.decode(black_box(&bytes)).unwrap()));
    let encode = || drop(black_box(cup.encode(black_box(&decoded.frame)).unwrap()));
    let json = || drop(black_box(to_json(&cup, black_box(&decoded), false)));
    let explain =
        || drop(black_box(explain(&cup, black_box(&bytes), &ExplainOptions::default()).to_string()));

    let works: [(&str, &dyn Fn()); 5] =
        [("view", &view), ("decode", &decode), ("encode", &encode), ("json", &json), ("explain", &explain)];
    println!("the shared sale frame: {} bytes, {} fields", bytes.len(), decoded.frame.message.fields.len());
    for (name, work) in works {
        println!("{name:<8} {:>5} allocations", counted(work).0);
    }
    assert_eq!(counted(view).0, 0, "decode in place allocates nothing");

    let mut group = criterion.benchmark_group("sale");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    for (name, work) in works {
        group.bench_function(name, |bencher| bencher.iter(work));
    }
    group.finish();
}

criterion_group! {
    name = codec;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    targets = sale
}
criterion_main!(codec);
