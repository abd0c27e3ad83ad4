//! A card is pulled out at every command of a sale, at several characters of each, through the whole terminal: a word is said, what was not
//! approved is in force nowhere, and the terminal sells on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by its panic")]

mod till;

use std::collections::BTreeMap;

use payrig_card::chip::Place;
use rstest::rstest;

/// More commands than a sale has.
const COMMANDS: u32 = 24;

#[rstest]
fn a_card_may_be_pulled_out_anywhere(
    #[values("unionpay-credit", "t1")] card: &str,
    #[values(1, 4, 9, 30)] character: u32,
) {
    let till = till::Till::new(card);
    let mut came: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for apdu in 0..COMMANDS {
        let outcome = till.sell_and_pull(Place { apdu, character }).unwrap_or_else(|finding| {
            panic!("{card}, pulled out at command {apdu}, character {character}: {finding}")
        });
        came.entry(outcome).or_default().push(apdu);
    }
    // Whether none was pulled out, or all were, nothing was shown.
    assert!(came["card-removed"].len() > 6 && came["approved"].len() > 1, "{card}: {came:?}");
}
