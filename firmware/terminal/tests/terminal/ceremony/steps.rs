//! What both custodians do in every ceremony.

use std::cell::Cell;
use std::rc::Rc;

use des::cipher::{Array, BlockCipherEncrypt, KeyInit};

use crate::bench::front_end::{Paper, serve_printer};
use crate::bench::{Memories, Powered};
use crate::operator::*;

pub const ONE: &str = "9D7A61B3F0482CE5A7139BD64E82F05C";
pub const OTHER: &str = "3B58E6942D71CA0F86F42EA95D1B7C03";

pub fn bytes(hex: &str) -> [u8; 16] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

pub fn xor(one: &str, other: &str) -> [u8; 16] {
    let (one, other) = (bytes(one), bytes(other));
    std::array::from_fn(|at| one[at] ^ other[at])
}

pub fn kcv(key: [u8; 16]) -> String {
    let mut block = Array([0; 8]);
    des::TdesEde2::new(&Array(key)).encrypt_block(&mut block);
    hex::encode_upper(&block[..4])
}

/// What is typed on each of the five screens, without the confirm behind it.
pub fn entries(one: &str, other: &str) -> [String; 5] {
    [one.into(), kcv(bytes(one)), other.into(), kcv(bytes(other)), kcv(xor(one, other))]
}

/// Boots a terminal on these memories, whose printer has paper, and begins the ceremony.
pub async fn begin(memories: &Memories) -> Powered {
    begin_for(memories, Paper::There).await
}

pub async fn begin_for(memories: &Memories, paper: Paper) -> Powered {
    let mut powered = Powered::on(memories, Rc::default());
    serve_printer(&mut powered.printer, &powered.front_end, Rc::new(Cell::new(paper)));
    powered.panel.see("M100").await;
    powered.panel.press("7");
    assert_eq!(powered.panel.see("M120").await[7], "Any key, 9 new TMK  M120");
    powered.panel.press("9");
    powered.panel.see("M401").await;
    powered
}

/// Types so many of the entries, each with its confirm.
pub fn enter(powered: &Powered, entries: &[String]) {
    entries.iter().for_each(|entry| powered.panel.press(&format!("{entry}\r")));
}

/// The first screen that is none of the entries' own.
pub async fn end(powered: &mut Powered) -> Vec<String> {
    loop {
        let screen = powered.panel.next_screen().await;
        if !["M401", "M402", "M403", "M404", "M405"].contains(&id(&screen)) {
            return screen;
        }
    }
}

/// Boots and reads the key screen.
pub async fn keys_after_boot(memories: &Memories) -> Vec<String> {
    let mut powered = Powered::on(&memories.left(), Rc::default());
    powered.panel.see("M100").await;
    let keys = kcvs(&mut powered).await;
    powered.cut().await;
    keys
}

pub fn new_keys() -> Vec<String> {
    let tmk = format!("TMK {}", kcv(xor(ONE, OTHER)));
    [tmk.as_str(), "PIK --------", "MAK --------", "TDK --------"].map(str::to_owned).to_vec()
}
