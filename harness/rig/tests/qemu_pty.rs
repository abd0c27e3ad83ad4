//! The emulated board is used over serial ports as over sockets, and none is left. Alone in its process, so that it can count.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod board;

use std::{fs, path::PathBuf, time::Duration};

use board::{image, section, wait_for};
use payrig_rig::{Board, BoxLine, Image, Lines, State, qemu::QemuBoard};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};

/// How long a thread that has nothing to do any more may take to end.
const ON_THE_WAY_OUT: Duration = Duration::from_secs(10);

/// Where the files that this process has open are.
fn open_files() -> Vec<PathBuf> {
    let files = fs::read_dir("/proc/self/fd").unwrap().flatten();
    // The one that is read here is among them, and gone.
    files.filter_map(|file| fs::read_link(file.path()).ok()).collect()
}

fn serial_ports(files: &[PathBuf]) -> Vec<&PathBuf> {
    files.iter().filter(|path| path.starts_with("/dev/pts")).collect()
}

/// The first bytes are the boot line's (INTERFACE.md, section 2): none is lost, and no line discipline has changed any.
async fn boots(panel: &mut BoxLine, boot: u32) {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(panel.read_u8().await.unwrap());
    }
    let line = String::from_utf8(line).unwrap();
    assert!(line.starts_with("PAYRIG-TERMINAL ") && line.contains(&format!(" boot={boot} ")), "{line}");
    shows(panel, "M010").await;
}

/// Reads to the end of the screen: it is whole when the cursor is shown.
async fn shows(panel: &mut BoxLine, id: &str) {
    wait_for(panel, id).await;
    wait_for(panel, "\x1b[?25h").await;
}

async fn answers_keys(panel: &mut BoxLine) {
    // A record with a wrong CRC is refused on the screen; the next key press replaces that.
    panel.write_all(b"%PAYRIG-RECORD 1\n%END 0000\n").await.unwrap();
    shows(panel, "M012").await;
    panel.write_all(b"\r").await.unwrap();
    shows(panel, "M010").await;
}

async fn session(board: &mut QemuBoard, image: &Image) {
    board.flash(image, &|_| {}).await.unwrap();
    board.verify(image).await.unwrap();
    let mut lines = board.power_on().await.unwrap();
    assert_eq!(serial_ports(&open_files()).len(), 5);
    boots(&mut lines.panel, 1).await;
    answers_keys(&mut lines.panel).await;
    let mut deactivation = [0; 6];
    lines.slot.read_exact(&mut deactivation).await.unwrap();
    assert_eq!(deactivation, [0x10, 0x52, 0x00, 0x10, 0x56, 0x00], "INTERFACE.md, section 9");
    let mut key_store = [0; 8192];
    board.read_memory(image.symbol("PAYRIG_KEYSTORE").unwrap(), &mut key_store).await.unwrap();

    board.reset().await.unwrap();
    boots(&mut lines.panel, 2).await;
    board.power_off().await.unwrap();
    assert_eq!(lines.panel.read(&mut [0; 64]).await.unwrap(), 0, "the port ends with the power");

    let Lines { mut panel, .. } = board.power_on().await.unwrap();
    boots(&mut panel, 3).await;
    answers_keys(&mut panel).await;
    board.blank().await.unwrap();
    boots(&mut board.power_on().await.unwrap().panel, 1).await;
    board.power_off().await.unwrap();
    board.verify(image).await.unwrap();
}

#[tokio::test]
async fn a_terminal_is_used_over_serial_ports_and_none_is_left() {
    let section = section("qemu-pty");
    let image = image(&section);
    let mut board = QemuBoard::new(section, State::Private).unwrap();
    session(&mut board, &image).await;
    let first = open_files();
    board.blank().await.unwrap();
    session(&mut board, &image).await;
    // A thread of the probe's may still be on its way out, with what it holds.
    let begun = Instant::now();
    let mut second = open_files();
    let remain = |second: &Vec<PathBuf>| second.len() > first.len() || !serial_ports(second).is_empty();
    while remain(&second) && begun.elapsed() < ON_THE_WAY_OUT {
        tokio::time::sleep(Duration::from_millis(10)).await;
        second = open_files();
    }
    assert_eq!(serial_ports(&second), [] as [&PathBuf; 0]);
    assert!(second.len() <= first.len(), "{first:?}, then {second:?}");
}
