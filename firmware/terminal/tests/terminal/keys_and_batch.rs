//! Keys and batch of a sign-on change together or not at all, whatever is cut or fails while it runs.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::bench::host::{other_keys, vectors_tmk};
use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;

/// What a sign-on changes: the rows of the key screen, and the batch of the next request.
type Pair = (Vec<String>, String);

/// Memories of a terminal that has signed on, with the vectors' keys and batch 000519.
pub async fn signed_on() -> Memories {
    let (memories, script) = (Memories::default(), Rc::<Script>::default());
    let mut powered = keyed(&memories, &script).await;
    assert_eq!(id(&sign_on(&mut powered).await), "M111");
    powered.cut().await;
    memories
}

/// A host that issues other keys, with batch 000520.
fn next_host() -> Rc<Script> {
    let script = Rc::<Script>::default();
    script.host.key_field.replace(other_keys(&vectors_tmk()));
    script.host.batch.set([0x00, 0x05, 0x20]);
    script
}

/// Boots, reads the key screen, and looks at the batch of a request that the host then refuses.
async fn pair(memories: &Memories) -> Pair {
    let script = Rc::<Script>::default();
    script.host.response_code.set(*b"96");
    let mut powered = Powered::on(memories, script.clone());
    powered.panel.see("M100").await;
    let keys = kcvs(&mut powered).await;
    assert_eq!(id(&sign_on(&mut powered).await), "E304");
    powered.cut().await;
    let request = script.host.requests.borrow().last().cloned().unwrap();
    // Field 60 begins with its length and 60.1, and ends with 60.3, `004`.
    let at = request.windows(7).position(|field| {
        let [0x00, 0x11, 0x00, .., last] = field else { return false };
        *last == 0x00
    });
    let at = at.unwrap() + 3;
    (keys, hex::encode(&request[at..at + 3]))
}

/// The pair before a sign-on with [`next_host`] and the pair after it.
async fn old_and_new(before: &Memories) -> [Pair; 2] {
    let after = before.left();
    let mut powered = Powered::on(&after, next_host());
    powered.panel.see("M100").await;
    assert_eq!(id(&sign_on(&mut powered).await), "M111");
    powered.cut().await;
    let pairs = [pair(&before.left()).await, pair(&after.left()).await];
    assert_eq!(pairs.each_ref().map(|(_, batch)| batch.as_str()), ["000519", "000520"]);
    let [(old, _), (new, _)] = &pairs;
    assert!(old.iter().zip(new).skip(1).all(|(old, new)| old != new), "{old:?} {new:?}");
    pairs
}

#[test]
fn a_power_cut_at_any_await_of_a_sign_on_leaves_both_old_or_both_new() {
    let mut found = [0, 0];
    for polls in 1.. {
        let outcome = Rc::new(RefCell::new(None));
        let end = outcome.clone();
        scenario(async move {
            let before = signed_on().await;
            let memories = before.left();
            let mut powered = Powered::on_for(&memories, next_host(), polls);
            let whole = async {
                powered.panel.see("M100").await;
                assert_eq!(id(&sign_on(&mut powered).await), "M111");
            };
            if tokio::time::timeout(Duration::from_secs(600), whole).await.is_ok() {
                return;
            }
            powered.cut().await;
            let pairs = old_and_new(&before).await;
            let left = pair(&memories.left()).await;
            let which = pairs.iter().position(|pair| *pair == left);
            *end.borrow_mut() = Some(which.unwrap_or_else(|| panic!("cut at poll {polls}: {left:?}")));
        });
        match outcome.take() {
            Some(which) => found[which] += 1,
            None => break,
        }
    }
    println!("terminal: cut points of a sign-on with both old and both new: {found:?}");
    assert!(found.iter().all(|count| *count > 0), "{found:?}");
}

#[test]
fn a_key_store_that_fails_at_any_byte_of_a_sign_on_leaves_what_the_screen_says() {
    scenario(async {
        let before = signed_on().await;
        let [old, new] = old_and_new(&before).await;
        let mut failed = 0;
        for stores in 0.. {
            let memories = before.left();
            let mut powered = Powered::on(&memories, next_host());
            powered.panel.see("M100").await;
            memories.ram.stores_left.set(stores);
            let screen = sign_on(&mut powered).await;
            powered.cut().await;
            let expected = match id(&screen) {
                "E401" => &old,
                "M111" => &new,
                other => panic!("{other} after {stores} bytes"),
            };
            assert_eq!(pair(&memories.left()).await, *expected, "{screen:?} after {stores} bytes");
            failed += usize::from(id(&screen) == "E401");
            if memories.ram.stores_left.get() > 0 {
                println!("terminal: a key store that fails after 0 to {stores} bytes, E401 for {failed}");
                break;
            }
        }
        assert!(failed > 0);
    });
}

#[test]
fn a_journal_that_fails_at_any_step_of_a_sign_on_leaves_what_the_screen_says() {
    scenario(async {
        let before = signed_on().await;
        let [old, new] = old_and_new(&before).await;
        let mut shown = Vec::new();
        for steps in 0.. {
            let (memories, script) = (before.left(), next_host());
            let mut powered = Powered::on(&memories, script.clone());
            powered.panel.see("M100").await;
            memories.flash.steps_left.set(steps);
            let screen = sign_on(&mut powered).await;
            let expected = match id(&screen) {
                "E402" => {
                    assert!(script.host.requests.borrow().is_empty(), "no number, no message");
                    &old
                }
                "M111" => {
                    // The next message needs a number that cannot be kept.
                    powered.panel.press("\r");
                    powered.panel.see("M100").await;
                    if memories.flash.steps_left.get() == 0 {
                        assert_eq!(id(&sign_on(&mut powered).await), "E402");
                    }
                    &new
                }
                other => panic!("{other} after {steps} steps"),
            };
            powered.cut().await;
            assert_eq!(pair(&memories.left()).await, *expected, "{screen:?} after {steps} steps");
            shown.push(id(&screen).to_owned());
            if memories.flash.steps_left.get() > 0 {
                break;
            }
        }
        println!("terminal: a journal that fails after so many steps: {shown:?}");
        assert!(shown.contains(&"E402".into()) && shown.contains(&"M111".into()), "{shown:?}");
    });
}

#[test]
fn a_new_master_key_keeps_the_batch() {
    scenario(async {
        let memories = signed_on().await;
        let mut powered = Powered::on(&memories, Rc::default());
        powered.panel.see("M100").await;
        powered.panel.press(&record(&master_key_lines()));
        powered.panel.see("M011").await;
        powered.cut().await;
        let (keys, batch) = pair(&memories).await;
        assert_eq!(keys[1..], ["PIK --------", "MAK --------", "TDK --------"]);
        assert_eq!(batch, "000519");
    });
}
