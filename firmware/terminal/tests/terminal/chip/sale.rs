//! What the host and the operator see of a chip.

use rstest::rstest;

use super::card::{AID, Card, TRACK};
use super::contacts::Protocol;
use super::rig::*;
use crate::bench::{Memories, scenario};
use crate::stripe::rig::some;

#[rstest]
fn a_sale_is_approved_online(#[values(Protocol::T0, Protocol::T1)] protocol: Protocol) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        let log = hold(&mut powered, protocol, Card::default());
        present(&mut powered, '2').await;
        let screen = powered.panel.see("M211").await;
        assert_eq!(
            screen[2..7],
            ["Approved", "CNY 12.34", "621234******1232", "Voucher 000002", "BANK OF TESTS"]
        );
        powered.panel.press("\r");
        assert_eq!(powered.panel.see("M223").await[2], "Remove the card");
        put(&powered, false);
        powered.panel.see("M100").await;
        let asked = asked(&script);
        let [(mti, fields)] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(mti, "0200");
        assert_eq!(
            some(fields, [2, 3, 4, 14, 22, 23, 25]),
            ["6212345678901232", "000000", "000000001234", "3012", "052", "0001", "00"]
        );
        assert_eq!(some(fields, [35, 26, 52, 60]), [TRACK, "-", "-", "2200051900050"]);
        let data = &fields[&55];
        assert!(data.starts_with("9F2608A2A2A2A2A2A2A2A29F2701809F100A07010103A02000010A019F3704"), "{data}");
        assert!(data.contains(&format!("8408{AID}")) && data.ends_with("9F410400000002"), "{data}");
        let generated: Vec<_> = log.borrow().iter().filter(|command| command[1] == 0xAE).cloned().collect();
        assert_eq!(generated.iter().map(|command| command[2]).collect::<Vec<_>>(), [0x80, 0x40]);
        assert_eq!(&generated[1][4..6], b"00", "8A");
    });
}
