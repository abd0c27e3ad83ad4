//! A terminal that has signed on and a host that issues other keys every time.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::bench::front_end::{Paper, serve_printer};
use crate::bench::host::vectors_tmk;
use crate::bench::modem::Script;
use crate::bench::{Memories, Powered};
use crate::operator::*;

/// Parameters of a terminal that gives up soon.
pub const SOON: &str = "host-timeout=1\ntries=1\n";

/// A host whose next answers are of this date and time, as ten digits.
pub fn host_at(time: &str) -> Rc<Script> {
    let script = Rc::<Script>::default();
    script.host.renews_under.set(Some(vectors_tmk()));
    set_time(&script, time);
    script
}

pub fn set_time(script: &Script, time: &str) {
    script.host.time.set(hex::decode(time).unwrap().try_into().unwrap());
}

/// Provisions a terminal with these lines and signs on, up to the menu. The printer has paper.
pub async fn signed_on_with(memories: &Memories, script: &Rc<Script>, lines: &str) -> Powered {
    let mut powered = keyed_with(memories, script, lines).await;
    serve_printer(&mut powered.printer, &powered.front_end, Rc::new(Cell::new(Paper::There)));
    assert_eq!(id(&sign_on(&mut powered).await), "M111");
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    powered
}

/// Boots again, up to the menu. The printer has paper.
pub async fn rebooted(memories: &Memories, script: &Rc<Script>) -> Powered {
    let mut powered = Powered::on(memories, script.clone());
    serve_printer(&mut powered.printer, &powered.front_end, Rc::new(Cell::new(Paper::There)));
    powered.panel.see("M100").await;
    powered
}

/// Waits for a screen other than M110 and says which one came after how many seconds.
pub async fn next_after(powered: &mut Powered) -> (String, u64) {
    let start = tokio::time::Instant::now();
    loop {
        let screen = powered.panel.next_screen().await;
        if id(&screen) != "M110" {
            return (id(&screen).to_owned(), start.elapsed().as_secs());
        }
    }
}

/// Nothing happens for so long.
pub async fn assert_quiet(powered: &mut Powered, seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    assert!(powered.panel.is_quiet(), "something was shown within {seconds} s");
}
