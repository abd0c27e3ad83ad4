//! On the first screen the terminal signs on when nobody is there.

use rstest::rstest;
use std::time::Duration;

use super::rig::*;
use crate::bench::{Memories, scenario};
use crate::operator::*;

#[rstest]
#[case::a_new_day("rotate-daily=yes\n", "0720221301", 6419)]
#[case::new_year("rotate-daily=yes\n", "1231235950", 10)]
#[case::an_hour("rotate-hours=1\n", "0720221301", 3600)]
#[case::ninety_nine_hours("rotate-hours=99\n", "1231235959", 99 * 3600)]
#[case::the_first_of_both("rotate-hours=24\nrotate-daily=yes\n", "0720120000", 43_200)]
fn five_seconds_after_it_is_due(#[case] lines: &'static str, #[case] time: &'static str, #[case] due: u64) {
    scenario(async move {
        let (memories, script) = (Memories::default(), host_at(time));
        let mut powered = keyed_with(&memories, &script, lines).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        let signed_on = tokio::time::Instant::now();
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        let old = kcvs(&mut powered).await;
        tokio::time::sleep_until(signed_on + Duration::from_secs(due + 4)).await;
        assert!(powered.panel.is_quiet());
        // Whatever the day, it is another one.
        set_time(&script, "0103000000");
        assert_eq!(id(&powered.panel.next_screen().await), "M110");
        let waited = signed_on.elapsed();
        assert!((due + 5..=due + 6).contains(&waited.as_secs()), "{waited:?}");
        // Each outcome gives way by itself.
        assert_eq!(next_after(&mut powered).await.0, "M111");
        assert_eq!(next_after(&mut powered).await, ("M100".into(), 5));
        let new = kcvs(&mut powered).await;
        assert!(old.iter().zip(&new).skip(1).all(|(old, new)| old != new), "{old:?} {new:?}");
    });
}

#[test]
fn a_boot_leaves_no_clock_so_that_it_is_due_at_once() {
    for (lines, due) in [("rotate-daily=yes\n", true), ("rotate-hours=99\n", true), ("", false)] {
        scenario(async move {
            let (memories, script) = (Memories::default(), host_at("0720221301"));
            signed_on_with(&memories, &script, lines).await.cut().await;
            let mut powered = rebooted(&memories, &script).await;
            if due {
                assert_quiet(&mut powered, 4).await;
                assert_eq!(id(&powered.panel.next_screen().await), "M110");
                assert_eq!(next_after(&mut powered).await.0, "M111");
                assert_eq!(next_after(&mut powered).await, ("M100".into(), 5));
            }
            // A good while, but no hour, until midnight.
            assert_quiet(&mut powered, 3000).await;
        });
    }
}

#[test]
fn a_terminal_that_never_signed_on_does_not_by_itself() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        let mut powered = keyed_with(&memories, &script, "rotate-daily=yes\nrotate-hours=1\n").await;
        assert_quiet(&mut powered, 30_000).await;
        assert!(script.commands().is_empty());
    });
}

#[test]
fn a_key_puts_it_off_and_a_letter_is_none() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        signed_on_with(&memories, &script, "rotate-daily=yes\n").await.cut().await;
        let mut powered = rebooted(&memories, &script).await;
        for _ in 0..3 {
            assert_quiet(&mut powered, 4).await;
            powered.panel.press("9");
        }
        assert_quiet(&mut powered, 4).await;
        powered.panel.press("A");
        assert_eq!(next_after(&mut powered).await.1, 1);
        // On another screen nothing is begun.
        powered.panel.see("M100").await;
        powered.cut().await;
        let mut powered = rebooted(&memories, &script).await;
        powered.panel.press("8");
        powered.panel.see("M130").await;
        assert_quiet(&mut powered, 3600).await;
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_quiet(&mut powered, 4).await;
        assert_eq!(next_after(&mut powered).await.0, "M111");
    });
}

#[test]
fn where_it_failed_it_is_tried_again_every_quarter_of_an_hour() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        let lines = format!("rotate-daily=yes\n{SOON}");
        let mut powered = signed_on_with(&memories, &script, &lines).await;
        let old = kcvs(&mut powered).await;
        powered.cut().await;
        script.host.silent.set(true);
        let mut powered = rebooted(&memories, &script).await;
        let mut failed = None;
        for try_number in 0..3 {
            assert_eq!(id(&powered.panel.next_screen().await), "M110");
            let (shown, _) = next_after(&mut powered).await;
            assert_eq!(shown, "E210");
            let now = tokio::time::Instant::now();
            if let Some(failed) = failed.replace(now) {
                // A quarter of an hour, and the second that the host has.
                assert_eq!((now - failed).as_secs(), 901, "{try_number}");
            }
            assert_eq!(next_after(&mut powered).await, ("M100".into(), 5));
            assert_eq!(kcvs(&mut powered).await, old, "{try_number}");
        }
        script.host.silent.set(false);
        assert_eq!(next_after(&mut powered).await.0, "M111");
        assert_eq!(next_after(&mut powered).await.0, "M100");
        assert_ne!(kcvs(&mut powered).await, old);
        assert_quiet(&mut powered, 3600).await;
    });
}

#[test]
fn a_key_leaves_the_outcome_at_once() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        signed_on_with(&memories, &script, &format!("rotate-daily=yes\n{SOON}")).await.cut().await;
        script.host.silent.set(true);
        let mut powered = rebooted(&memories, &script).await;
        assert_eq!(next_after(&mut powered).await.0, "E210");
        // A record's opening is no key here.
        powered.panel.press("%");
        assert_quiet(&mut powered, 2).await;
        powered.panel.press("1");
        assert_eq!(next_after(&mut powered).await, ("M100".into(), 0));
        powered.cut().await;
        script.host.silent.set(false);
        let mut powered = rebooted(&memories, &script).await;
        assert_eq!(next_after(&mut powered).await.0, "M111");
        powered.panel.press(&record(&master_key_lines()));
        assert_eq!(powered.panel.see("M011").await[0], "PAYRIG T1          KEYED");
        assert_quiet(&mut powered, 60).await;
    });
}

#[test]
fn cancel_stops_it_for_a_quarter_of_an_hour() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        signed_on_with(&memories, &script, "rotate-daily=yes\n").await.cut().await;
        script.host.silent.set(true);
        let mut powered = rebooted(&memories, &script).await;
        powered.panel.see("M110").await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        powered.panel.press("\x1B");
        powered.panel.see("M112").await;
        assert_eq!(next_after(&mut powered).await, ("M100".into(), 5));
        script.host.silent.set(false);
        let (shown, after) = next_after(&mut powered).await;
        assert_eq!((shown.as_str(), after), ("M111", 895));
    });
}
