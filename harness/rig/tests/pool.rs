//! Boards that keep their flash between cases are never shared, and are free again however their holder ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod board;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use board::{image, section, wait_for};
use payrig_rig::{Board, QemuSection, RigError, State, qemu::QemuBoard};

/// Set in the process that [`a_killed_process_leaves_its_board_to_the_next`] kills: where its pool is.
const VICTIM: &str = "PAYRIG_RIG_TEST_VICTIM";

fn section_in(state: &Path) -> QemuSection {
    QemuSection { state: state.into(), ..section("qemu") }
}

fn lease(state: &Path) -> QemuBoard {
    QemuBoard::new(section_in(state), State::Leased).unwrap()
}

fn folder(board: &QemuBoard) -> PathBuf {
    board.flash_file().parent().unwrap().into()
}

#[tokio::test]
async fn a_killed_process_leaves_its_board_to_the_next() {
    if let Some(state) = std::env::var_os(VICTIM) {
        let mut board = lease(state.as_ref());
        // Its emulator inherits the lock, and may outlive it for a moment.
        let _lines = board.power_on().await.unwrap();
        println!("folder={}", folder(&board).display());
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_process_leaves_its_board_to_the_next", "--nocapture"])
        .env(VICTIM, state.path())
        .env("TMPDIR", state.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(holder.stdout.take().unwrap());
    let held =
        said.lines().find_map(|line| line.unwrap().split_once("folder=").map(|(_, path)| path.to_owned()));
    let held = PathBuf::from(held.unwrap());
    let mine = lease(state.path());
    assert_ne!(folder(&mine), held);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(folder(&lease(state.path())), held);
}

#[tokio::test]
async fn the_next_lease_finds_the_flash_and_a_new_battery() {
    let state = tempfile::tempdir().unwrap();
    let image = image(&section("qemu"));
    let mut board = lease(state.path());
    assert!(matches!(board.verify(&image).await, Err(RigError::FlashDiffers { .. })));
    board.flash(&image, &|_| {}).await.unwrap();
    for boot in [" boot=1 ", " boot=2 "] {
        wait_for(&mut board.power_on().await.unwrap().panel, boot).await;
        board.power_off().await.unwrap();
    }
    drop(board);
    let mut board = lease(state.path());
    board.verify(&image).await.unwrap();
    wait_for(&mut board.power_on().await.unwrap().panel, " boot=1 ").await;
}

#[tokio::test]
async fn a_flash_of_another_size_than_the_rigs_is_begun_anew() {
    let state = tempfile::tempdir().unwrap();
    let folder = folder(&lease(state.path()));
    fs::write(folder.join("flash.bin"), b"of an older rig file").unwrap();
    let error = lease(state.path()).verify(&image(&section("qemu"))).await.unwrap_err();
    assert!(matches!(error, RigError::FlashDiffers { found: 0xFF, .. }), "{error}");
}
