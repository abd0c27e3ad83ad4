//! The sale, less what iso8583_rs cannot express, through both codecs: the same bytes in, the same bytes out.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench, with macros that document nothing")]

#[path = "../../tests/support/allocations.rs"]
mod allocations;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::Duration;

use allocations::{Counting, counted};
use criterion::measurement::{Measurement, WallTime};
use criterion::{Criterion, criterion_group, criterion_main};
use iso8583_rs::iso8583::iso_spec::{Spec, spec};
use payrig_iso8583::{Dialect, Frame};

#[global_allocator]
static COUNTING: Counting = Counting;

/// Counted in digits, or an odd number of them.
const NOT_EXPRESSED: [u8; 5] = [2, 22, 23, 35, 60];

const ROUNDS: usize = 200;
const CALLS: usize = 200;

fn their_spec() -> &'static Spec {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sale.yaml");
    // It reads its specification from the file that this variable names, and in no other way.
    // SAFETY: no other thread has been started.
    unsafe { std::env::set_var("SPEC_FILE", path) };
    spec("")
}

fn sale(cup: &Dialect) -> Frame {
    let mut frame = cup.decode(&support::frame("sale_chip_constructed")).unwrap().frame;
    frame.message.fields.retain(|number, _| !NOT_EXPRESSED.contains(number));
    frame
}

/// How many times as long `theirs` takes: the median of rounds in which both take turns.
fn ratio(ours: &dyn Fn(), theirs: &dyn Fn()) -> f64 {
    let timed = |work: &dyn Fn()| {
        let start = WallTime.start();
        (0..CALLS).for_each(|_| work());
        WallTime.to_f64(&WallTime.end(start))
    };
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| timed(theirs) / timed(ours)).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ROUNDS / 2]
}

fn side_by_side(criterion: &mut Criterion) {
    let theirs = their_spec();
    let cup = support::cup();
    let frame = sale(&cup);
    let bytes = cup.encode(&frame).unwrap();
    // The length in front is the transport's, to iso8583_rs. It takes a vector that it does not change.
    let body = || bytes[2..].to_vec();
    let parsed = theirs.parse(&mut body()).unwrap();
    assert_eq!(parsed.assemble().unwrap(), bytes[2..], "both write the same bytes");
    for (number, value) in &frame.message.fields {
        let text = parsed.bmp_child_value(u32::from(*number)).unwrap();
        assert_eq!(text.to_uppercase(), value.to_string(), "both read the same field {number}");
    }

    let body = std::cell::RefCell::new(body());
    let view = || drop(black_box(cup.view(black_box(&bytes)).unwrap()));
    let decode = || drop(black_box(cup.decode(black_box(&bytes)).unwrap()));
    let parse = || drop(black_box(theirs.parse(black_box(&mut body.borrow_mut())).unwrap()));
    let encode = || drop(black_box(cup.encode(black_box(&frame)).unwrap()));
    let assemble = || drop(black_box(black_box(&parsed).assemble().unwrap()));

    println!("a sale of {} bytes, {} fields", bytes.len(), frame.message.fields.len());
    let pairs: [(&str, &dyn Fn(), &dyn Fn()); 3] = [
        ("view / parse", &view, &parse),
        ("decode / parse", &decode, &parse),
        ("encode / assemble", &encode, &assemble),
    ];
    for (name, ours, theirs) in pairs {
        let (a, b) = (counted(ours).0, counted(theirs).0);
        let times = ratio(ours, theirs);
        println!("{name:<18} allocations {a:>3} / {b:>3}, iso8583_rs takes {times:.2} times as long");
    }

    let mut group = criterion.benchmark_group("side_by_side");
    group.bench_function("view", |b| b.iter(view));
    group.bench_function("decode", |b| b.iter(decode));
    group.bench_function("iso8583_rs parse", |b| b.iter(parse));
    group.bench_function("encode", |b| b.iter(encode));
    group.bench_function("iso8583_rs assemble", |b| b.iter(assemble));
    group.finish();
}

criterion_group! {
    name = both;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = side_by_side
}
criterion_main!(both);
