//! The terminal's real image goes into the emulated flash through probe-rs, and any other byte is noticed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod board;

use std::{fs::File, os::unix::fs::FileExt, path::PathBuf};

use board::{image, opens_the_tamper_switch, section, wait_for};
use payrig_rig::{Board, Capability, RigError, State, qemu::QemuBoard};
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn flash_holds_the_image_and_a_flipped_byte_is_named_with_its_address() {
    let section = section("qemu");
    let image = image(&section);
    let mut board = QemuBoard::new(section, State::Private).unwrap();
    let report = board.flash(&image, &|_| {}).await.unwrap();
    println!("flashed and verified {} bytes in {:.3} s", report.bytes, report.took.as_secs_f64());
    assert_eq!(report.bytes, image.size());
    board.verify(&image).await.unwrap();
    for segment in image.segments() {
        let mut held = vec![0; segment.bytes.len()];
        File::open(board.flash_file()).unwrap().read_exact_at(&mut held, segment.address).unwrap();
        assert!(held == segment.bytes, "the flash file differs in the segment at {:#x}", segment.address);
    }

    let segment = &image.segments()[0];
    let at = segment.bytes.len() / 2;
    let address = segment.address + at as u64;
    let flash = File::options().write(true).open(board.flash_file()).unwrap();
    flash.write_all_at(&[segment.bytes[at] ^ 0x10], address).unwrap();
    let error = board.verify(&image).await.unwrap_err();
    match error {
        RigError::FlashDiffers { address: found, expected, .. } => {
            assert_eq!((found, expected), (address, segment.bytes[at]));
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_missing_emulator_is_a_sentence_that_names_the_doctor() {
    let mut section = section("qemu");
    section.program = PathBuf::from("qemu-system-that-is-not-there");
    let mut board = QemuBoard::new(section, State::Private).unwrap();
    let error = board.power_on().await.err().expect("no emulator");
    assert!(!error.is_usage());
    assert!(error.to_string().contains("qemu-system-that-is-not-there"), "{error}");
    assert!(miette::Diagnostic::help(&error).unwrap().to_string().contains("payrig doctor"));
}

#[tokio::test]
async fn the_terminal_goes_on_after_its_memory_was_read() {
    let section = section("qemu");
    let image = image(&section);
    let mut board = QemuBoard::new(section, State::Private).unwrap();
    board.flash(&image, &|_| {}).await.unwrap();
    let mut lines = board.power_on().await.unwrap();
    wait_for(&mut lines.panel, "M010").await;
    let key_store = image.symbol("PAYRIG_KEYSTORE").unwrap();
    for _ in 0..3 {
        let mut bytes = [0; 8192];
        board.read_memory(key_store, &mut bytes).await.unwrap();
        // A record with a wrong CRC is refused on the screen, which the next one replaces.
        lines.panel.write_all(b"%PAYRIG-RECORD 1\n%END 0000\n").await.unwrap();
        wait_for(&mut lines.panel, "M012").await;
        lines.panel.write_all(b"\r").await.unwrap();
        wait_for(&mut lines.panel, "M010").await;
    }
}

#[tokio::test]
async fn the_tamper_switch_opens_by_the_front_end_line() {
    let section = section("qemu");
    let image = image(&section);
    let mut board = QemuBoard::new(section, State::Private).unwrap();
    assert!(board.capabilities().has(Capability::Tamper));
    board.flash(&image, &|_| {}).await.unwrap();
    opens_the_tamper_switch(&mut board).await;
}
