//! A terminal that has signed on, cards, and what its requests carry.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::bench::host::vectors_tmk;
use crate::bench::modem::Script;
use crate::bench::request::fields;
use crate::bench::stripe::swipe;
use crate::bench::{Memories, Powered};
use crate::rotation::rig::{host_at, signed_on_with};

/// A card without a chip.
pub const CARD: &str = "6212345678901232D30121019081726354453";
/// Its third track.
pub const THIRD: &str = "996212345678901232D15615600000000000000030000001140000";

/// Signs on under a key scheme. The host's keys are the same for the same scheme.
pub async fn signed_on(memories: &Memories, scheme: &str, more: &str) -> (Powered, Rc<Script>) {
    let script = host_at("0720221301");
    script.host.issues_sm4.set(scheme == "sm4");
    if scheme == "double" {
        script.host.renews_under.set(None);
        let pik = [[0x13; 8], [0x25; 8]].concat();
        script.host.issue(&vectors_tmk(), [pik, vec![0x47; 8], [[0x69; 8], [0x8B; 8]].concat()]);
        script.host.key_field.borrow_mut().truncate(40);
    }
    let lines = format!("key-scheme={scheme}\n{more}");
    let powered = signed_on_with(memories, &script, &lines).await;
    script.host.requests.borrow_mut().clear();
    (powered, script)
}

/// Begins a sale of CNY 12.34 or a balance, up to the card.
pub async fn begin(powered: &mut Powered, choice: char) {
    powered.panel.press(&format!("{choice}{}", if choice == '2' { "1234\r" } else { "" }));
    powered.panel.see("M201").await;
}

/// Swipes a card and goes on to the PIN.
pub async fn swipe_to_pin(powered: &mut Powered, two: &str, three: &str) -> Vec<String> {
    powered.front_end.put(&swipe(two, three));
    powered.panel.see("M203").await
}

/// The fields of every request but sign-ons, with its MTI.
pub fn asked(script: &Script) -> Vec<(String, BTreeMap<u8, String>)> {
    let requests = script.host.requests.borrow();
    let transactions = requests.iter().filter(|request| request[13] != 0x08);
    transactions.map(|request| (hex::encode(&request[13..15]), fields(request))).collect()
}

/// These fields of a request, with `-` for one that is not there.
pub fn some<const N: usize>(fields: &BTreeMap<u8, String>, numbers: [u8; N]) -> [&str; N] {
    numbers.map(|number| fields.get(&number).map_or("-", String::as_str))
}
