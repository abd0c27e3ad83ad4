//! The printed record.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rstest::rstest;

use super::steps::*;
use crate::bench::front_end::{Paper, serve_printer};
use crate::bench::modem::Script;
use crate::bench::{Memories, scenario};
use crate::keys_and_batch::signed_on;
use crate::operator::*;

#[rstest]
#[case(Paper::Out, "E530", ["TMK loaded", "Paper out"])]
#[case(Paper::Silent, "E531", ["TMK loaded", "Printer does not answer"])]
fn the_tmk_stays_loaded_whatever_the_printer_does(
    #[case] paper: Paper,
    #[case] expected: &'static str,
    #[case] rows: [&'static str; 2],
) {
    scenario(async move {
        let memories = signed_on().await;
        let mut powered = begin_for(&memories, paper).await;
        enter(&powered, &entries(ONE, OTHER));
        powered.panel.see("M406").await;
        let screen = powered.panel.next_screen().await;
        assert_eq!((id(&screen), &screen[1..3]), (expected, rows.map(str::to_owned).as_slice()));
        assert!(powered.sent[3].borrow().windows(3).all(|text| text != b"TMK"));
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(kcvs(&mut powered).await, new_keys());
    });
}

#[test]
fn the_record_has_the_host_s_time_where_the_terminal_has_a_clock() {
    for (signs_on, date) in
        [(true, "DATE              07-20 22:13:0"), (false, "DATE                          --")]
    {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let mut powered = keyed(&memories, &script).await;
            serve_printer(&mut powered.printer, &powered.front_end, Rc::new(Cell::new(Paper::There)));
            if signs_on {
                assert_eq!(id(&sign_on(&mut powered).await), "M111");
                powered.panel.press("\r");
                powered.panel.see("M100").await;
            }
            powered.panel.press("79");
            enter(&powered, &entries(ONE, OTHER));
            powered.panel.see("M406").await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let printed = String::from_utf8_lossy(&powered.sent[3].borrow()).into_owned();
            assert!(printed.contains(date), "{printed}");
            let [one, other] = [ONE, OTHER].map(|hex| kcv(bytes(hex)));
            let rows = format!(
                "TERMINAL                99999906\nDEVICE      30600000290210015708\n\
                 CUSTODIAN 1 KCV         {one}\nCUSTODIAN 2 KCV         {other}\n\
                 TMK KCV                 {}\nDATE ",
                kcv(xor(ONE, OTHER))
            );
            assert!(printed.contains(&rows), "{printed}");
            assert_eq!(printed.matches("TMK CEREMONY").count(), 1);
        });
    }
}
