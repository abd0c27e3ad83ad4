//! A balance: the account's, and what the card itself holds.

use rstest::rstest;

use super::card::{Card, hex, tlv};
use super::contacts::Protocol::T1;
use super::rig::*;
use crate::bench::{Memories, scenario};
use crate::operator::*;
use crate::rotation::rig::rebooted;
use crate::stripe::rig::some;

#[rstest]
#[case::none(None, "")]
#[case::some(Some("000000012345"), "On the card CNY 123.45")]
#[case::no_digits(Some("00000001234A"), "")]
fn a_balance_says_what_the_account_and_the_card_hold(
    #[case] on_card: Option<&'static str>,
    #[case] expected: &'static str,
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        let mut card = Card::default();
        card.counters.extend(on_card.map(|digits| (0x9F79, hex(digits))));
        let log = hold(&mut powered, T1, card);
        present(&mut powered, '4').await;
        let screen = outcome(&mut powered).await;
        assert_eq!(id(&screen), "M213");
        assert_eq!(screen[2..5], ["CNY 12.34", "621234******1232", expected]);
        assert_eq!(wanted(&log), [0x80, 0x40]);
        leave(&mut powered).await;
        let asked = asked(&script);
        assert_eq!(some(&asked[0].1, [3, 4, 22, 60]), ["310000", "-", "052", "0100051900050"]);
        assert!(asked[0].1[&55].contains("9C01319F0206000000000000"), "{asked:?}");
    });
}

/// Its scripts' results go into the journal: they take nothing of the room that is kept for what is due.
#[test]
fn a_balance_with_a_chip_needs_room_in_the_journal() {
    scenario(async {
        let memories = Memories::default();
        let (powered, script) = ready(&memories, "fresh-keys=accept\n").await;
        powered.cut().await;
        // Torn writes, up to where one more transaction finds room: 16 spare places, 6 for its reversal, 4 for its scripts.
        for place in 0..512 - 26 {
            memories.flash.bytes.borrow_mut()[8 * 4096 + place * 256] = 0;
        }
        let mut powered = rebooted(&memories, &script).await;
        let command = tlv(0x86, &[0x84, 0x24, 0, 0, 4, 1, 2, 3, 4]);
        script.host.issuer_data.replace(tlv(0x72, &command));
        for expected in ["M213", "E503"] {
            hold(&mut powered, T1, Card::default());
            powered.panel.press("4");
            powered.panel.see("M201").await;
            put(&powered, true);
            assert_eq!(id(&outcome(&mut powered).await), expected);
            leave(&mut powered).await;
        }
        // What needs no entry needs no room.
        powered.panel.press("46212345678901232\r1230\r\r");
        assert_eq!(id(&outcome(&mut powered).await), "M213");
    });
}

/// There is nothing to reverse.
#[test]
fn a_card_that_declines_a_balance_after_the_host() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, _script) = ready(&memories, "").await;
        hold(&mut powered, T1, Card { gives: vec![0x80, 0x00], ..Card::default() });
        present(&mut powered, '4').await;
        let screen = outcome(&mut powered).await;
        assert_eq!([id(&screen), &screen[1], &screen[6]], ["E547", "Balance", ""]);
        assert_eq!(leave(&mut powered).await[6], "");
    });
}
