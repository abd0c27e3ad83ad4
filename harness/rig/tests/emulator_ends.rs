//! An emulator that ends by itself is called that, although its lines end with it. Alone in its process, so that it finds the emulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod board;

use std::fs;

use board::{image, section, wait_for};
use payrig_rig::{Board, Mishap, State, qemu::QemuBoard};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::AsyncReadExt;

/// This process's only emulator.
fn emulator() -> Pid {
    let is_ours = |pid: i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (name, rest) = stat.rsplit_once(") ")?;
        let parent: u32 = rest.split(' ').nth(1)?.parse().ok()?;
        (name.contains("qemu") && parent == std::process::id()).then_some(pid)
    };
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Pid::from_raw(ids.filter_map(is_ours).next().unwrap()).unwrap()
}

#[tokio::test]
async fn the_emulators_own_end_is_not_taken_for_a_line_that_has_gone() {
    for (rig, signal) in [
        ("qemu", Signal::KILL),
        ("qemu", Signal::TERM),
        ("qemu-pty", Signal::KILL),
        ("qemu-pty", Signal::TERM),
    ] {
        let section = section(rig);
        let image = image(&section);
        let mut board = QemuBoard::new(section, State::Private).unwrap();
        board.flash(&image, &|_| {}).await.unwrap();
        let mut lines = board.power_on().await.unwrap();
        wait_for(&mut lines.panel, "M010").await;
        kill_process(emulator(), signal).unwrap();
        let mut waste = [0; 256];
        while let Ok(1..) = lines.panel.read(&mut waste).await {}
        let Some(Mishap::Rig(told)) = board.mishap() else { panic!("{rig}, {signal:?}: a fault of the rig") };
        assert!(told.starts_with("the emulator ended by itself: "), "{rig}, {signal:?}: {told}");
    }
}
