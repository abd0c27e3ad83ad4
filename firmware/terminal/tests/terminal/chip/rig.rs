//! A terminal that knows an application, and a card in its slot.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::card::Card;
use super::contacts::{Protocol, play, spawn};
use crate::bench::front_end::frame;
use crate::bench::modem::Script;
use crate::bench::pipe::pipe;
use crate::bench::{Memories, Powered};
use crate::operator::*;
use crate::stripe::rig::signed_on;

/// An application record: everything goes online, nothing is denied.
pub fn application(tac_online: &str, tac_default: &str) -> String {
    format!(
        "aid=A000000333\naid-match=partial\naid-version=0020\naid-tac-denial=0000000000\n\
         aid-tac-online={tac_online}\naid-tac-default={tac_default}\naid-floor=1000\naid-threshold=0\n\
         aid-target=0\naid-max-target=0\naid-ddol=9F3704\n"
    )
}

/// Signs on, and takes the year and an application that goes online.
pub async fn ready(memories: &Memories, more: &str) -> (Powered, Rc<Script>) {
    ready_with(memories, more, &application("FFFFFFFFFF", "0000000000")).await
}

/// The same with this application.
pub async fn ready_with(memories: &Memories, more: &str, application: &str) -> (Powered, Rc<Script>) {
    let (mut powered, script) = signed_on(memories, "double", more).await;
    for lines in ["year=26\n", application, "bin=621234\nissuer=BANK OF TESTS\n"] {
        powered.panel.press(&record(lines));
        powered.panel.see("M011").await;
        powered.panel.press("\r");
        powered.panel.see("M100").await;
    }
    script.host.requests.borrow_mut().clear();
    (powered, script)
}

/// What a card was asked.
pub type Log = Rc<RefCell<Vec<Vec<u8>>>>;

/// Holds a card at the slot, without putting it in yet; what it is asked from now on.
pub fn hold(powered: &mut Powered, protocol: Protocol, card: Card) -> Log {
    let log = card.log.clone();
    let from_terminal = std::mem::replace(&mut powered.slot, pipe().1);
    spawn(play(from_terminal, powered.slot_in.clone(), powered.front_end.clone(), protocol, card));
    log
}

/// Says that a card is in, or out.
pub fn put(powered: &Powered, is_in: bool) {
    powered.front_end.put(&frame(0x01, &[u8::from(is_in)]));
}

/// Begins a sale of CNY 12.34 or a balance with the card in the slot.
pub async fn present(powered: &mut Powered, choice: char) {
    powered.panel.press(&format!("{choice}{}", if choice == '2' { "1234\r" } else { "" }));
    powered.panel.see("M201").await;
    put(powered, true);
    powered.panel.see("M220").await;
}

/// The next screen that is neither an entry's nor one on the way.
pub async fn outcome(powered: &mut Powered) -> Vec<String> {
    loop {
        let screen = powered.panel.next_screen().await;
        if !["M200", "M201", "M202", "M203", "M110", "M210", "M220"].contains(&id(&screen)) {
            return screen;
        }
    }
}

/// Goes back to the menu, and takes the card out where it is in.
pub async fn leave(powered: &mut Powered) -> Vec<String> {
    powered.panel.press("\r");
    loop {
        let screen = powered.panel.next_screen().await;
        match id(&screen) {
            "M223" => put(powered, false),
            "M100" => return screen,
            other => panic!("{other}"),
        }
    }
}

/// P1 of every GENERATE AC: what the card was asked for.
pub fn wanted(log: &Log) -> Vec<u8> {
    log.borrow().iter().filter(|command| command[1] == 0xAE).map(|command| command[2]).collect()
}

/// 8A of the second GENERATE AC.
pub fn response_code(log: &Log) -> String {
    let log = log.borrow();
    let second = log.iter().filter(|command| command[1] == 0xAE).nth(1).unwrap();
    String::from_utf8(second[4..6].to_vec()).unwrap()
}

/// The message types of every request but sign-ons.
pub fn mtis(script: &Script) -> Vec<String> {
    asked(script).into_iter().map(|(mti, _)| mti).collect()
}

/// Sells for CNY 1.00 with a typed card, from the menu back to it, and so sends what is due.
pub async fn sell_typed(powered: &mut Powered) -> String {
    powered.panel.press("2100\r6212345678901232\r1230\r\r");
    let screen = outcome(powered).await;
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    id(&screen).to_owned()
}

/// The fields of every request but sign-ons, with its MTI.
pub fn asked(script: &Script) -> Vec<(String, BTreeMap<u8, String>)> {
    crate::stripe::rig::asked(script)
}
