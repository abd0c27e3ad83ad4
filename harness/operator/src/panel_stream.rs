//! The panel line's bytes, made into boot lines and whole screens.

use std::{fmt, num::NonZeroU16};

use crate::{
    boot_line::{BootLine, BootLineError, MARKER},
    screen::{COLUMNS, ROWS, Screen},
};

/// The longest boot line that is waited for: the longest legal one is about half of it.
const LONGEST_BOOT_LINE: usize = 256;
/// What is wrong with a boot line that another one cut off.
const CUT: &str = "CR LF at its end, before the terminal booted again";

/// Something whole on the panel line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PanelEvent {
    /// The terminal booted.
    Boot(BootLine),
    /// It began a boot line that is none.
    BadBoot(BootLineError),
    /// A screen is drawn and the cursor shown.
    Screen(Screen),
}

/// Follows the line's bytes. A screen is whole when the cursor is shown again after it was hidden.
///
/// The emulator gets every byte, as a person's VT100 would: what a reset leaves on the screen is the terminal's to clear.
pub struct PanelStream {
    emulator: vt100::Parser,
    stage: Stage,
}

/// How far a boot line has come.
enum Stage {
    /// So many bytes of its beginning.
    Marker(usize),
    /// All that has come of it.
    Line(Vec<u8>),
}

impl fmt::Debug for PanelStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PanelStream").finish_non_exhaustive()
    }
}

impl Default for PanelStream {
    fn default() -> Self {
        Self { emulator: emulator(), stage: Stage::Marker(0) }
    }
}

impl PanelStream {
    /// Takes bytes in; what became whole by them, in order.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<PanelEvent> {
        let mut events = Vec::new();
        for byte in bytes {
            events.extend(self.boot_line(*byte));
            events.extend(self.draw(*byte));
        }
        events
    }

    fn boot_line(&mut self, byte: u8) -> Option<PanelEvent> {
        match &mut self.stage {
            Stage::Marker(matched) => {
                // The marker's first byte does not come again in it, so a mismatch can only begin it anew.
                let expected = MARKER.get(*matched).or(MARKER.first());
                *matched = if expected == Some(&byte) { *matched + 1 } else { begins(byte) };
                if *matched == MARKER.len() {
                    self.stage = Stage::Line(MARKER.to_vec());
                }
                None
            }
            Stage::Line(line) => {
                line.push(byte);
                let event = ended(line)?;
                self.stage = match &event {
                    PanelEvent::BadBoot(error) if error.expected == CUT => Stage::Line(MARKER.to_vec()),
                    _ => Stage::Marker(0),
                };
                Some(event)
            }
        }
    }

    fn draw(&mut self, byte: u8) -> Option<PanelEvent> {
        let hidden = self.emulator.screen().hide_cursor();
        self.emulator.process(&[byte]);
        let shown = !self.emulator.screen().hide_cursor();
        (hidden && shown).then(|| PanelEvent::Screen(Screen::capture(self.emulator.screen())))
    }
}

/// How much of the marker a byte is by itself.
fn begins(byte: u8) -> usize {
    usize::from(MARKER.first() == Some(&byte))
}

/// What a boot line came to, once it ended in any way.
fn ended(line: &[u8]) -> Option<PanelEvent> {
    if let Some(whole) = line.strip_suffix(b"\r\n") {
        return Some(match BootLine::parse(whole) {
            Ok(boot) => PanelEvent::Boot(boot),
            Err(error) => PanelEvent::BadBoot(error),
        });
    }
    match line.strip_suffix(MARKER) {
        Some(cut) if !cut.is_empty() => Some(bad(cut, CUT)),
        _ if line.len() >= LONGEST_BOOT_LINE => Some(bad(line, "CR LF at its end")),
        _ => None,
    }
}

fn bad(line: &[u8], expected: &'static str) -> PanelEvent {
    PanelEvent::BadBoot(BootLineError { line: line.escape_ascii().to_string(), expected })
}

