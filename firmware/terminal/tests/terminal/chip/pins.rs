//! The person's part: PINs that the card or the issuer checks, and a signature.

use rstest::rstest;

use super::card::Card;
use super::contacts::Protocol::{T0, T1};
use super::rig::*;
use crate::bench::{Memories, scenario};
use crate::operator::*;
use crate::stripe::rig::some;

/// Plaintext PIN by the card, and nothing else where it fails.
const BY_CARD: &str = "0100";
/// Online PIN.
const BY_ISSUER: &str = "0200";

#[test]
fn the_card_checks_the_pin() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        let log = hold(&mut powered, T1, Card::default().with_rules(BY_CARD));
        present(&mut powered, '2').await;
        let screen = powered.panel.see("M222").await;
        let expected = ["Sale", "CNY 12.34", "621234******1232", "PIN of the card", "", ""];
        assert_eq!(screen[1..7], expected);
        powered.panel.press("1111\r");
        powered.panel.see("M220").await;
        assert_eq!(powered.panel.see("M222").await[6], "Tries left 2");
        powered.panel.press("12\r");
        assert_eq!(id(&powered.panel.see_error().await), "E506");
        powered.panel.press("\r123456\r");
        assert_eq!(id(&outcome(&mut powered).await), "M222");
        let screen = loop {
            let screen = outcome(&mut powered).await;
            if id(&screen) != "M222" {
                break screen;
            }
        };
        assert_eq!(id(&screen), "M211");
        assert_eq!(log.borrow().iter().filter(|command| command[1] == 0x20).count(), 2);
        let asked = asked(&script);
        assert_eq!(some(&asked[0].1, [22, 26, 52]), ["052", "-", "-"]);
        assert!(asked[0].1[&55].contains("9F3403010002"), "CVM results");
        let printed = String::from_utf8_lossy(&powered.sent[3].borrow()).into_owned();
        assert!(!printed.contains("SIGNATURE"), "{printed}");
    });
}

/// TVR byte 3: cardholder verification failed, and why.
#[rstest]
#[case::exhausted(Card { tries: 0, counters: [(0x9F17, vec![0])].into(), ..Card::default() }, "", "80 00 A0 80 00")]
#[case::used_up(Card { tries: 1, ..Card::default() }, "1111\r", "80 00 A0 80 00")]
#[case::not_entered(Card::default(), "\r", "80 00 88 80 00")]
fn a_pin_that_fails_is_in_the_tvr(#[case] card: Card, #[case] keys: &'static str, #[case] tvr: &'static str) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        hold(&mut powered, T0, card.with_rules(BY_CARD));
        present(&mut powered, '2').await;
        if !keys.is_empty() {
            powered.panel.see("M222").await;
            powered.panel.press(keys);
        }
        powered.panel.see("M211").await;
        let data = asked(&script)[0].1[&55].clone();
        assert!(data.contains(&format!("9505{}", tvr.replace(' ', ""))), "{data}");
    });
}

#[rstest]
#[case::entered("1234\r", ["051", "12", "2600000000000000"], "80 00 04 80 00")]
#[case::not_entered("\r", ["052", "-", "-"], "80 00 88 80 00")]
fn the_issuer_checks_the_pin(
    #[case] keys: &'static str,
    #[case] fields: [&'static str; 3],
    #[case] tvr: &'static str,
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        hold(&mut powered, T1, Card::default().with_rules(BY_ISSUER));
        present(&mut powered, '2').await;
        assert_eq!(powered.panel.see("M203").await[3], "621234******1232");
        powered.panel.press(keys);
        powered.panel.see("M211").await;
        let sale = &asked(&script)[0].1;
        assert_eq!(some(sale, [22, 26, 53]), fields);
        assert_eq!(sale.contains_key(&52), fields[0] == "051");
        assert!(sale[&55].contains(&format!("9505{}", tvr.replace(' ', ""))), "{}", sale[&55]);
    });
}

#[test]
fn a_signature_is_printed_where_the_card_asks_for_it() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, _script) = ready(&memories, "").await;
        hold(&mut powered, T1, Card::default().with_rules("1E00"));
        present(&mut powered, '2').await;
        powered.panel.see("M211").await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let printed = String::from_utf8_lossy(&powered.sent[3].borrow()).into_owned();
        assert_eq!(printed.matches("SIGNATURE").count(), 1, "{printed}");
    });
}

/// Nothing has been asked of the card for money yet, and nothing is sent.
#[rstest]
#[case::cancelled(BY_CARD, "M222", "12\x1B", "Cancelled")]
#[case::nobody(BY_CARD, "M222", "1", "Timeout")]
#[case::cancelled_online(BY_ISSUER, "M203", "12\x1B", "Cancelled")]
fn nobody_enters_a_pin(
    #[case] rules: &'static str,
    #[case] shown: &'static str,
    #[case] keys: &'static str,
    #[case] expected: &'static str,
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        let log = hold(&mut powered, T1, Card::default().with_rules(rules));
        present(&mut powered, '2').await;
        powered.panel.see(shown).await;
        let began = tokio::time::Instant::now();
        powered.panel.press(keys);
        let screen = powered.panel.see("M212").await;
        assert_eq!(screen[3], expected);
        assert_eq!(began.elapsed().as_secs(), if expected == "Timeout" { 30 } else { 0 });
        assert_eq!((wanted(&log), script.host.asked()), (Vec::new(), Vec::new()));
        leave(&mut powered).await;
    });
}
