//! Two thousand sign-ons on a modem's line that is disturbed at random places, some of them in networks in which something is wrong
//! besides: the terminal gets over it or names a cause, never hangs, never loses a key, and signs on when line and network are good again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod disturbance;
mod scene;

use std::{cell::RefCell, collections::BTreeMap};

use payrig_network::Dialect;
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed, TestRunner},
};
use rstest::rstest;

use disturbance::{Disturbance, disturbances};
use scene::Scene;

/// Sign-ons in each test: there are four, so that they share the cores.
const DIALOGUES: u32 = 500;

/// The same dialogues in every run; `PROPTEST_RNG_SEED` draws others. What failed once is kept beside these files, and tried first.
fn config(seed: u64) -> Config {
    let base = Config { source_file: Some(file!()), ..Config::with_cases(DIALOGUES) };
    match base.rng_seed {
        RngSeed::Random => Config { rng_seed: RngSeed::Fixed(seed), ..base },
        RngSeed::Fixed(drawn) => Config { rng_seed: RngSeed::Fixed(drawn.wrapping_add(seed)), ..base },
    }
}

#[rstest]
#[case::sim800(Dialect::Sim800, 1)]
#[case::sim800_again(Dialect::Sim800, 2)]
#[case::ec20(Dialect::Ec20, 3)]
#[case::line_modem(Dialect::Hayes, 4)]
fn a_disturbed_line_is_survived(#[case] dialect: Dialect, #[case] seed: u64) {
    let scene = Scene::make(dialect);
    // About what an undisturbed sign-on carries in either direction: some disturbances come late or never.
    let bytes = if dialect == Dialect::Hayes { 0..250 } else { 0..900 };
    let shown = RefCell::new(BTreeMap::<String, u32>::new());
    let networks = prop_oneof![
        4 => Just(scene.good()),
        1 => select(scene.networks()),
    ];
    let attempts = (disturbances(bytes), networks, 1..u64::MAX);
    let held = TestRunner::new(config(seed)).run(&attempts, |(plan, network, seed)| {
        let failed = |finding| TestCaseError::fail(format!("{network:?}: {finding}"));
        let id = scene.hold(plan, &network, seed).map_err(failed)?;
        *shown.borrow_mut().entry(id).or_default() += 1;
        Ok(())
    });
    println!("{dialect}: {:?}", shown.borrow());
    held.unwrap_or_else(|failed| panic!("{failed}"));
    // Neither so little that nobody notices, nor so much that nothing comes through.
    let shown = shown.into_inner();
    let signed_on = shown.get("M111").copied().unwrap_or_default();
    assert!((DIALOGUES / 10..DIALOGUES * 9 / 10).contains(&signed_on) && shown.len() >= 5, "{shown:?}");
}

/// `AT+CIPSEND=167` that comes as `1167`: the module waits for a thousand bytes more than the terminal has, and takes every `AT` for them.
#[test]
fn a_module_that_waits_for_too_much_data_is_got_out_of_it() {
    let scene = Scene::make(Dialect::Sim800);
    let shown = scene.hold(vec![Disturbance::doubled(161)], &scene.good(), 1);
    assert_eq!(shown.unwrap(), "E201");
}
