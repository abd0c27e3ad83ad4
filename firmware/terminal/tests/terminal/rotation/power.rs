//! A sign-on that comes by itself leaves the old set or the new, whatever cuts it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rstest::rstest;

use super::rig::*;
use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;

/// A terminal's parameters in a key scheme, and its host.
fn in_scheme(scheme: &str) -> (String, Rc<Script>) {
    let script = host_at("0720221301");
    script.host.issues_sm4.set(scheme == "sm4");
    (format!("rotate-daily=yes\nkey-scheme={scheme}\n"), script)
}

/// The keys of the first and of the second sign-on.
async fn old_and_new(scheme: &str) -> [Vec<String>; 2] {
    let (memories, (lines, script)) = (Memories::default(), in_scheme(scheme));
    let mut powered = signed_on_with(&memories, &script, &lines).await;
    let old = kcvs(&mut powered).await;
    assert_eq!(id(&sign_on(&mut powered).await), "M111");
    let new = kcvs_after_key(&mut powered).await;
    powered.cut().await;
    [old, new]
}

#[rstest]
#[case("double-with-track")]
#[case("sm4")]
fn a_power_cut_at_any_await_leaves_the_old_set_or_the_new(#[case] scheme: &'static str) {
    let mut found = [0, 0];
    for polls in 1.. {
        let outcome = Rc::new(Cell::new(None));
        let end = outcome.clone();
        scenario(async move {
            let [old, new] = old_and_new(scheme).await;
            let (memories, (lines, script)) = (Memories::default(), in_scheme(scheme));
            signed_on_with(&memories, &script, &lines).await.cut().await;
            let mut powered = Powered::on_for(&memories, script.clone(), polls);
            let whole = async {
                powered.panel.see("M111").await;
                powered.panel.see("M100").await;
            };
            if tokio::time::timeout(Duration::from_secs(600), whole).await.is_ok() {
                return;
            }
            powered.cut().await;
            // The next boot finds one set, and signs on by itself with it.
            script.host.silent.set(true);
            let mut powered = rebooted(&memories, &script).await;
            let left = kcvs(&mut powered).await;
            script.host.silent.set(false);
            assert_eq!(next_after(&mut powered).await.0, "M111");
            end.set(Some([old, new].iter().position(|keys| *keys == left)));
        });
        match outcome.get() {
            Some(which) => found[which.unwrap_or_else(|| panic!("cut at poll {polls}: a third set"))] += 1,
            None => break,
        }
    }
    println!("terminal: cut points of a sign-on by itself with the old set and the new: {found:?}");
    assert!(found.iter().all(|count| *count > 0), "{found:?}");
}

/// The key store keeps the time with the keys: a boot whose first answer is an approval of the same day finds nothing due.
#[test]
fn the_time_of_the_last_sign_on_outlasts_power() {
    for (approved, due) in [("0720235900", false), ("0721000000", true), ("0719235900", true)] {
        scenario(async move {
            let (memories, script) = (Memories::default(), host_at("0720221301"));
            let lines = format!("rotate-daily=yes\n{SOON}");
            signed_on_with(&memories, &script, &lines).await.cut().await;
            let mut powered = rebooted(&memories, &script).await;
            script.host.terminal_id_flip.set(1);
            set_time(&script, approved);
            order(&powered, '4');
            powered.panel.see("M213").await;
            script.host.terminal_id_flip.set(0);
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            let asked = script.host.asked().len();
            order(&powered, '4');
            powered.panel.see("M213").await;
            let expected: &[&str] = if due { &["0800", "0200"] } else { &["0200"] };
            assert_eq!(script.host.asked()[asked..], *expected, "{approved}");
        });
    }
}
