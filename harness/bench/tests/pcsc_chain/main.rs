//! A sale over the whole chain: terminal, slot, `pcsc`, pcscd, vpcd, and the card of a profile; and what is told where a link is missing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by a panic, and those of processes run in wall time"
)]

mod card;
mod chain;
#[path = "../scenario_files/desk.rs"]
mod desk;
mod foreign;
mod obstacles;
#[path = "../../../card/tests/pcsc/private.rs"]
mod private;

use libtest_mimic::{Arguments, Trial};

type Test = (&'static str, fn());

fn main() {
    let mut arguments = Arguments::from_args();
    // They share the one PC/SC that they have here.
    arguments.test_threads = Some(1);
    if !arguments.list {
        private::enter();
    }
    let tests = [chain::TESTS, foreign::TESTS, obstacles::TESTS].concat();
    let trial = |(name, test): Test| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&arguments, tests.into_iter().map(trial).collect()).exit();
}
