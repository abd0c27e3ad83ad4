//! Drawing a screen on a VT100 (INTERFACE.md, section 4).

use core::fmt::Write as _;

use embedded_io_async::Write;
use heapless::String;

use super::screen::{ROW_BYTES, ROWS, Screen};

/// Cursor hide and show (6 bytes each), and for each row its address (6), erase (3) and text.
const FRAME: usize = 12 + ROWS * (9 + ROW_BYTES);

/// The screen at the panel line's other end.
pub(crate) struct Display<W> {
    line: W,
    shown: Option<Screen>,
}

impl<W: Write> Display<W> {
    pub(crate) fn new(line: W) -> Self {
        Self { line, shown: None }
    }

    /// Sends text that is no screen: the boot line.
    pub(crate) async fn print(&mut self, text: &str) {
        self.send(text).await;
    }

    /// Draws a screen, unless it is the one that is shown. The first time the terminal is cleared before.
    pub(crate) async fn show(&mut self, screen: &Screen) {
        if self.shown.as_ref() == Some(screen) {
            return;
        }
        if self.shown.take().is_none() {
            self.send("\x1B[2J").await;
        }
        self.send(&drawing(screen)).await;
        self.shown = Some(screen.clone());
    }

    /// A panel line that is not there does not stop the terminal.
    async fn send(&mut self, text: &str) {
        if self.line.write_all(text.as_bytes()).await.is_ok() {
            let _ = self.line.flush().await;
        }
    }
}

/// The bytes that draw a screen. Each row is erased before its text is sent: erasing after it would take the 24th
/// column with it on terminals that keep the cursor there.
fn drawing(screen: &Screen) -> String<FRAME> {
    let mut bytes = String::new();
    let _ = bytes.push_str("\x1B[?25l");
    for (text, row) in screen.rows().zip(1..) {
        let _ = write!(bytes, "\x1B[{row};1H\x1B[K{text}");
    }
    let _ = bytes.push_str("\x1B[?25h");
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Display, drawing};
    use crate::language::Language;
    use crate::life::Life;
    use crate::panel::screen::{Head, Screen};
    use crate::panel::text::{NOTHING, Text};

    const HEAD: Head = Head { life: Life::SignedOn, language: Language::English };
    const NINETEEN: Text = Text { en: "nineteen columns...", zh: "九个字和一点点吗九." };

    #[test]
    fn the_fullest_screen_fits_and_ends_with_the_cursor_shown() {
        let full = (2..=7).fold(Screen::new(HEAD, "M100", NINETEEN), |screen, row| {
            screen.row(row, format_args!("{:x>24}", ""))
        });
        let bytes = drawing(&full);
        assert!(bytes.starts_with("\x1B[?25l\x1B[1;1H\x1B[KPAYRIG T1      SIGNED ON\x1B[2;1H\x1B[Kxxx"));
        assert!(bytes.ends_with("\x1B[8;1H\x1B[Knineteen columns... M100\x1B[?25h"));
    }

    #[test]
    fn the_fullest_chinese_screen_fits() {
        let head = Head { language: Language::Chinese, ..HEAD };
        let row = "签".repeat(12);
        let full = (2..=7).fold(Screen::new(head, "M100", NINETEEN), |screen, number| {
            screen.row(number, format_args!("{row}"))
        });
        let bytes = drawing(&full);
        assert_eq!(bytes.matches(&row).count(), 6);
        assert!(bytes.ends_with("\x1B[8;1H\x1B[K九个字和一点点吗九. M100\x1B[?25h"));
    }

    #[test]
    fn a_screen_is_drawn_only_when_it_changed() {
        let mut line = [0; 2048];
        let (one, two) = (Screen::new(HEAD, "M010", NOTHING), Screen::new(HEAD, "M012", NOTHING));
        embassy_futures::block_on(async {
            let mut display = Display::new(line.as_mut_slice());
            display.show(&one).await;
            display.show(&one).await;
            display.show(&two).await;
        });
        let drawn = std::string::String::from_utf8(line.to_vec()).unwrap();
        assert!(drawn.starts_with("\x1B[2J\x1B[?25l"));
        assert_eq!(drawn.matches("\x1B[2J").count(), 1);
        assert_eq!(drawn.matches("\x1B[?25h").count(), 2);
    }
}
