//! Chip records on the panel line, and the issuer's name that one of them brings.

use std::rc::Rc;

use rstest::rstest;

use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;
use crate::rotation::rig::{host_at, rebooted, signed_on_with};

const ISSUER: &str = "bin=621234\nissuer=BANK OF TESTS\n";
/// SHA-1 by `sha1sum` over RID, index, modulus and exponent.
const CHECK: &str = "F21A3A0F97FE1F7615893C1B8FD0FF499EF2F02C";

/// A CA key of the longest modulus, in lines of the longest length.
fn ca_key(check: &str) -> String {
    let modulus = "A5".repeat(248);
    let lines = modulus.as_bytes().chunks(84).zip(1..);
    let lines =
        lines.map(|(line, number)| format!("ca-modulus-{number}={}\n", String::from_utf8_lossy(line)));
    let start = "ca-rid=A000000333\nca-index=80\nca-expiry=301231\nca-exponent=03\n";
    format!("{start}{}ca-check={check}\n", lines.collect::<String>())
}

/// Sends a record from the menu, and returns the screen's id with rows 4 and 5.
async fn send(powered: &mut Powered, lines: &str) -> [String; 3] {
    powered.panel.press(&record(lines));
    let screen = powered.panel.next_screen().await;
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    [id(&screen).into(), screen[3].clone(), screen[4].clone()]
}

#[test]
fn records_are_taken_or_refused_by_line() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        let taken = ["M011", "30600000290210015708", ""];
        assert_eq!(send(&mut powered, "year=26\n").await, taken);
        assert_eq!(send(&mut powered, ISSUER).await, taken);
        assert_eq!(send(&mut powered, &ca_key(CHECK)).await, taken);
        let wrong = send(&mut powered, &ca_key("0000000000000000000000000000000000000000")).await;
        assert_eq!(wrong, ["M012", "R06 KCV", "line 12"]);
        assert_eq!(send(&mut powered, "bin=621234\n").await, ["M012", "R04 key missing", "line 3"]);
        assert_eq!(send(&mut powered, "year=26\nbin=621234\n").await, ["M012", "R02 unknown key", "line 3"]);
        let revoked =
            |number| format!("revoked-rid=A000000333\nrevoked-index=80\nrevoked-serial=0000{number:02}\n");
        for number in 0..16 {
            assert_eq!(send(&mut powered, &revoked(number)).await, taken);
        }
        assert_eq!(send(&mut powered, &revoked(16)).await, ["M012", "R11 store", "line 0"]);
        assert_eq!(send(&mut powered, "chip=erase\n").await, taken);
        assert_eq!(send(&mut powered, &revoked(16)).await, taken);
    });
}

#[test]
fn a_blank_terminal_takes_none() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = Powered::on(&memories, script);
        powered.panel.see("M010").await;
        powered.panel.press(&record("year=26\n"));
        let screen = powered.panel.see("M012").await;
        assert_eq!([screen[3].as_str(), &screen[4]], ["R09 not provisioned", "line 1"]);
    });
}

/// On the screen of the approval and on both copies, after a boot as well; an erasure takes it away again.
#[rstest]
fn the_issuer_of_a_card_is_named_however_it_came(#[values(false, true)] erased: bool) {
    scenario(async move {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        let mut powered = signed_on_with(&memories, &script, "").await;
        assert_eq!(send(&mut powered, ISSUER).await[0], "M011");
        if erased {
            assert_eq!(send(&mut powered, "chip=erase\n").await[0], "M011");
        }
        powered.cut().await;
        let mut powered = rebooted(&memories, &script).await;
        order(&powered, '2');
        let screen = loop {
            let screen = powered.panel.next_screen().await;
            if id(&screen) == "M211" {
                break screen;
            }
        };
        assert_eq!(screen[5], "Voucher 000002");
        assert_eq!(screen[6], if erased { "" } else { "BANK OF TESTS" });
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let [.., printed] = &powered.sent;
        let printed = printed.borrow();
        let row = b"\nISSUER             BANK OF TESTS\nTYPE ";
        let rows = printed.windows(row.len()).filter(|window| window == row).count();
        assert_eq!(rows, if erased { 0 } else { 2 });
    });
}
