//! The simulated board keeps what its stores hold over a power cut, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod board;

use std::sync::atomic::Ordering;

use board::opens_the_tamper_switch;
use payrig_rig::{Board, Capability, Lines, RigError, sim::SimBoard};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    task::LocalSet,
};

/// The terminal's boot line (INTERFACE.md, section 2).
async fn boot_line(lines: Lines) -> String {
    let mut line = String::new();
    BufReader::new(lines.panel).read_line(&mut line).await.unwrap();
    line.trim_end().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_cut_board_boots_again_with_what_it_stored_and_a_blank_one_without() {
    LocalSet::new()
        .run_until(async {
            let mut board = SimBoard::new();
            for boot in [1, 2, 3] {
                let line = boot_line(board.power_on().await.unwrap()).await;
                let expected = format!("build=native boot={boot} state=blank entropy=emulated");
                assert!(line.ends_with(&expected), "{line}");
                board.power_off().await.unwrap();
            }
            board.blank().await.unwrap();
            let line = boot_line(board.power_on().await.unwrap()).await;
            assert!(line.contains(" boot=1 "), "{line}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_a_simulated_board_cannot_do_is_said() {
    let mut board = SimBoard::new();
    let error = board.read_memory(0, &mut [0]).await.unwrap_err();
    assert!(matches!(error, RigError::NoSuchInterface { board: "sim", interface: "memory" }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_tamper_switch_opens_by_the_front_end_line() {
    let mut board = SimBoard::new();
    assert!(board.capabilities().has(Capability::Tamper));
    LocalSet::new().run_until(opens_the_tamper_switch(&mut board)).await;
}

#[tokio::test(start_paused = true)]
async fn another_thread_can_see_the_application_run() {
    LocalSet::new()
        .run_until(async {
            let mut board = SimBoard::new();
            let application = board.application().unwrap();
            let seen = application.clone();
            let watchdog = std::thread::spawn(move || {
                while !seen.load(Ordering::Acquire) {
                    std::hint::spin_loop();
                }
            });
            for _ in 0..5_000 {
                boot_line(board.power_on().await.unwrap()).await;
                board.power_off().await.unwrap();
                assert!(!application.load(Ordering::Acquire), "the test runs, not the application");
                if watchdog.is_finished() {
                    return;
                }
            }
            panic!("the application was never seen to run");
        })
        .await;
}
