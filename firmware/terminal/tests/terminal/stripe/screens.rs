//! Where a swipe is heard, and what the operator is told of a card that does not serve.

use std::time::Duration;

use rstest::rstest;

use super::rig::*;
use crate::bench::stripe::{flux, swipe, track_frame};
use crate::bench::{Memories, scenario};
use crate::operator::*;

#[test]
fn a_bad_read_is_said_and_the_next_swipe_is_taken() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, "double-with-track", "").await;
        for choice in ['2', '4'] {
            begin(&mut powered, choice).await;
            let mut harmed = flux(CARD, 847);
            let lost = harmed.remove(100);
            harmed[100] += lost;
            for bad in [
                track_frame(2, &harmed),
                track_frame(1, &[151; 600]),
                track_frame(2, &flux(CARD, 847)[..200]),
            ] {
                powered.panel.press("62");
                powered.front_end.put(&bad);
                let screen = powered.panel.see_error().await;
                let title = if choice == '2' { "Sale" } else { "Balance" };
                assert_eq!(screen[1..6], [title, "Card not read", "Swipe it again", "", ""]);
                assert_eq!(id(&screen), "E507");
                powered.panel.press("\r");
                assert_eq!(powered.panel.see("M201").await[4], "");
            }
            swipe_to_pin(&mut powered, CARD, "").await;
            powered.panel.press("\x1B");
            powered.panel.see("M212").await;
            powered.panel.press("\r");
            powered.panel.see("M100").await;
        }
        assert!(script.host.requests.borrow().is_empty());
    });
}

#[rstest]
#[case("201")]
#[case("620")]
fn a_chip_card_s_stripe_does_not_serve(#[case] service_code: &'static str) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, "double-with-track", "").await;
        begin(&mut powered, '2').await;
        powered.front_end.put(&swipe(&format!("6212345678901232D3012{service_code}123"), ""));
        let screen = powered.panel.see_error().await;
        assert_eq!(screen[1..6], ["Sale", "Insert the chip card", "", "", ""]);
        assert_eq!(id(&screen), "E509");
        powered.panel.press("\r");
        assert_eq!(powered.panel.see("M201").await[4], "");
        // Another card, whose number is typed: nothing of the stripe goes with it.
        powered.panel.press("6212345678901232\r1230\r\r");
        powered.panel.see("M211").await;
        assert_eq!(some(&asked(&script)[0].1, [22, 35, 53]), ["012", "-", "-"]);
    });
}

#[test]
fn in_chinese_the_operator_reads_chinese() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, _) = signed_on(&memories, "double-with-track", "language=zh\n").await;
        begin(&mut powered, '2').await;
        powered.front_end.put(&track_frame(2, &[400; 90]));
        assert_eq!(powered.panel.see("E507").await[2..4], ["读卡失败", "请重新刷卡"]);
        powered.panel.press("\r");
        powered.panel.see("M201").await;
        powered.front_end.put(&swipe("6212345678901232D3012201", ""));
        assert_eq!(powered.panel.see("E509").await[2], "请插入芯片卡");
    });
}

/// The keys up to each of the screens on which a swipe is nothing.
#[rstest]
#[case::menu("", "M100")]
#[case::amount("2", "M200")]
#[case::expiry("21234\r6212345678901232\r", "M202")]
#[case::pin("21234\r6212345678901232\r1230\r", "M203")]
#[case::voucher("3", "M204")]
#[case::records("5", "M241")]
fn elsewhere_a_swipe_is_without_effect(#[case] keys: &'static str, #[case] screen: &'static str) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, "double-with-track", "").await;
        powered.panel.press(keys);
        if !keys.is_empty() {
            powered.panel.see(screen).await;
        }
        powered.front_end.put(&swipe(CARD, THIRD));
        powered.front_end.put(&track_frame(2, &flux(CARD, 847)));
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(powered.panel.is_quiet());
        assert!(script.host.requests.borrow().is_empty());
    });
}

/// On the error screen too, and what it would have been is not kept for M201.
#[test]
fn a_swipe_on_an_error_is_without_effect() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, _) = signed_on(&memories, "double-with-track", "").await;
        begin(&mut powered, '2').await;
        powered.front_end.put(&track_frame(2, &[400; 90]));
        powered.panel.see_error().await;
        powered.front_end.put(&swipe(CARD, ""));
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(powered.panel.is_quiet());
        powered.panel.press("\r");
        powered.panel.see("M201").await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(powered.panel.is_quiet());
    });
}

/// A swipe needs no key, and keys while it comes take nothing from it.
#[test]
fn a_key_in_the_middle_of_a_swipe_does_not_matter() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, _) = signed_on(&memories, "double-with-track", "").await;
        begin(&mut powered, '4').await;
        let frames = swipe(CARD, "");
        let (first, rest) = frames.split_at(frames.len() / 2);
        powered.front_end.put(first);
        powered.panel.press("99");
        powered.panel.see("M201").await;
        powered.front_end.put(rest);
        assert_eq!(powered.panel.see("M203").await[3], "621234******1232");
    });
}
