//! A transaction begins with the sign-on that is due, and goes on with the old keys where it fails.

use rstest::rstest;
use std::time::Duration;

use super::rig::*;
use crate::bench::{Memories, scenario};
use crate::operator::*;

#[rstest]
#[case('2', "M211")]
#[case('4', "M213")]
fn it_signs_on_first_where_that_is_due(#[case] choice: char, #[case] outcome: &'static str) {
    for due in [true, false] {
        scenario(async move {
            let (memories, script) = (Memories::default(), host_at("0720221301"));
            signed_on_with(&memories, &script, if due { "rotate-hours=8\n" } else { "" }).await.cut().await;
            let mut powered = rebooted(&memories, &script).await;
            order(&powered, choice);
            powered.panel.see(outcome).await;
            let expected: &[&str] = if due { &["0800", "0800", "0200"] } else { &["0800", "0200"] };
            assert_eq!(script.host.asked(), expected);
        });
    }
}

#[test]
fn a_sign_on_that_fails_leaves_the_keys_and_the_transaction_goes_on_with_them() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        let mut powered = signed_on_with(&memories, &script, &format!("rotate-daily=yes\n{SOON}")).await;
        let old = kcvs(&mut powered).await;
        powered.cut().await;
        let mut powered = rebooted(&memories, &script).await;
        // The sign-on's answer is another terminal's; the balance's is ours.
        script.host.terminal_id_flip.set(1);
        order(&powered, '4');
        powered.panel.see("M110").await;
        assert_eq!(powered.panel.see("M213").await[1], "Balance");
        assert_eq!(script.host.asked(), ["0800", "0800", "0200"]);
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(kcvs(&mut powered).await, old);
        // The approval has set the clock: it is the day of the last sign-on, and nothing is due before midnight.
        assert_quiet(&mut powered, 6400).await;
        script.host.terminal_id_flip.set(0);
        set_time(&script, "0721000001");
        assert_eq!(next_after(&mut powered).await.0, "M111");
        assert_ne!(kcvs_after_key(&mut powered).await, old);
    });
}

#[test]
fn every_transaction_tries_at_once_and_the_terminal_by_itself_after_its_pause() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        signed_on_with(&memories, &script, &format!("rotate-hours=1\n{SOON}")).await.cut().await;
        let mut powered = rebooted(&memories, &script).await;
        script.host.terminal_id_flip.set(1);
        assert_eq!(next_after(&mut powered).await.0, "E312");
        assert_eq!(next_after(&mut powered).await.0, "M100");
        // The clock that the balances set is two hours ahead of the kept time: it stays due.
        set_time(&script, "0721002000");
        for balances in 1..3 {
            tokio::time::sleep(Duration::from_secs(300)).await;
            order(&powered, '4');
            powered.panel.see("M213").await;
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            let asked = script.host.asked();
            assert_eq!(asked[asked.len() - 2..], ["0800", "0200"], "{balances}");
        }
        assert_quiet(&mut powered, 899).await;
        script.host.terminal_id_flip.set(0);
        assert_eq!(next_after(&mut powered).await, ("M111".into(), 1));
    });
}

#[rstest]
#[case(*b"03", "E301")]
#[case(*b"58", "E302")]
#[case(*b"97", "E303")]
#[case(*b"96", "E304")]
fn a_terminal_that_the_host_refuses_sells_nothing(#[case] code: [u8; 2], #[case] shown: &'static str) {
    scenario(async move {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        let mut powered = signed_on_with(&memories, &script, "rotate-daily=yes\n").await;
        let old = kcvs(&mut powered).await;
        powered.cut().await;
        let mut powered = rebooted(&memories, &script).await;
        script.host.response_code.set(code);
        order(&powered, '2');
        let screen = powered.panel.see_error().await;
        assert_eq!((id(&screen), screen[1].as_str()), (shown, "Sign-on failed"));
        assert_eq!(script.host.asked(), ["0800", "0800"]);
        assert_eq!(kcvs_after_key(&mut powered).await, old);
    });
}

#[test]
fn cancel_while_it_signs_on_ends_the_transaction() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        signed_on_with(&memories, &script, "rotate-daily=yes\n").await.cut().await;
        let mut powered = rebooted(&memories, &script).await;
        script.host.silent.set(true);
        order(&powered, '4');
        powered.panel.see("M110").await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        powered.panel.press("\x1B");
        powered.panel.see("M112").await;
        assert_eq!(script.host.asked(), ["0800", "0800"]);
    });
}

#[test]
fn a_reversal_goes_out_behind_the_sign_on_and_before_the_transaction() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        let mut powered = signed_on_with(&memories, &script, &format!("rotate-hours=9\n{SOON}")).await;
        script.host.silent.set(true);
        order(&powered, '2');
        assert_eq!(id(&powered.panel.see_error().await), "E210");
        powered.cut().await;
        script.host.silent.set(false);
        let mut powered = rebooted(&memories, &script).await;
        order(&powered, '2');
        powered.panel.see("M211").await;
        assert_eq!(script.host.asked(), ["0800", "0200", "0800", "0400", "0200"]);
    });
}

#[rstest]
#[case('2', *b"00", "M211")]
#[case('2', *b"51", "E520")]
#[case('4', *b"00", "M213")]
fn the_host_asks_for_a_sign_on_in_the_header_of_its_answer(
    #[case] choice: char,
    #[case] code: [u8; 2],
    #[case] outcome: &'static str,
) {
    scenario(async move {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        let mut powered = signed_on_with(&memories, &script, "").await;
        script.host.processing_request.set(0x03);
        script.host.response_code.set(code);
        order(&powered, choice);
        match outcome {
            "E520" => assert_eq!(id(&powered.panel.see_error().await), outcome),
            _ => drop(powered.panel.see(outcome).await),
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(script.host.asked(), ["0800", "0200"], "not before the operator has seen the outcome");
        script.host.response_code.set(*b"00");
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_quiet(&mut powered, 4).await;
        assert_eq!(next_after(&mut powered).await.0, "M111");
        assert_eq!(next_after(&mut powered).await.0, "M100");
        // The sign-on is what was asked for, also where its own answer asks for it.
        assert_quiet(&mut powered, 3600).await;
    });
}

#[test]
fn what_the_host_asked_for_is_forgotten_at_a_boot_and_of_another_digit_never_known() {
    for digit in [0x03, 0x02, 0x30, 0x04] {
        scenario(async move {
            let (memories, script) = (Memories::default(), host_at("0720221301"));
            let mut powered = signed_on_with(&memories, &script, "").await;
            script.host.processing_request.set(digit);
            order(&powered, '4');
            powered.panel.see("M213").await;
            if digit == 0x03 {
                powered.cut().await;
                powered = rebooted(&memories, &script).await;
            } else {
                powered.panel.press("\r");
                powered.panel.see("M100").await;
            }
            assert_quiet(&mut powered, 3600).await;
        });
    }
}
