//! How a sale with a chip ends, and what host, card and journal know of it then.

use rstest::rstest;

use super::card::Card;
use super::contacts::Protocol::{self, T0, T1};
use super::rig::*;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;
use crate::stripe::rig::some;

/// Shows the only record's state, from the menu back to it; nothing where there is none.
async fn state(powered: &mut Powered) -> String {
    powered.panel.press("5");
    let screen = powered.panel.next_screen().await;
    powered.panel.press("\x1B");
    powered.panel.see("M100").await;
    if id(&screen) == "M241" { String::new() } else { screen[6].clone() }
}

#[rstest]
fn the_host_declines_and_the_card_is_told(#[values(T0, T1)] protocol: Protocol) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        script.host.response_code.set(*b"51");
        let log = hold(&mut powered, protocol, Card::default());
        present(&mut powered, '2').await;
        let screen = outcome(&mut powered).await;
        assert_eq!([id(&screen), &screen[3], &screen[5]], ["E520", "Insufficient funds", "code 51"]);
        assert_eq!((wanted(&log), response_code(&log)), (vec![0x80, 0x00], "51".into()));
        leave(&mut powered).await;
        assert_eq!((mtis(&script), state(&mut powered).await), (vec!["0200".into()], String::new()));
    });
}

/// EMV has no second try with the same cryptogram: a wrong PIN is a decline, and so is what wants a sign-on, which
/// comes before the next transaction.
#[rstest]
#[case("55", false)]
#[case("77", true)]
#[case("A0", true)]
fn a_code_that_others_try_again_is_a_decline(#[case] code: &'static str, #[case] signs_on: bool) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "fresh-keys=accept\n").await;
        script.host.response_code.set(code.as_bytes().try_into().unwrap());
        hold(&mut powered, T1, Card::default());
        present(&mut powered, '2').await;
        assert_eq!(id(&outcome(&mut powered).await), "E520");
        leave(&mut powered).await;
        script.host.response_code.set(*b"00");
        for _ in 0..2 {
            assert_eq!(sell_typed(&mut powered).await, "M211");
        }
        let expected: &[&str] = if signs_on { &["0200", "0800", "0200", "0200"] } else { &["0200"; 3] };
        assert_eq!(script.host.asked(), *expected);
    });
}

#[test]
fn a_card_that_declines_at_once_asks_no_host() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        let log = hold(&mut powered, T0, Card { gives: vec![0x00], ..Card::default() });
        present(&mut powered, '2').await;
        let screen = outcome(&mut powered).await;
        let rows = [id(&screen), &screen[2], &screen[5], &screen[6]];
        assert_eq!(rows, ["E545", "Declined offline", "TVR 8000008000", ""]);
        assert_eq!(wanted(&log), [0x80]);
        leave(&mut powered).await;
        assert_eq!((script.host.asked(), state(&mut powered).await), (Vec::new(), String::new()));
    });
}

/// The reversal says what the card said last, and 06.
#[rstest]
fn a_card_that_declines_after_the_host_is_reversed(#[values(T0, T1)] protocol: Protocol) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        let log = hold(&mut powered, protocol, Card { gives: vec![0x80, 0x00], ..Card::default() });
        present(&mut powered, '2').await;
        let screen = outcome(&mut powered).await;
        let rows = [id(&screen), &screen[2], &screen[5], &screen[6]];
        assert_eq!(rows, ["E547", "Declined by the card", "TVR 8000008000", "To be reversed"]);
        assert_eq!((wanted(&log), response_code(&log)), (vec![0x80, 0x40], "00".into()));
        assert_eq!(leave(&mut powered).await[6], "Reversals due 1");
        assert_eq!(sell_typed(&mut powered).await, "M211");
        let asked = asked(&script);
        let [(_, sale), (mti, reversal), _] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(mti, "0400");
        let same = [2, 3, 4, 11, 14, 22, 23, 25, 41, 42, 49, 60];
        assert_eq!(some(reversal, same), some(sale, same));
        let data = "950580000080009F1E0831303031353730389F100A07010103A02000010A019F36020009";
        assert_eq!(some(reversal, [39, 55, 26, 35, 36, 52, 53]), ["06", data, "-", "-", "-", "-", "-"]);
    });
}

/// What the card approves alone is captured, is shown so, counts, and cannot be voided.
#[test]
fn a_card_approves_offline() {
    scenario(async {
        let memories = Memories::default();
        let offline = application("0000000000", "0000000000");
        let (mut powered, script) = ready_with(&memories, "", &offline).await;
        let log = hold(&mut powered, T1, Card::default());
        present(&mut powered, '2').await;
        let screen = outcome(&mut powered).await;
        assert_eq!([id(&screen), &screen[5], &screen[6]], ["M211", "approved offline", "BANK OF TESTS"]);
        assert_eq!(wanted(&log), [0x40]);
        leave(&mut powered).await;
        assert_eq!((script.host.asked(), state(&mut powered).await), (Vec::new(), "Captured".into()));
        powered.panel.press("32\r");
        let screen = powered.panel.see_error().await;
        assert_eq!([id(&screen), &screen[5]], ["E511", "approved offline"]);
        let printed = String::from_utf8_lossy(&powered.sent[3].borrow()).into_owned();
        let row = |label: &str, value: &str| format!("{label}{value:>width$}\n", width = 32 - label.len());
        for (label, value) in [
            ("CARD", "621234******1232 I"),
            ("AUTH", "Y1    "),
            ("REFERENCE", "000000000000"),
            ("AID", "A000000333010102"),
            ("APP", "UnionPay Credit"),
            ("AC", "A1A1A1A1A1A1A1A1"),
            ("TVR", "8000008000"),
            ("TSI", "6800"),
            ("ATC", "0009"),
        ] {
            assert_eq!(printed.matches(&row(label, value)).count(), 2, "{label}: {printed}");
        }
    });
}

