//! A line that vanishes is a fault of the rig, with the line named; one that ends with the power is none.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod board;

use std::time::Duration;

use board::{image, section, wait_for};
use payrig_rig::{Board, BoxLine, LineName, Mishap, State, qemu::QemuBoard, sim::SimBoard};
use rstest::rstest;
use tokio::{io::AsyncReadExt, task::LocalSet};

/// Reads a line until it has ended, in whatever way.
async fn end_of(mut line: BoxLine) {
    let mut waste = [0; 256];
    let ended = async { while let Ok(1..) = line.read(&mut waste).await {} };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("the line ends");
}

/// `carrier` is how the message calls what carries the line.
async fn is_told(board: &mut impl Board, carrier: &str) {
    let mut lines = board.power_on().await.unwrap();
    wait_for(&mut lines.panel, "M010").await;
    board.power_off().await.unwrap();
    for line in [lines.panel, lines.modem, lines.slot, lines.antenna, lines.front_end] {
        end_of(line).await;
    }
    assert_eq!(board.mishap(), None, "the power was cut on purpose");

    let mut lines = board.power_on().await.unwrap();
    wait_for(&mut lines.panel, "M010").await;
    board.unplug(LineName::Modem).await.unwrap();
    end_of(lines.modem).await;
    let Some(Mishap::Rig(told)) = board.mishap() else { panic!("a fault of the rig") };
    let expected = format!("the modem line has gone while the board was powered: {carrier}");
    assert!(told.starts_with(&expected) && told.ends_with(" was closed at the board's end"), "{told}");

    board.power_off().await.unwrap();
    end_of(lines.panel).await;
    let _lines = board.power_on().await.unwrap();
    assert_eq!(board.mishap(), Some(Mishap::Rig(told)), "what went wrong stays known");
}

#[tokio::test(start_paused = true)]
async fn a_pipe_that_vanishes_is_told() {
    LocalSet::new().run_until(is_told(&mut SimBoard::new(), "its pipe")).await;
}

#[rstest]
#[case::socket("qemu", "its socket")]
#[case::pty("qemu-pty", "/dev/pts/")]
#[tokio::test]
async fn a_line_of_the_emulated_board_that_vanishes_is_told(#[case] rig: &str, #[case] carrier: &str) {
    let section = section(rig);
    let image = image(&section);
    let mut board = QemuBoard::new(section, State::Private).unwrap();
    board.flash(&image, &|_| {}).await.unwrap();
    is_told(&mut board, carrier).await;
}

#[tokio::test]
async fn a_serial_port_ends_with_its_boards_power_while_another_board_stays_on() {
    let section = section("qemu-pty");
    let mut first = QemuBoard::new(section.clone(), State::Private).unwrap();
    let lines = first.power_on().await.unwrap();
    // Its emulator must not have inherited the other board's ports.
    let mut second = QemuBoard::new(section, State::Private).unwrap();
    let _on = second.power_on().await.unwrap();
    first.power_off().await.unwrap();
    end_of(lines.panel).await;
}
