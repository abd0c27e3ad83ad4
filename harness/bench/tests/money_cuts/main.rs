//! The power is cut in the middle of sales and voids: afterwards the books agree, wherever it was.
//!
//! On the simulated board at every await of the terminal's application, from the last key to the last byte of the receipt;
//! on the emulated one, where nobody counts awaits, at random moments. Of sales with a chip at every change of the journal: between two of
//! them the terminal keeps nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod chip;
mod cut;
mod desk;
mod tally;

use chip::Chip;
use cut::{Cut, Kind, Moment};
use desk::Desk;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rstest::rstest;
use tally::Figures;

/// What a host may do with a sale or void, by its behaviour, and whether all three outcomes must be among the cuts.
#[rstest]
#[case::as_it_should("normal")]
#[case::silent_after_booking("silent-after-booking")]
#[case::silent_before_booking("silent-before-booking")]
#[case::wrong_mac("wrong-mac")]
#[case::no_mac("no-mac")]
#[case::another_amount("wrong-amount")]
#[case::another_stan("wrong-stan")]
#[case::declined("declined-funds")]
#[case::answered_twice("twice")]
#[case::byte_by_byte("bytewise")]
#[case::answered_slowly("answer-after-2s")]
#[case::answered_late("answer-after-4s")]
#[case::closed_before_the_answer("close-before-answer")]
#[case::closed_within_the_answer("close-in-answer")]
#[case::closed_after_the_answer("close-after-answer")]
#[case::forgotten_sign_on("not-signed-on")]
#[case::mac_refused("mac-refused")]
#[case::pin_not_translated("pin-translation")]
fn a_power_cut_at_any_await_leaves_books_that_agree(
    #[case] behaviour: &str,
    #[values(Kind::Sale, Kind::Void)] kind: Kind,
) {
    let desk = Desk::on("sim");
    let mut figures = Figures::default();
    let mut next = 0;
    loop {
        let cuts: Vec<_> = (next..next + desk::AT_ONCE).map(Moment::Poll).collect();
        next += desk::AT_ONCE;
        let ended = desk.play(cuts.iter().map(|at| Cut { kind, behaviour: behaviour.to_owned(), at: *at }));
        figures.add(&ended);
        if ended.iter().any(|cut| !cut.was_cut) {
            break;
        }
    }
    println!("{kind:?} while the host is `{behaviour}`: {figures}");
    // Connection, request, answer, journal, screen and printer each have some.
    assert!(figures.cuts > 20, "{figures}");
    figures.hold(kind, behaviour);
}

/// A sale whose answer brings a script, the result of which the host is told, and one that the card declines, which is reversed.
#[rstest]
#[case::with_a_script(Chip::WithScript, "script-put-data")]
#[case::declined_by_the_card(Chip::Declines, "normal")]
fn a_power_cut_at_any_change_of_the_journal_leaves_a_chip_s_sale_old_or_new(
    #[case] chip: Chip,
    #[case] behaviour: &str,
) {
    let desk = Desk::on("sim");
    let mut figures = Figures::default();
    let mut next = 0;
    while figures.uncut == 0 {
        let cuts = (next..next + desk::AT_ONCE).map(|changes| Cut {
            kind: Kind::Chip(chip),
            behaviour: behaviour.to_owned(),
            at: Moment::Change(changes),
        });
        figures.add(&desk.play(cuts));
        next += desk::AT_ONCE;
    }
    println!("{chip:?} while the host is `{behaviour}`: {figures}");
    // The STAN, the entry as due, its end, each of them in several units.
    assert!(figures.cuts > 20, "{figures}");
    figures.hold_chip(chip);
}

#[test]
fn a_power_cut_at_thirty_random_moments_on_the_emulated_board_leaves_books_that_agree() {
    let desk = Desk::on("qemu");
    let mut random = ChaCha8Rng::seed_from_u64(30);
    let cuts = (0..30).map(|number| {
        // A sale takes about half as long again from its last key to the last byte of its receipt.
        let at = Moment::Share(random.next_u32() % 1700);
        let kind = if number % 2 == 0 { Kind::Sale } else { Kind::Void };
        let behaviour = if number % 3 == 2 { "silent-after-booking" } else { "normal" };
        Cut { kind, behaviour: behaviour.to_owned(), at }
    });
    let mut figures = Figures::default();
    figures.add(&desk.play(cuts));
    println!("30 random moments on the emulated board: {figures}");
    assert_eq!(figures.cuts + figures.uncut, 30);
    figures.hold_all_three();
}
