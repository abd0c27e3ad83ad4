//! A device on the modem line in the place of our actor: at a TCP port, at a serial port; ours as scaffolding, and foreign ones.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on says so by its panic; devices live in wall time"
)]

mod chat;
#[path = "../scenario_files/desk.rs"]
mod desk;
mod device;
mod faults;
mod iaxmodem;
mod plumbing;
mod process;

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

use desk::{Desk, root};
use payrig_bench::{Bench, Fixtures, Report, RunFolder, Settings};
use payrig_rig::{LineName, RigFile};
use payrig_tape::{Direction, Recording, Secrets, restore};

/// A shipped rig with what `lines` says of its modem.
fn shipped_rig(name: &str, lines: &str) -> RigFile {
    RigFile { modem: rig(lines).modem, ..RigFile::load(&root().join(format!("rigs/{name}.toml"))).unwrap() }
}

/// The simulated board with what `lines` says of its modem.
fn rig(lines: &str) -> RigFile {
    let text = format!("title = \"A rig\"\nboard = \"sim\"\ntime = \"virtual\"\n{lines}");
    RigFile::parse("rig.toml".as_ref(), &text).unwrap()
}

/// Plays a scenario of this text on a rig.
fn play(desk: &Desk, rig: &RigFile, text: &str) -> Report {
    desk.write("a/case.toml", text);
    let run = RunFolder::at(desk.run()).unwrap();
    let bench = Bench::new(Settings {
        rig: rig.clone(),
        fixtures: Fixtures::open(desk.run().parent().unwrap()).unwrap(),
        run,
        seed: 1,
    });
    bench.run(desk.suite().unwrap().case("a::case").unwrap())
}

/// A scenario of this world that signs on, and `rest`.
fn sign_on(world: &str, rest: &str) -> String {
    format!("title = \"A case\"\n[world]\n{world}[[steps]]\ndo = \"sign-on\"\n{rest}")
}

/// What a line of the tape carried.
fn carried(tape: &Recording, line: &str, direction: Direction) -> Vec<u8> {
    // These worlds move no money: nothing is a token but in the records of keys, which no modem sees in clear.
    restore(&tape.stream(line, direction), &Secrets::new()).unwrap()
}

/// The terminal's end of the modem line.
fn terminals_end(tape: &Recording, direction: Direction) -> Vec<u8> {
    carried(tape, LineName::Modem.word(), direction)
}

/// The device's end of it.
fn devices_end(tape: &Recording, direction: Direction) -> Vec<u8> {
    carried(tape, "modem-device", direction)
}

/// Whether `bytes` are in `text`.
fn has(text: &[u8], bytes: &str) -> bool {
    text.windows(bytes.len()).any(|window| window == bytes.as_bytes())
}

/// A port on the loopback that is free now, and that the system gives to nobody who asks for any (those begin at 32768).
fn free_port() -> u16 {
    // Each test is a process of its own; within one, no port is given twice.
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let own = 20_000 + u16::try_from(std::process::id() % 1_000 * 10).unwrap();
    let first = own + GIVEN.fetch_add(1, Ordering::Relaxed);
    (first..32_768).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