#[rstest]
#[case::none(Card { names: vec![("A0000000031010", "VISA")], ..Card::default() }, "E543", "")]
#[case::blocked(Card { refuses: Some((0xA4, 0x6A81)), ..Card::default() }, "E544", "")]
#[case::status(Card { refuses: Some((0xB2, 0x6985)), ..Card::default() }, "E546", "SW 6985")]
#[case::cryptogram(Card { refuses: Some((0xAE, 0x6985)), ..Card::default() }, "E546", "SW 6985")]
#[case::missing(Card::default().without(0x8C), "E546", "tag 8C missing")]
#[case::track(Card::default().without(0x57), "E546", "tag 57 missing")]
fn a_card_that_cannot_be_used(
    #[case] card: Card,
    #[case] expected: &'static str,
    #[case] detail: &'static str,
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        hold(&mut powered, T0, card);
        present(&mut powered, '2').await;
        let screen = outcome(&mut powered).await;
        assert_eq!([id(&screen), &screen[5]], [expected, detail]);
        leave(&mut powered).await;
        assert_eq!(sell_typed(&mut powered).await, "M211");
        assert_eq!(mtis(&script), ["0200"]);
    });
}

/// Four of five are offered; cancel and a minute without a key end it.
#[rstest]
#[case::chosen("92", "M211")]
#[case::cancelled("\x1B", "M212")]
#[case::nobody("", "M212")]
fn several_applications_are_offered(#[case] keys: &'static str, #[case] expected: &'static str) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, _script) = ready(&memories, "").await;
        let names = vec![("A000000333010101", "UnionPay Debit"), ("A000000333010102", "UnionPay Credit")];
        let log = hold(&mut powered, T1, Card { names, ..Card::default() });
        present(&mut powered, '2').await;
        let screen = powered.panel.see("M221").await;
        assert_eq!(screen[1..6], ["Sale", "Choose", "1 UnionPay Debit", "2 UnionPay Credit", ""]);
        powered.panel.press(keys);
        assert_eq!(id(&outcome(&mut powered).await), expected);
        let selected = log.borrow().iter().rfind(|command| command[1] == 0xA4).cloned().unwrap();
        assert_eq!(selected.ends_with(&[0x02]), expected == "M211");
    });
}

/// A card that is in before M201 is read there; elsewhere it waits.
#[test]
fn a_card_that_was_in_already_is_read() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, _script) = ready(&memories, "").await;
        let log = hold(&mut powered, T0, Card::default());
        put(&powered, true);
        powered.panel.press("21234");
        powered.panel.see("M200").await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert!(log.borrow().is_empty());
        powered.panel.press("\r");
        powered.panel.see("M201").await;
        powered.panel.see("M220").await;
        powered.panel.see("M211").await;
        powered.panel.press("\r");
        powered.panel.see("M223").await;
        powered.panel.press("5\x1B");
        powered.panel.see("M100").await;
    });
}

/// Without a clock there is no date to tell a card.
#[rstest]
#[case::succeeds(false, "M211")]
#[case::fails(true, "E210")]
fn after_a_boot_a_sign_on_comes_first(#[case] is_silent: bool, #[case] expected: &'static str) {
    scenario(async move {
        let memories = Memories::default();
        let (powered, script) = ready(&memories, "fresh-keys=accept\nhost-timeout=1\ntries=1\n").await;
        powered.cut().await;
        let mut powered = crate::rotation::rig::rebooted(&memories, &script).await;
        script.host.silent.set(is_silent);
        let log = hold(&mut powered, T1, Card::default());
        powered.panel.press("21234\r");
        powered.panel.see("M201").await;
        put(&powered, true);
        powered.panel.see("M110").await;
        let screen = outcome(&mut powered).await;
        assert_eq!(id(&screen), expected);
        assert_eq!(log.borrow().is_empty(), is_silent);
        leave(&mut powered).await;
    });
}

/// The contacts lose their power, whatever the card is being asked.
#[test]
fn tamper_in_a_session_ends_it() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        script.host.silent.set(true);
        let log = hold(&mut powered, T1, Card::default());
        present(&mut powered, '2').await;
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        assert_eq!(wanted(&log), [0x80]);
        powered.front_end.put(&crate::bench::front_end::frame(0x02, &[1]));
        powered.panel.see_error().await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let sent = powered.sent[2].borrow();
        assert!(sent.ends_with(&[0x10, b'R', 0, 0x10, b'V', 0]), "{sent:02X?}");
        assert!(memories.ram_bytes()[..8192 - 16].iter().all(|byte| *byte == 0));
    });
}
