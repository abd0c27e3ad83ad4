//! Cards of ours through the machine's own PC/SC: client library, `pcscd`, `vpcd`, and back.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by a panic, and those of processes run in wall time"
)]

mod cardpeek;
mod cards;
mod emvtool;
mod foreign;
mod obstacles;
mod private;
mod relay;
mod speed;

use libtest_mimic::{Arguments, Trial};

type Test = (&'static str, fn());

fn main() {
    let mut arguments = Arguments::from_args();
    // They share the one PC/SC that they have here.
    arguments.test_threads = Some(1);
    if !arguments.list {
        private::enter();
    }
    let tests = [relay::TESTS, obstacles::TESTS, foreign::TESTS, emvtool::TESTS, cardpeek::TESTS].concat();
    let trial = |(name, test): Test| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let mut trials: Vec<_> = tests.into_iter().map(trial).collect();
    trials.extend(speed::TESTS.iter().map(|test| trial(*test).with_ignored_flag(true)));
    libtest_mimic::run(&arguments, trials).exit();
}
