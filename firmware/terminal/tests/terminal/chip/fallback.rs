//! A chip that does not work, and the stripe that is taken in its place.

use rstest::rstest;

use super::card::Card;
use super::contacts::Protocol::T0;
use super::rig::*;
use crate::bench::stripe::swipe;
use crate::bench::{Memories, scenario};
use crate::operator::*;
use crate::stripe::rig::some;

/// A card with a chip: its service code begins with 2.
const WITH_CHIP: &str = "6212345678901232D30122019081726354453";
/// One without.
const WITHOUT_CHIP: &str = "6212345678901232D30121019081726354453";

#[rstest]
#[case::chip_card(WITH_CHIP, "2200051900052")]
#[case::another_card(WITHOUT_CHIP, "22000519000")]
fn the_stripe_is_taken_after_a_mute_chip(#[case] track: &'static str, #[case] field_60: &'static str) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        hold(&mut powered, T0, Card { is_mute: true, ..Card::default() });
        powered.panel.press("21234\r");
        powered.panel.see("M201").await;
        powered.front_end.put(&swipe(WITH_CHIP, ""));
        assert_eq!(id(&powered.panel.see_error().await), "E509", "there is a chip to be read");
        powered.panel.press("\r");
        powered.panel.see("M201").await;
        put(&powered, true);
        let screen = powered.panel.see_error().await;
        let rows = [id(&screen), &screen[2], &screen[3], &screen[4], &screen[5]];
        assert_eq!(rows, ["E540", "Chip not read", "Remove the card,", "then swipe it", "no ATR"]);
        powered.panel.press("\r");
        powered.panel.see("M201").await;
        // It is not read again.
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        assert!(powered.panel.is_quiet());
        powered.front_end.put(&swipe(track, ""));
        powered.panel.see("M203").await;
        powered.panel.press("\r");
        powered.panel.see("M211").await;
        let asked = asked(&script);
        assert_eq!(some(&asked[0].1, [22, 35, 55, 60]), ["022", track, "-", field_60]);
        leave(&mut powered).await;
        let printed = String::from_utf8_lossy(&powered.sent[3].borrow()).into_owned();
        let mark = if track == WITH_CHIP { " F\n" } else { " S\n" };
        assert_eq!(printed.matches(&format!("621234******1232{mark}")).count(), 2, "{printed}");
        // It was for that sale alone.
        powered.panel.press("21234\r");
        powered.panel.see("M201").await;
        powered.front_end.put(&swipe(WITH_CHIP, ""));
        assert_eq!(id(&powered.panel.see_error().await), "E509");
    });
}

/// A card that is put in anew is read anew.
#[test]
fn the_card_may_be_tried_again() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, _script) = ready(&memories, "").await;
        hold(&mut powered, T0, Card { is_mute: true, ..Card::default() });
        for _ in 0..2 {
            powered.panel.press("21234\r");
            powered.panel.see("M201").await;
            for _ in 0..2 {
                put(&powered, true);
                assert_eq!(id(&powered.panel.see_error().await), "E540");
                powered.panel.press("\r");
                powered.panel.see("M201").await;
                put(&powered, false);
            }
            powered.panel.press("\x1B");
            powered.panel.see("M212").await;
            powered.panel.press("\r");
            powered.panel.see("M100").await;
        }
    });
}
