//! A card of ours, as programs see it that are none of ours.

use std::process::Command;

use crate::{
    Test,
    cards::{Inserted, profile_card},
    private::{Pcscd, run, until},
};

pub const TESTS: &[Test] = &[
    ("opensc_tool_lists_reads_and_asks_a_profile_card", opensc_tool),
    ("pcsc_scan_shows_a_profile_card", pcsc_scan),
];

fn opensc(arguments: &[&str]) -> String {
    run(Command::new("opensc-tool").args(arguments))
}

fn opensc_tool() {
    let _service = Pcscd::start();
    let _card = Inserted::new(|| profile_card("unionpay-credit"));
    until("the card in opensc-tool's list", || {
        opensc(&["--list-readers"])
            .lines()
            .any(|line| line.starts_with("0    Yes") && line.ends_with("Virtual PCD 00 00"))
    });
    let atr = opensc(&["--reader", "0", "--atr"]);
    assert_eq!(atr.trim(), "3b:68:00:00:50:41:59:52:49:47:30:31");
    let select = "00A404000E315041592E5359532E444446303100";
    let said = opensc(&["--reader", "0", "--send-apdu", select, "--send-apdu", "00B2010C00"]);
    assert_eq!(said.matches("Received (SW1=0x90, SW2=0x00)").count(), 2, "{said}");
    // The directory's entry: 61, then 4F and the application's name.
    let dump: String =
        said.lines().filter(|line| line.len() > 48).map(|line| line[..48].replace(' ', "")).collect();
    assert!(dump.contains("4F08A000000333010102"), "{said}");
}

fn pcsc_scan() {
    let _service = Pcscd::start();
    let _card = Inserted::new(|| profile_card("unionpay-credit"));
    until("the card in pcsc_scan", || {
        let said = run(Command::new("pcsc_scan").args(["-n", "-t", "1"]));
        said.contains("Card inserted") && said.contains("3B 68 00 00 50 41 59 52 49 47 30 31")
    });
}
