//! Both custodians do it right.

use std::rc::Rc;
use std::time::Duration;

use super::steps::*;
use crate::bench::host::other_keys;
use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::keys_and_batch::signed_on;
use crate::operator::*;

#[test]
fn the_tmk_is_the_exclusive_or_of_both_components_and_works() {
    scenario(async {
        let memories = signed_on().await;
        let mut powered = begin(&memories).await;
        enter(&powered, &entries(ONE, OTHER));
        let screen = end(&mut powered).await;
        let shown = format!("KCV {}", kcv(xor(ONE, OTHER)));
        assert!(screen[0].ends_with(" KEYED"));
        let rows = [
            "TMK ceremony",
            "TMK loaded",
            shown.as_str(),
            "Sign on next",
            "",
            "",
            "Any key             M406",
        ];
        assert_eq!(&screen[1..], rows);
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(kcvs(&mut powered).await, new_keys());
        powered.cut().await;
        // The host has it too: working keys come under it, and the batch and the numbers go on.
        let script = Rc::<Script>::default();
        script.host.key_field.replace(other_keys(&xor(ONE, OTHER)));
        let mut powered = Powered::on(&memories, script.clone());
        powered.panel.see("M100").await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        let request = script.host.requests.borrow()[0].clone();
        assert_eq!(hex::encode(&request[23..26]), "000002");
        assert!(
            request.windows(6).any(|bytes| bytes == [0x00, 0x11, 0x00, 0x00, 0x05, 0x19]),
            "{request:02X?}"
        );
    });
}

#[test]
fn a_terminal_without_a_tmk_takes_one() {
    scenario(async {
        let memories = Memories::default();
        let mut powered = Powered::on(&memories, Rc::default());
        powered.panel.see("M010").await;
        powered.panel.press(&record(FACTORY));
        powered.panel.see("M011").await;
        powered.cut().await;
        let mut powered = begin(&memories).await;
        enter(&powered, &entries(&ONE.to_lowercase(), OTHER));
        assert_eq!(id(&end(&mut powered).await), "M406");
        powered.cut().await;
        assert_eq!(keys_after_boot(&memories).await, new_keys());
    });
}

#[test]
fn the_screens_show_stars_for_a_component_and_digits_for_a_check_value() {
    scenario(async {
        let mut powered = begin(&signed_on().await).await;
        let [one, one_kcv, ..] = entries(ONE, OTHER);
        powered.panel.press(&one[..17]);
        powered.panel.press("\x08\x08a");
        let mut rows = Vec::new();
        for _ in 0..20 {
            rows = powered.panel.next_screen().await;
        }
        let expected = [
            "TMK ceremony",
            "Custodian 1",
            "Component",
            "****************",
            "",
            "",
            "Confirm or cancel   M401",
        ];
        assert_eq!(rows[1..], expected);
        powered.panel.press("\x08");
        powered.panel.press(&one[15..]);
        // The 33rd digit is ignored, and so is a record's opening.
        powered.panel.press("F%\r");
        let rows = powered.panel.see("M402").await;
        assert_eq!(&rows[1..6], ["TMK ceremony", "Custodian 1", "KCV", "", ""]);
        // Seven digits are no check value, and nine are eight.
        powered.panel.press(&one_kcv[..7].to_lowercase());
        powered.panel.press("\r\r");
        powered.panel.press(&format!("0\x08{}F\r", &one_kcv[7..]));
        let mut last = String::new();
        let rows = loop {
            let rows = powered.panel.next_screen().await;
            if id(&rows) == "M403" {
                break rows;
            }
            assert_eq!(id(&rows), "M402");
            last.clone_from(&rows[4]);
        };
        assert_eq!(last, one_kcv);
        assert_eq!(&rows[1..6], ["TMK ceremony", "Custodian 2", "Component", "", ""]);
        let [_, _, other, other_kcv, combined] = entries(ONE, OTHER);
        powered.panel.press(&format!("{other}\r"));
        assert_eq!(&powered.panel.see("M404").await[1..4], ["TMK ceremony", "Custodian 2", "KCV"]);
        powered.panel.press(&format!("{other_kcv}\r"));
        let rows = powered.panel.see("M405").await;
        assert_eq!(&rows[1..6], ["TMK ceremony", "Both custodians", "KCV of the TMK", "", ""]);
        powered.panel.press(&format!("{combined}\r"));
        assert_eq!(id(&end(&mut powered).await), "M406");
    });
}

#[test]
fn a_letter_is_no_key_outside_the_ceremony() {
    scenario(async {
        let mut powered = Powered::on(&signed_on().await, Rc::default());
        powered.panel.see("M100").await;
        powered.panel.press("7");
        powered.panel.see("M120").await;
        powered.panel.press("ABCDEFabcdef");
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(powered.panel.is_quiet());
        powered.panel.press("1");
        powered.panel.see("M100").await;
    });
}
