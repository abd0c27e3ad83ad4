//! The power is cut in the middle of a change of keys: afterwards the terminal has the old keys or the new ones, each of them, and sells.
//!
//! On the simulated board at every await of the terminal's application, and behind every byte that it stores in its key store, in every key
//! scheme; on the emulated one at random moments.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod cut;
mod desk;

use std::fmt;

use cut::{Action, Cut, Ended, Keys, Moment};
use desk::Desk;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rstest::rstest;

#[rstest]
#[case::single("keyed-single", Action::SignOn)]
#[case::double("keyed-double", Action::SignOn)]
#[case::double_with_track("keyed", Action::SignOn)]
#[case::sm4("keyed-sm4", Action::SignOn)]
#[case::ceremony("keyed", Action::Ceremony)]
#[case::ceremony_under_sm4("keyed-sm4", Action::Ceremony)]
fn a_power_cut_at_any_await_leaves_the_old_keys_or_the_new(
    #[case] terminal: &'static str,
    #[case] action: Action,
) {
    let figures =
        Figures::of(&Desk::on("sim").sweep(|polls| Cut { action, terminal, at: Moment::Poll(polls) }));
    println!("{action:?} of `{terminal}`, at every await: {figures}");
    // Modem, connection, request, answer, key store and screen each have some; a ceremony's last key has the screen and the printer.
    figures.hold(if action == Action::SignOn { 15 } else { 2 });
}

#[rstest]
#[case::single("keyed-single", Action::SignOn)]
#[case::double("keyed-double", Action::SignOn)]
#[case::double_with_track("keyed", Action::SignOn)]
#[case::sm4("keyed-sm4", Action::SignOn)]
#[case::ceremony("keyed", Action::Ceremony)]
fn a_power_cut_behind_any_byte_of_the_key_store_leaves_the_old_keys_or_the_new(
    #[case] terminal: &'static str,
    #[case] action: Action,
) {
    let figures =
        Figures::of(&Desk::on("sim").sweep(|bytes| Cut { action, terminal, at: Moment::Stored(bytes) }));
    println!("{action:?} of `{terminal}`, behind every byte of the key store: {figures}");
    // Two copies of a set of keys.
    figures.hold(64);
}

#[test]
fn a_power_cut_at_fifty_random_moments_on_the_emulated_board_leaves_the_old_keys_or_the_new() {
    let mut random = ChaCha8Rng::seed_from_u64(50);
    let schemes = ["keyed", "keyed-single", "keyed-sm4", "keyed-double"];
    let cuts = (0..50).map(|number| {
        // The sign-on before it opened a data context as well, and took the longer for it.
        let at = Moment::Share(random.next_u32() % 1500);
        Cut { action: Action::SignOn, terminal: schemes[number % schemes.len()], at }
    });
    let figures = Figures::of(&Desk::on("qemu").play(cuts));
    println!("50 random moments of a sign-on on the emulated board: {figures}");
    assert_eq!(figures.cuts, 50);
    figures.hold(50);
}

/// How many cuts ended how.
#[derive(Default)]
struct Figures {
    cuts: usize,
    /// Behind the terminal's last moment: no cut.
    uncut: usize,
    old: usize,
    new: usize,
    /// Messages with a good MAC before the cuts, and after them.
    macs: [usize; 2],
    /// Cuts that had none before, or none after.
    without: usize,
}

impl Figures {
    fn of(ended: &[Ended]) -> Self {
        let mut figures = Self::default();
        for Ended { keys, was_cut, macs } in ended {
            *(if *was_cut { &mut figures.cuts } else { &mut figures.uncut }) += 1;
            *(if *keys == Keys::Old { &mut figures.old } else { &mut figures.new }) += 1;
            figures.macs.iter_mut().zip(macs).for_each(|(all, these)| *all += these);
            figures.without += usize::from(macs.contains(&0));
        }
        figures
    }

    /// A sweep that never found one of the two has cut in the wrong place, and one without MACs has proved nothing.
    fn hold(&self, at_least: usize) {
        assert!(self.cuts >= at_least && self.old > 0 && self.new > 0, "{self}");
        assert!(self.without == 0 && self.macs.iter().all(|macs| *macs > 0), "{self}");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cuts, uncut, old, new, macs: [before, after], .. } = self;
        write!(
            f,
            "{cuts} cuts and {uncut} behind the end: {old} with the old keys, {new} with the new; {before} good MACs before, {after} after"
        )
    }
}
