//! A secret in anything that a run leaves ends the run with a sentence, whatever its cases say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails the test")]

mod support;

use std::{fs, net::SocketAddrV4, path::Path, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use payrig_operator::TerminalFixture;
use payrig_tape::{Direction, HostCapture, Lens, Secrets, Tape};
use rstest::rstest;
use support::{Desk, Running, root, said};
use tokio::time::Instant;

/// The key that the terminal of every case is delivered with.
fn factory_key() -> Vec<u8> {
    let terminal = TerminalFixture::load(&root().join("fixtures/terminals/keyed.toml")).unwrap();
    terminal.factory_key().bytes().to_vec()
}

/// Runs one case on the simulated board into `run`: (exit code, what it said).
fn run_into(desk: &Desk) -> (Option<i32>, String) {
    let arguments = ["test", "--run-dir", "run", "--color=never", "sign-on::succeeds"];
    let output = Running::start(&mut desk.payrig_on(&root().join("rigs/sim.toml"), &arguments)).output();
    (output.status.code(), said(&output))
}

/// A tape of somebody who did not know the secret, which went over the line in pieces of `chunk` bytes.
fn tape(folder: &Path, secret: &[u8], chunk: usize) {
    let tape = Tape::create(folder, Instant::now()).unwrap();
    let (modem, panel) = (tape.line("modem", Lens::Binary), tape.line("panel", Lens::Text));
    for chunk in secret.chunks(chunk) {
        modem.record(Direction::FromTerminal, chunk);
        panel.record(Direction::FromTerminal, b".");
    }
    tape.finish().unwrap();
}

fn capture(folder: &Path, secret: &[u8], chunk: usize) {
    let path = folder.join("host.pcapng");
    let capture =
        HostCapture::create(&path, Instant::now(), SystemTime::UNIX_EPOCH, &Secrets::new()).unwrap();
    let host: SocketAddrV4 = "192.0.2.10:5000".parse().unwrap();
    let connection = capture.connect(host, host);
    secret.chunks(chunk).for_each(|chunk| connection.to_host(chunk));
    drop(connection);
    capture.finish().unwrap();
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

#[rstest]
#[case::tape("tape.jsonl", |folder: &Path, key: &[u8]| tape(folder, key, 100))]
#[case::tape_in_pieces("tape.jsonl", |folder: &Path, key: &[u8]| tape(folder, key, 5))]
#[case::tape_byte_by_byte("tape.jsonl", |folder: &Path, key: &[u8]| tape(folder, key, 1))]
#[case::capture("host.pcapng", |folder: &Path, key: &[u8]| capture(folder, key, 100))]
#[case::capture_in_pieces("host.pcapng", |folder: &Path, key: &[u8]| capture(folder, key, 3))]
#[case::screen("screen.txt", |folder: &Path, key: &[u8]| {
    let rows: Vec<_> = hex::encode_upper(key).as_bytes().chunks(24).map(|row| String::from_utf8_lossy(row).into_owned()).collect();
    write(folder, "screen.txt", &format!("|{}|\n", rows.join("|\n|")));
})]
#[case::host("host.txt", |folder: &Path, key: &[u8]| write(folder, "host.txt", &format!("62  PIK  {}\n", hex::encode(key))))]
#[case::results("results.json", |folder: &Path, key: &[u8]| {
    write(folder, "results.json", &format!("{{\"why\": \"{}\"}}\n", STANDARD.encode(key)));
})]
#[case::raw("core", |folder: &Path, key: &[u8]| fs::write(folder.join("core"), key).unwrap())]
#[case::name("in the name of a file", |folder: &Path, key: &[u8]| write(folder, &hex::encode(key), ""))]
fn a_leak_planted_in_a_run_is_told(#[case] place: &str, #[case] plant: fn(&Path, &[u8])) {
    let desk = Desk::new();
    let folder = desk.path("run/another-case");
    fs::create_dir_all(&folder).unwrap();
    // Nearly the key: nothing is told.
    let mut near = factory_key();
    near[7] ^= 0x10;
    plant(&folder, &near);
    let (code, said) = run_into(&desk);
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("a record holds a secret"), "{said}");

    fs::remove_dir_all(desk.path("run")).unwrap();
    fs::create_dir_all(&folder).unwrap();
    plant(&folder, &factory_key());
    let (code, said) = run_into(&desk);
    assert_eq!(code, Some(3), "{said}");
    let sentence = said.lines().find(|line| line.contains("a record holds a secret")).unwrap_or(&said);
    assert!(sentence.contains(place) && sentence.contains("key factory as"), "{sentence}");
    assert!(!said.to_lowercase().contains(&hex::encode(factory_key())), "the sentence does not tell the key");
}
