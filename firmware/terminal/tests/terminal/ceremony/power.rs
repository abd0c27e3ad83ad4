//! Old TMK and old working keys, or the new TMK and none, whatever is cut or fails.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::steps::*;
use crate::bench::front_end::{Paper, serve_printer};
use crate::bench::{Memories, Powered, scenario};
use crate::keys_and_batch::signed_on;
use crate::operator::*;

/// The bytes of a terminal that has signed on.
fn signed_on_bytes() -> (Vec<u8>, Vec<u8>) {
    let left = Rc::new(RefCell::default());
    let found = left.clone();
    scenario(async move {
        let memories = signed_on().await;
        found.replace((memories.ram_bytes(), memories.flash.bytes.borrow().clone()));
    });
    left.take()
}

fn on_bytes((ram, flash): &(Vec<u8>, Vec<u8>)) -> Memories {
    let memories = Memories::default();
    memories.ram.bytes.replace(ram.clone());
    memories.flash.bytes.replace(flash.clone());
    memories
}

#[test]
fn a_power_cut_at_any_await_of_a_ceremony_leaves_the_old_keys_or_the_new_tmk_alone() {
    let before = signed_on_bytes();
    let mut found = BTreeMap::<&str, usize>::new();
    for polls in 1.. {
        let outcome = Rc::new(Cell::new(None));
        let (end, memories) = (outcome.clone(), on_bytes(&before));
        scenario(async move {
            let mut powered = Powered::on_for(&memories, Rc::default(), polls);
            serve_printer(&mut powered.printer, &powered.front_end, Rc::new(Cell::new(Paper::There)));
            let whole = async {
                powered.panel.see("M100").await;
                // Key by key, so that the terminal waits for each.
                for key in format!("79{}\r", entries(ONE, OTHER).join("\r")).chars() {
                    powered.panel.press(&key.to_string());
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                powered.panel.see("M406").await;
                tokio::time::sleep(Duration::from_secs(1)).await;
                powered.panel.press("\r");
                powered.panel.see("M100").await;
            };
            if tokio::time::timeout(Duration::from_secs(60), whole).await.is_ok() {
                return;
            }
            powered.cut().await;
            let keys = keys_after_boot(&memories).await;
            end.set(Some(match keys {
                keys if keys == expected_kcvs() => "old",
                keys if keys == new_keys() => "new",
                keys => panic!("cut at poll {polls}: {keys:?}"),
            }));
        });
        match outcome.get() {
            Some(which) => *found.entry(which).or_default() += 1,
            None => break,
        }
    }
    println!("terminal: cut points of a ceremony with old keys and with the new TMK: {found:?}");
    assert!(found["old"] > 90 && found["new"] > 0, "{found:?}");
}

#[test]
fn a_key_store_that_fails_at_any_byte_of_the_write_leaves_what_the_screen_says() {
    let before = signed_on_bytes();
    let mut failed = 0;
    for stores in 0.. {
        let left = Rc::new(Cell::new(0));
        let (end_left, memories) = (left.clone(), on_bytes(&before));
        let screen = Rc::new(RefCell::new(String::new()));
        let shown = screen.clone();
        scenario(async move {
            let mut powered = begin(&memories).await;
            memories.ram.stores_left.set(stores);
            enter(&powered, &entries(ONE, OTHER));
            let screen = end(&mut powered).await;
            powered.cut().await;
            let expected = match id(&screen) {
                "E401" => expected_kcvs(),
                "M406" => new_keys(),
                other => panic!("{other} after {stores} bytes"),
            };
            assert_eq!(keys_after_boot(&memories).await, expected, "{screen:?} after {stores} bytes");
            shown.replace(id(&screen).to_owned());
            end_left.set(memories.ram.stores_left.get());
        });
        failed += usize::from(*screen.borrow() == "E401");
        if left.get() > 0 {
            break;
        }
    }
    assert!(failed > 0);
}
