//! What the tests of the boards share.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

use std::{path::Path, time::Duration};

use payrig_rig::{Board, BoardKind, BoxLine, Image, QemuSection, RigFile};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The tamper switch opens (INTERFACE.md, section 8).
const SWITCH_OPEN: [u8; 7] = [0xA5, 0x02, 0x00, 0x01, 0x01, 0x4A, 0xB8];

/// The emulated board of the rig file `rigs/<name>.toml`.
pub fn section(name: &str) -> QemuSection {
    let rig = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rigs").join(name).with_extension("toml");
    match RigFile::load(&rig).unwrap().board {
        BoardKind::Qemu(section) => section,
        BoardKind::Sim => panic!("rigs/{name}.toml names an emulated board"),
    }
}

pub fn image(section: &QemuSection) -> Image {
    Image::load(&section.image, &section.machine).unwrap_or_else(|e| panic!("{e}: run ci/firmware first"))
}

/// Reads the panel until `text` has come.
pub async fn wait_for(panel: &mut BoxLine, text: &str) {
    let mut seen = Vec::new();
    let found = async {
        while !String::from_utf8_lossy(&seen).contains(text) {
            let mut byte = [0];
            panel.read_exact(&mut byte).await.unwrap();
            seen.push(byte[0]);
        }
    };
    let limit = Duration::from_secs(10);
    if tokio::time::timeout(limit, found).await.is_err() {
        panic!("`{text}` has not come; seen: {}", String::from_utf8_lossy(&seen));
    }
}

/// The capability `tamper`: the switch opens by a frame on the front-end line, and the terminal says so.
pub async fn opens_the_tamper_switch(board: &mut impl Board) {
    let mut lines = board.power_on().await.unwrap();
    wait_for(&mut lines.panel, "M010").await;
    lines.front_end.write_all(&SWITCH_OPEN).await.unwrap();
    wait_for(&mut lines.panel, "E900").await;
}
