//! Sign-on from the menu to the new keys, and how the host's answers end it.

use std::rc::Rc;

use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;

#[test]
fn a_blank_board_is_provisioned_and_signs_on() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(kcvs(&mut powered).await[1..], ["PIK --------", "MAK --------", "TDK --------"]);

        powered.panel.press("1");
        let mut phases = Vec::new();
        let outcome = loop {
            let screen = powered.panel.next_screen().await;
            if !screen[7].ends_with("M110") {
                break screen;
            }
            assert_eq!((screen[1].as_str(), screen[3].as_str()), ("Signing on", "Try 1 of 3"));
            phases.push(screen[2].clone());
        };
        assert_eq!(phases, ["Modem", "Network", "Connecting", "Host", "Checking keys"]);
        assert_eq!(
            outcome,
            [
                "PAYRIG T1      SIGNED ON",
                "",
                "Signed on",
                "Batch 000519",
                "07-20 22:13:01",
                "",
                "",
                "Any key             M111"
            ]
        );
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(kcvs(&mut powered).await, expected_kcvs());
        powered.cut().await;

        let mut again = Powered::on(&memories, script);
        assert_eq!(
            again.panel.boot_line().await,
            "PAYRIG-TERMINAL 0.1.0 build=native boot=2 state=signed-on entropy=emulated\r\n"
        );
    });
}

#[test]
fn every_message_has_the_next_stan_over_power_off_too() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        powered.panel.press("1");
        powered.panel.see("M111").await;
        powered.cut().await;
        let mut powered = Powered::on(&memories, script.clone());
        powered.panel.boot_line().await;
        powered.panel.see("M100").await;
        powered.panel.press("1");
        // The vectors hold one key set, and the same keys again are not fresh.
        assert_eq!(powered.panel.see("E314").await[5], "PIK unchanged");
        let requests = script.host.requests.borrow();
        // Field 11 follows the bitmap; field 60.2 is the batch of the last sign-on.
        let stans: Vec<_> = requests.iter().map(|request| hex::encode(&request[23..26])).collect();
        assert_eq!(stans, ["000001", "000002"]);
        let batch =
            |request: &[u8]| request.windows(6).any(|bytes| *bytes == [0x00, 0x00, 0x05, 0x19, 0x00, 0x40]);
        assert_eq!(requests.iter().map(|request| batch(request)).collect::<Vec<_>>(), [false, true]);
    });
}

#[test]
fn a_number_that_was_sent_is_not_sent_again_after_a_power_cut() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let powered = keyed(&memories, &script).await;
        script.host.silent.set(true);
        powered.panel.press("1");
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        powered.cut().await;
        script.host.silent.set(false);
        let mut powered = Powered::on(&memories, script.clone());
        powered.panel.see("M100").await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        let requests = script.host.requests.borrow();
        let stans: Vec<_> = requests.iter().map(|request| hex::encode(&request[23..26])).collect();
        assert_eq!(stans, ["000001", "000002"]);
    });
}

#[test]
fn a_wrong_check_value_changes_no_key() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        let before = (kcvs(&mut powered).await, memories.ram_bytes());
        for (at, name) in [(16, "PIK"), (36, "MAK"), (56, "TDK")] {
            script.host.key_field.borrow_mut()[at] ^= 1;
            let screen = sign_on(&mut powered).await;
            assert_eq!((id(&screen), screen[5].as_str()), ("E310", name));
            assert_eq!(
                &screen[1..5],
                ["Sign-on failed", "Key check failed", "Old keys kept,", "call the acquirer"]
            );
            script.host.key_field.borrow_mut()[at] ^= 1;
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            assert_eq!(before, (kcvs(&mut powered).await, memories.ram_bytes()), "{name}");
        }
        assert_eq!(script.host.requests.borrow().len(), 3);
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        assert_eq!(kcvs_after_key(&mut powered).await, expected_kcvs());
    });
}

#[test]
fn refusals_of_the_host_and_answers_to_another() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        for (code, expected) in [(b"03", "E301"), (b"58", "E302"), (b"97", "E303"), (b"96", "E304")] {
            script.host.response_code.set(*code);
            let screen = sign_on(&mut powered).await;
            assert_eq!(id(&screen), expected);
            assert_eq!(screen[5], format!("code {}", String::from_utf8_lossy(code)));
            powered.panel.press("\r");
            powered.panel.see("M100").await;
        }
        script.host.response_code.set(*b"00");
        script.host.terminal_id_flip.set(1);
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[5].as_str()), ("E312", "field 41"));
        assert!(powered.panel.is_quiet());
    });
}

#[test]
fn a_silent_host_is_asked_three_times_with_new_numbers() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        script.host.silent.set(true);
        let start = tokio::time::Instant::now();
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[5].as_str()), ("E210", "60 s"));
        assert_eq!(start.elapsed().as_secs(), 180);
        let stans: Vec<_> =
            script.host.requests.borrow().iter().map(|request| hex::encode(&request[23..26])).collect();
        assert_eq!(stans, ["000001", "000002", "000003"]);
        let commands = script.commands();
        let count = |wanted: &str| commands.iter().filter(|command| command.starts_with(wanted)).count();
        assert_eq!((count("AT+CIPSTART"), count("AT+CIPCLOSE"), count("AT+CIICR")), (3, 3, 1));
    });
}

#[test]
fn an_answer_in_pieces_between_other_lines_is_put_together() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        script.splits.set(true);
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
    });
}

#[test]
fn sign_on_needs_a_master_key() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = Powered::on(&memories, script.clone());
        powered.panel.see("M010").await;
        powered.panel.press("178");
        powered.panel.press(&record(FACTORY));
        powered.panel.see("M011").await;
        powered.panel.press("\r");
        assert!(powered.panel.see("M100").await[0].ends_with(" FACTORY"));
        assert_eq!(id(&sign_on(&mut powered).await), "E320");
        assert!(script.commands().is_empty());
        powered.panel.press("\r8");
        let screen = powered.panel.see("M130").await;
        assert_eq!(
            &screen[2..7],
            [
                "30600000290210015708",
                "SN 0000290210015708",
                "TID 99999906",
                "MID 001430170119999",
                "0.1.0 boot 1"
            ]
        );
        // A device screen takes no record; the menu does.
        powered.panel.press(&format!("{}\r", record(FACTORY)));
        powered.panel.see("M100").await;
    });
}

#[test]
fn a_refused_record_says_why_and_another_may_follow_at_once() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = Powered::on(&memories, script);
        powered.panel.see("M010").await;
        powered.panel.press(&record(FACTORY).replace("cmnet", "cmnex"));
        let screen = powered.panel.see("M012").await;
        assert_eq!(&screen[2..5], ["Record refused", "R01 CRC", "line 12"]);
        powered.panel.press(&record(FACTORY));
        powered.panel.see("M011").await;
        powered.panel.press(&record(FACTORY));
        let screen = powered.panel.see("M012").await;
        assert_eq!(&screen[3..5], ["R05 provisioned already", "line 1"]);
        powered.panel.press(&record(&master_key_lines()));
        powered.panel.see("M011").await;
        powered.panel.press("5");
        assert!(powered.panel.see("M100").await[0].ends_with(" KEYED"));
    });
}
