//! A tape of any rig is replayed by the simulated terminal without a difference, and a planted difference is found.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by its panic")]

mod cuts;
mod damaged;
mod determinism;
mod doctored;
mod planted;
mod records;
mod sessions;

use records::{Recorder, replay_alike};
use rstest::rstest;

#[rstest]
#[case::power_cut("power::keys-survive-a-power-cut", 2)]
#[case::reset("power::keys-survive-a-reset", 2)]
#[case::tamper("tamper::keys-are-erased", 2)]
#[case::cancelled("sign-on::cancelled", 1)]
#[case::network("sign-on::network-comes-back", 1)]
#[case::three("sign-on::three-in-a-row", 1)]
fn a_case_of_the_emulated_board_is_replayed(#[case] name: &str, #[case] boots: usize) {
    let replayed = replay_alike(&Recorder::on("qemu").play_named(name));
    assert_eq!((replayed.rig.as_str(), replayed.boots), ("qemu", boots));
    assert!(replayed.alike["panel"] > 1000 && replayed.alike["modem"] > 100, "{:?}", replayed.alike);
    // Nothing is left open where the terminal was left alone before it lost power.
    assert!(replayed.remarks.is_empty(), "{:?}", replayed.remarks);
}
