//! The operator: sends keys and records, reads whole screens.

use std::time::Duration;

use tokio::time::timeout;
use unicode_width::UnicodeWidthStr;

use super::pipe::{Rx, Tx};

/// A whole screen's eight rows.
pub type Rows = Vec<String>;

/// Keypad and screen.
pub struct Panel {
    keys: Tx,
    screen: Rx,
}

impl Panel {
    pub fn new(keys: Tx, screen: Rx) -> Self {
        Self { keys, screen }
    }

    pub fn press(&self, keys: &str) {
        self.keys.put(keys.as_bytes());
    }

    pub fn press_bytes(&self, keys: &[u8]) {
        self.keys.put(keys);
    }

    /// The last of the screens that have been drawn so far has this id.
    pub async fn see_at_last(&mut self, id: &str) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let drawn: Vec<u8> = std::iter::from_fn(|| self.screen.ready()).collect();
        let drawn = String::from_utf8(drawn).unwrap();
        let last = drawn.rsplit("\x1B[8;1H\x1B[K").next().unwrap_or_default();
        assert_eq!(message_id(last.trim_end_matches("\x1B[?25h")), id, "{last:?}");
    }

    /// What the terminal sends before its first screen.
    pub async fn boot_line(&mut self) -> String {
        let mut line = String::new();
        while !line.ends_with("\r\n") {
            line.push(self.screen.byte().await.into());
        }
        line
    }

    /// The next whole screen.
    pub async fn next_screen(&mut self) -> Rows {
        let mut drawn = Vec::new();
        while !drawn.ends_with(b"\x1B[?25h") {
            let byte = timeout(Duration::from_secs(3600), self.screen.byte()).await;
            drawn.push(byte.unwrap_or_else(|_| panic!("no screen came after {drawn:?}")));
        }
        let drawn = String::from_utf8(drawn).unwrap();
        // Before the first screen of a boot stands its boot line.
        let (_, drawn) = drawn.split_once("\x1B[?25l").unwrap_or_default();
        let rows: Rows = drawn.trim_end_matches("\x1B[?25h").split("\x1B[K").skip(1).map(row_text).collect();
        assert_eq!(rows.len(), 8, "{drawn:?}");
        assert!(rows[0].starts_with("PAYRIG T1 "), "{rows:?}");
        rows
    }

    /// The first whole screen after a boot.
    pub async fn next_screen_after_boot(&mut self) -> Rows {
        self.boot_line().await;
        self.next_screen().await
    }

    /// The first whole screen with this id; those before it are passed over.
    pub async fn see(&mut self, id: &str) -> Rows {
        let mut passed = Vec::new();
        for _ in 0..200 {
            let screen = self.next_screen().await;
            let shown = message_id(&screen[7]).to_owned();
            if shown == id {
                return screen;
            }
            // An error that nobody waits for is the end of the story.
            assert!(!shown.starts_with('E'), "waiting for {id}: {screen:#?}");
            passed.push(shown);
        }
        panic!("{id} did not come; seen: {passed:?}");
    }

    /// The first whole screen that is an error; those before it are passed over.
    pub async fn see_error(&mut self) -> Rows {
        loop {
            let screen = self.next_screen().await;
            if screen[7].get(20..).is_some_and(|id| id.starts_with('E')) {
                return screen;
            }
        }
    }

    /// Whether bytes have come since the last screen.
    pub fn is_quiet(&mut self) -> bool {
        self.screen.ready().is_none()
    }
}

/// What stands in columns 21 to 24 of the last row; nothing where it is not as wide.
pub fn message_id(row: &str) -> &str {
    match row.width() {
        24 => &row[row.len() - 4..],
        _ => "",
    }
}

/// A row's text without the address of the next row.
fn row_text(part: &str) -> String {
    part.split('\x1B').next().unwrap_or_default().to_owned()
}