fn emulator() -> vt100::Parser {
    let rows = NonZeroU16::new(ROWS).unwrap_or(NonZeroU16::MIN);
    let columns = NonZeroU16::new(COLUMNS).unwrap_or(NonZeroU16::MIN);
    vt100::Parser::new(rows, columns, 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const BOOT: &str = "PAYRIG-TERMINAL 0.1.0 build=native boot=1 state=keyed entropy=emulated";

    /// A screen as INTERFACE.md, section 4, has it drawn.
    fn drawn(rows: &[&str], id: &str) -> Vec<u8> {
        let mut bytes = b"\x1b[?25l".to_vec();
        for row in 0..8 {
            let text = rows.get(row).copied().unwrap_or_default();
            let hint = if row == 7 { format!("{text:<20}{id}") } else { text.to_owned() };
            bytes.extend(format!("\x1b[{};1H{hint}\x1b[K", row + 1).as_bytes());
        }
        bytes.extend(b"\x1b[?25h");
        bytes
    }

    fn session() -> Vec<u8> {
        [
            format!("{BOOT}\r\n\x1b[2J").as_bytes(),
            &drawn(&["PAYRIG T1          KEYED", "", "1 Sign on"], "M100"),
            &drawn(&["PAYRIG T1          KEYED", "", "签到 Sign on é", "PAYRIG-TERM"], "M110"),
            // Reset while a screen is being drawn.
            b"\x1b[?25l\x1b[1;1HPAYRIG T1\x1b[3;1HHalf",
            format!("{BOOT}\r\n\x1b[2J").as_bytes(),
            &drawn(&["PAYRIG T1      SIGNED ON"], "M111"),
        ]
        .concat()
    }

    fn ids(events: &[PanelEvent]) -> Vec<String> {
        let id = |event: &PanelEvent| match event {
            PanelEvent::Boot(boot) => format!("boot {}", boot.boot),
            PanelEvent::BadBoot(error) => format!("bad {}", error.expected),
            PanelEvent::Screen(screen) => screen.message_id.clone(),
        };
        events.iter().map(id).collect()
    }

    #[test]
    fn a_session_gives_its_boots_and_whole_screens() {
        let events = PanelStream::default().push(&session());
        assert_eq!(ids(&events), ["boot 1", "M100", "M110", "boot 1", "M111"]);
        let PanelEvent::Screen(screen) = &events[2] else { panic!("{events:?}") };
        assert_eq!(screen.rows[2], "签到 Sign on é");
        assert_eq!(screen.rows[3], "PAYRIG-TERM");
        let PanelEvent::Screen(screen) = &events[4] else { panic!("{events:?}") };
        assert_eq!(screen.rows[2], "", "nothing of the screen before the reset is left");
    }

    #[rstest]
    #[case::plain("Signed on", "|Signed on               |")]
    #[case::wide("签到成功", "|签到成功                |")]
    #[case::full("签到签到签到签到签到签到", "|签到签到签到签到签到签到|")]
    fn a_row_is_framed_by_its_columns(#[case] row: &str, #[case] framed: &str) {
        let events = PanelStream::default().push(&drawn(&["", row], "M100"));
        let PanelEvent::Screen(screen) = &events[0] else { panic!("{events:?}") };
        assert_eq!(screen.to_string().lines().nth(2), Some(framed));
        assert_eq!(screen.rows[1], row);
    }

    #[test]
    fn a_message_id_behind_wide_characters_is_found_by_columns() {
        let events = PanelStream::default().push(b"\x1b[?25l\x1b[8;1H\xe7\xad\xbe\x1b[8;21HM100\x1b[?25h");
        assert_eq!(ids(&events), ["M100"]);
    }

    /// A Chinese screen from edge to edge: every row as it was sent, the message id where it must be, and each row 24 columns wide.
    #[test]
    fn a_chinese_screen_is_seen_to_its_edges() {
        let rows = [
            "PAYRIG T1         已签到",
            "主密钥注入主密钥注入注入",
            "1 签到      2 消费",
            "请输入密码,无密码按确认",
            "«",
            "CNY 1234.50",
            "",
            "任意键返回 1检查    E205",
        ];
        let mut bytes = b"\x1b[?25l".to_vec();
        for (row, text) in (1..).zip(rows) {
            bytes.extend(format!("\x1b[{row};1H\x1b[K{text}").as_bytes());
        }
        bytes.extend(b"\x1b[?25h");
        let events = PanelStream::default().push(&bytes);
        let [PanelEvent::Screen(screen)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(screen.rows, rows.map(str::to_owned));
        assert_eq!(screen.message_id, "E205");
        let framed = screen.to_string();
        for line in framed.lines() {
            assert_eq!(unicode_width::UnicodeWidthStr::width(line), 26, "{line}");
        }
        let again = PanelStream::default().push(screen.drawn().as_bytes());
        assert_eq!(again, events, "what is drawn again is the same screen");
    }

    /// What was narrow and becomes wide, and the other way round, leaves nothing of what stood there.
    #[test]
    fn a_screen_in_another_language_leaves_nothing_of_the_one_before() {
        let (english, chinese) = ("Signing on now", "正在签到");
        for (before, after) in [(english, chinese), (chinese, english)] {
            let draw = |text: &str| format!("\x1b[?25l\x1b[2;1H\x1b[K{text}\x1b[8;21HM110\x1b[?25h");
            let events = PanelStream::default().push((draw(before) + &draw(after)).as_bytes());
            let [_, PanelEvent::Screen(screen)] = events.as_slice() else { panic!("{events:?}") };
            assert_eq!(screen.rows[1], after);
        }
    }

    #[rstest]
    #[case::endless([b'x'; 600].as_slice(), &["bad CR LF at its end"])]
    #[case::cut_by_a_reset(b"0.1.0 buiPAYRIG-TERMINAL x\r\n", &[
        "bad CR LF at its end, before the terminal booted again",
        "bad a version, `build=`, `boot=`, `state=` and `entropy=`, one space between",
    ])]
    fn a_boot_line_that_is_none_is_told(#[case] rest: &[u8], #[case] expected: &[&str]) {
        let mut stream = PanelStream::default();
        let events = stream.push(&[MARKER, rest].concat());
        assert_eq!(ids(&events), expected);
        let events = stream.push(&session());
        assert_eq!(ids(&events).len(), 5, "the stream goes on");
    }

    /// A person at a VT100 would see it, too.
    #[test]
    fn what_a_terminal_does_not_clear_after_a_reset_stays() {
        let boot = format!("{BOOT}\r\n");
        let redrawn = b"\x1b[?25l\x1b[8;21HM100\x1b[?25h".as_slice();
        let half = b"\x1b[?25l\x1b[8;1HHalf".as_slice();
        let rows = |clear: &[u8]| {
            let events = PanelStream::default().push(&[half, boot.as_bytes(), clear, redrawn].concat());
            match events.as_slice() {
                [PanelEvent::Boot(_), PanelEvent::Screen(screen)] => screen.rows.concat(),
                _ => panic!("{events:?}"),
            }
        };
        assert_eq!(rows(b"\x1b[2J").trim(), "M100");
        assert!(rows(b"").contains("Half"));
    }

    #[test]
    fn a_screen_without_a_hidden_cursor_does_not_count() {
        assert_eq!(PanelStream::default().push(b"\x1b[2J\x1b[1;1Hhello\x1b[?25h"), []);
    }

    proptest! {
        /// However the bytes are cut, the same comes out.
        #[test]
        fn every_chunking_gives_the_same(cuts in proptest::collection::vec(0..2000_usize, 0..40)) {
            let session = session();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut % session.len()).collect();
            cuts.extend([0, session.len()]);
            cuts.sort_unstable();
            let mut stream = PanelStream::default();
            let events: Vec<_> =
                cuts.windows(2).flat_map(|cut| stream.push(&session[cut[0]..cut[1]])).collect();
            prop_assert_eq!(events, PanelStream::default().push(&session));
        }

        /// A session that stops anywhere gives the first so many of its events, and nothing half-drawn.
        #[test]
        fn half_drawn_screens_are_never_reported(end in 0..2000_usize) {
            let session = session();
            let all = PanelStream::default().push(&session);
            let some = PanelStream::default().push(&session[..end % session.len()]);
            prop_assert!(some.len() < all.len());
            prop_assert_eq!(&some[..], &all[..some.len()]);
        }

        #[test]
        fn garbage_is_taken_in(
            garbage in proptest::collection::vec(prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..40),
                "\\x1b\\[[0-9;?]{0,8}[A-Za-z]".prop_map(String::into_bytes),
                "\\PC{0,12}".prop_map(String::into_bytes),
                Just(MARKER.to_vec()),
            ], 0..60),
        ) {
            let mut stream = PanelStream::default();
            stream.push(&garbage.concat());
        }
    }
}
