//! What ends a ceremony before its time keeps the old keys.

use std::time::Duration;

use rstest::rstest;

use super::secrecy::{assert_no_component, lines};
use super::steps::*;
use crate::bench::front_end::frame;
use crate::bench::scenario;
use crate::keys_and_batch::signed_on;
use crate::operator::*;

/// `OTHER` with what makes the combined key weak: both halves the same for DES, or nothing but parity bits.
const EQUAL_HALVES: &str = "3B58E6942D71CA0F01301CF093BA16B7";
const PARITY_ONLY: &str = "9C7B60B2F1492DE4A6129AD74F83F15D";
/// Components that leave the TMK to the other custodian alone.
const ZERO: &str = "00000000000000000000000000000000";
const ZERO_WITH_PARITY: &str = "01010101010101010101010001010101";

#[rstest]
#[case::first_kcv([ONE, "00000000", OTHER, "", ""], "E330", "Component KCV wrong", "component 1")]
#[case::second_kcv([ONE, "", OTHER, "00000000", ""], "E330", "Component KCV wrong", "component 2")]
#[case::kcvs_swapped([ONE, "other", OTHER, "", ""], "E330", "Component KCV wrong", "component 1")]
#[case::combined_kcv([ONE, "", OTHER, "", "00000000"], "E331", "TMK KCV wrong", "")]
#[case::nothing_typed(["", "", OTHER, "", ""], "E332", "Component length wrong", "0 of 32 digits")]
#[case::a_digit_missing(["9D7A61B3F0482CE5A7139BD64E82F05", "", OTHER, "", ""], "E332", "Component length wrong", "31 of 32 digits")]
#[case::half_a_component([ONE, "", "3B58E6942D71CA0F", "", ""], "E332", "Component length wrong", "16 of 32 digits")]
#[case::the_same_twice([ONE, "", ONE, "", ""], "E333", "Components are equal", "")]
#[case::equal_halves([ONE, "", EQUAL_HALVES, "", ""], "E334", "TMK is weak", "")]
#[case::first_is_zero([ZERO, "", OTHER, "", ""], "E334", "TMK is weak", "component 1")]
#[case::second_is_zero([ONE, "", ZERO, "", ""], "E334", "TMK is weak", "component 2")]
#[case::second_is_parity([ONE, "", ZERO_WITH_PARITY, "", ""], "E334", "TMK is weak", "component 2")]
#[case::zero_with_a_wrong_kcv([ZERO, "00000000", OTHER, "", ""], "E330", "Component KCV wrong", "component 1")]
#[case::all_zero([ONE, "", PARITY_ONLY, "", ""], "E334", "TMK is weak", "")]
fn a_fault_keeps_the_old_keys(
    #[case] typed: [&str; 5],
    #[case] fault: &'static str,
    #[case] cause: &'static str,
    #[case] detail: &'static str,
) {
    // What a case leaves out is right.
    let whole = |typed: &str| format!("{typed:0<32}");
    let right = entries(&whole(typed[0]), &whole(typed[2]));
    let entries: [String; 5] = std::array::from_fn(|at| match typed[at] {
        "" if at % 2 == 1 || at == 4 => right[at].clone(),
        "other" => right[3].clone(),
        typed => typed.into(),
    });
    scenario(async move {
        let memories = signed_on().await;
        let before = memories.ram_bytes();
        let mut powered = begin(&memories).await;
        enter(&powered, &entries);
        let screen = end(&mut powered).await;
        assert_eq!(id(&screen), fault);
        assert_eq!(&screen[1..7], ["TMK ceremony", cause, "Old TMK kept", "", detail, ""]);
        assert_eq!(screen[7], format!("Any key             {fault}"));
        assert_eq!(memories.ram_bytes(), before);
        powered.cut().await;
        assert_eq!(keys_after_boot(&memories).await, expected_kcvs());
        let components = [&entries[0], &entries[2]].map(|typed| bytes(&whole(typed)));
        assert_no_component(&components, &lines(&memories, &entries).await);
    });
}

#[test]
fn cancel_and_timeout_at_each_screen_keep_the_old_keys() {
    for (stop, done) in (0..5).flat_map(|done| [("Cancelled", done), ("Timeout", done)]) {
        scenario(async move {
            let memories = signed_on().await;
            let before = memories.ram_bytes();
            let mut powered = begin(&memories).await;
            let entries = entries(ONE, OTHER);
            enter(&powered, &entries[..done]);
            // In the middle of an entry.
            powered.panel.press(&entries[done][..5]);
            tokio::time::sleep(Duration::from_secs(1)).await;
            let start = tokio::time::Instant::now();
            if stop == "Cancelled" {
                powered.panel.press("\x1B");
            }
            let screen = end(&mut powered).await;
            let rows = ["TMK ceremony", stop, "Old TMK kept", "", "", "", "Any key             M407"];
            assert_eq!(screen[1..], rows, "{done} entries");
            let waited = start.elapsed().as_secs();
            assert_eq!(waited, if stop == "Timeout" { 119 } else { 0 }, "{done} entries");
            assert_eq!(memories.ram_bytes(), before);
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            assert_eq!(kcvs(&mut powered).await, expected_kcvs());
        });
    }
}

#[test]
fn the_tamper_switch_cuts_into_a_ceremony() {
    scenario(async {
        let memories = signed_on().await;
        let mut powered = begin(&memories).await;
        let entries = entries(ONE, OTHER);
        enter(&powered, &entries[..4]);
        powered.panel.see("M405").await;
        powered.front_end.put(&frame(0x02, &[1]));
        powered.panel.see_at_last("E900").await;
        powered.panel.press(&format!("{}\r", entries[4]));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(memories.ram_bytes()[..8192 - 16].iter().all(|byte| *byte == 0));
    });
}
