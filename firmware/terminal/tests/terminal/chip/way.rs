//! No way to the host: before the request's first byte the card may approve, behind it it is made to decline.

use rstest::rstest;

use super::card::Card;
use super::contacts::Protocol::T1;
use super::rig::*;
use crate::bench::{Memories, scenario};
use crate::operator::*;
use crate::stripe::rig::some;

/// What opens the connection.
const OPENING: &str = "AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"";
const NOTHING: &str = "0000000000";
const EVERYTHING: &str = "FFFFFFFFFF";

/// `tac` is the terminal's default; `gives` the card's second answer where it is not what it is asked for.
#[rstest]
#[case::approved(NOTHING, None, "M211", 0x40, "Y3")]
#[case::denied(EVERYTHING, None, "E208", 0x00, "Z3")]
#[case::declined_by_card(NOTHING, Some(0x00), "E208", 0x40, "Y3")]
fn before_the_request_the_default_codes_decide(
    #[case] tac: &'static str,
    #[case] gives: Option<u8>,
    #[case] expected: &'static str,
    #[case] asked_for: u8,
    #[case] code: &'static str,
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready_with(&memories, "", &application(EVERYTHING, tac)).await;
        script.answer(OPENING, "\r\nOK\r\n\r\nCONNECT FAIL\r\n");
        let gives = gives.map_or_else(Vec::new, |second| vec![0x80, second]);
        let log = hold(&mut powered, T1, Card { gives, ..Card::default() });
        present(&mut powered, '2').await;
        let screen = outcome(&mut powered).await;
        let row_6 = if expected == "M211" { "approved offline" } else { "CONNECT FAIL" };
        assert_eq!([id(&screen), &screen[5]], [expected, row_6]);
        assert_eq!((wanted(&log), response_code(&log)), (vec![0x80, asked_for], code.into()));
        let menu = leave(&mut powered).await;
        assert_eq!((menu[6].as_str(), script.host.asked()), ("", Vec::new()));
        powered.panel.press("5");
        let screen = powered.panel.next_screen().await;
        assert_eq!(id(&screen), if expected == "M211" { "M240" } else { "M241" });
        let printed = String::from_utf8_lossy(&powered.sent[3].borrow()).into_owned();
        assert_eq!(printed.contains("Y3    \n"), expected == "M211", "{printed}");
    });
}

/// A balance is never approved offline.
#[test]
fn a_balance_needs_the_host() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        script.answer(OPENING, "\r\nOK\r\n\r\nCONNECT FAIL\r\n");
        let log = hold(&mut powered, T1, Card::default());
        present(&mut powered, '4').await;
        assert_eq!(id(&outcome(&mut powered).await), "E208");
        assert_eq!(wanted(&log), [0x80, 0x00]);
    });
}

/// The host may have approved: the card is made to decline, and the reversal is due.
#[rstest]
#[case::silent("", "E210", "98")]
#[case::lost("\r\nSEND OK\r\n\r\nCLOSED\r\n", "E222", "98")]
fn behind_the_request_the_card_declines(
    #[case] after_data: &'static str,
    #[case] expected: &'static str,
    #[case] reason: &'static str,
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "host-timeout=1\n").await;
        match after_data {
            "" => script.host.silent.set(true),
            bytes => drop(script.after_data.replace(Some(bytes.into()))),
        }
        let log = hold(&mut powered, T1, Card::default());
        present(&mut powered, '2').await;
        let screen = outcome(&mut powered).await;
        assert_eq!([id(&screen), &screen[6]], [expected, "To be reversed"]);
        assert_eq!((wanted(&log), response_code(&log)), (vec![0x80, 0x00], "Z3".into()));
        leave(&mut powered).await;
        script.mend();
        assert_eq!(sell_typed(&mut powered).await, "M211");
        let asked = asked(&script);
        let [_, (mti, reversal), _] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!((mti.as_str(), some(reversal, [22, 23, 39])), ("0400", ["052", "0001", reason]));
    });
}

/// Cancel is heard until the request goes out; the card is made to decline what it has begun.
#[test]
fn a_cancelled_sale_leaves_nothing() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        script.answer(OPENING, "\r\nOK\r\n");
        let log = hold(&mut powered, T1, Card::default());
        present(&mut powered, '2').await;
        powered.panel.see("M210").await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        powered.panel.press("\x1B");
        let screen = outcome(&mut powered).await;
        assert_eq!([id(&screen), &screen[3]], ["M212", "Cancelled"]);
        assert_eq!((wanted(&log), response_code(&log)), (vec![0x80, 0x00], "Z3".into()));
        leave(&mut powered).await;
        assert!(script.host.asked().is_empty());
    });
}
