//! A power cut at any await of a sale with a chip.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::card::Card;
use super::contacts::Protocol::T1;
use super::rig::*;
use crate::bench::front_end::{Paper, serve_printer};
use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;
use crate::rotation::rig::rebooted;

/// Sells with a chip on a terminal that stops after so many polls. What the card was asked; nothing where it all went
/// through.
async fn sell_until(memories: &Memories, script: &Rc<Script>, polls: usize) -> Option<Log> {
    let mut powered = Powered::on_for(memories, script.clone(), polls);
    serve_printer(&mut powered.printer, &powered.front_end, Rc::new(Cell::new(Paper::There)));
    let log = hold(&mut powered, T1, Card::default());
    let whole = async {
        powered.panel.see("M100").await;
        present(&mut powered, '2').await;
        powered.panel.see("M211").await;
        leave(&mut powered).await;
    };
    let is_whole = tokio::time::timeout(Duration::from_secs(600), whole).await.is_ok();
    powered.cut().await;
    (!is_whole).then_some(log)
}

/// The state of the only record after the next boot, and that the reversal of one that is due goes out.
async fn state_after(memories: &Memories, script: &Rc<Script>) -> String {
    let mut powered = rebooted(memories, script).await;
    powered.panel.press("5");
    let screen = powered.panel.next_screen().await;
    if id(&screen) == "M241" {
        return "nothing".into();
    }
    assert_eq!(screen[1], "Record 1 of 1");
    powered.panel.press("\x1B");
    powered.panel.see("M100").await;
    script.host.requests.borrow_mut().clear();
    assert_eq!(sell_typed(&mut powered).await, "M211");
    let is_due = screen[6] == "Reversal due";
    let expected: &[&str] = if is_due { &["0400", "0200"] } else { &["0200"] };
    assert_eq!(mtis(script), *expected, "{screen:?}");
    screen[6].clone()
}

#[test]
fn a_power_cut_leaves_nothing_or_a_record() {
    let (memories, kept) = (Memories::default(), Rc::new(Cell::new(None)));
    let keep = kept.clone();
    let at_rest = memories.clone();
    scenario(async move {
        let (powered, script) = ready(&at_rest, "fresh-keys=accept\n").await;
        powered.cut().await;
        keep.set(Some(script));
    });
    let script = kept.take().unwrap();
    let mut states = BTreeMap::<String, usize>::new();
    for polls in 1.. {
        let found = Rc::new(Cell::new(None));
        let (told, memories, script) = (found.clone(), memories.left(), script.clone());
        script.host.requests.borrow_mut().clear();
        scenario(async move {
            let Some(log) = sell_until(&memories, &script, polls).await else { return };
            let was_sent = mtis(&script).contains(&"0200".to_owned());
            let state = state_after(&memories, &script).await;
            match state.as_str() {
                "nothing" => assert!(!was_sent, "{polls}"),
                "Reversal due" => {}
                "Captured" => assert_eq!(wanted(&log), [0x80, 0x40], "{polls}"),
                other => panic!("{polls}: {other}"),
            }
            told.set(Some(state));
        });
        match found.take() {
            Some(state) => *states.entry(state).or_default() += 1,
            None => break,
        }
    }
    println!("terminal: cut points of a sale with a chip, by the state found after them: {states:?}");
    assert_eq!(states.len(), 3, "{states:?}");
}
