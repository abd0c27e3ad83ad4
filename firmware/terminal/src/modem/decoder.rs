//! Lines, prompts and data in what a modem sends.

use heapless::Vec;
use zeroize::Zeroize;

use super::dial_frames::Heard;

/// Bytes of a line that are kept; the rest of a longer line is dropped.
const LINE: usize = 128;
/// What the modem sends when it waits for data.
const PROMPT: &[u8] = b"> ";
/// Bytes of data that a module sends at once, at most: an announcement of more is noise.
const DATA_MOST: u32 = 2048;

/// How a modem announces data that came over the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Announcement {
    /// `+IPD,n:`, and the data right behind it.
    #[default]
    Colon,
    /// `+QIURC: "recv",0,n` as a line, and the data behind its end.
    Line,
    /// Not at all.
    None,
}

impl Announcement {
    /// What stands before the number of bytes.
    fn opening(self) -> &'static [u8] {
        match self {
            Self::Colon => b"+IPD,",
            Self::Line => b"+QIURC: \"recv\",0,",
            Self::None => b"",
        }
    }
}

/// What the modem sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A line that is not empty; [`Decoder::line`] has it until the next byte.
    Line,
    /// The prompt for data.
    Prompt,
    /// A byte that came over the connection.
    Data(u8),
    /// Something that came over a line with frames.
    Framed(Heard),
}

/// Takes a modem's bytes apart. It has no state in which it waits for more than a line's end or the announced data.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    announcement: Announcement,
    line: Vec<u8, LINE>,
    over: bool,
    data_left: u32,
    /// Whether the LF of the announcement's line is still to come, before the data.
    before_data: bool,
}

impl Decoder {
    /// Makes it take data as another modem announces them.
    pub(super) fn expect(&mut self, announcement: Announcement) {
        self.announcement = announcement;
    }

    pub(crate) fn push(&mut self, byte: u8) -> Option<Event> {
        if let Some(left) = self.data_left.checked_sub(1) {
            if core::mem::take(&mut self.before_data) && byte == b'\n' {
                return None;
            }
            self.data_left = left;
            return Some(Event::Data(byte));
        }
        if core::mem::take(&mut self.over) {
            self.start_line();
        }
        match byte {
            b'\r' | b'\n' if self.line.is_empty() => None,
            b'\r' | b'\n' => self.end_line(byte),
            _ => self.push_into_line(byte),
        }
    }

    fn end_line(&mut self, end: u8) -> Option<Event> {
        if self.announcement == Announcement::Line
            && let Some(length) = self.data_length(&self.line)
        {
            self.start_line();
            self.data_left = length;
            self.before_data = end == b'\r';
            return None;
        }
        self.over = true;
        Some(Event::Line)
    }

    fn push_into_line(&mut self, byte: u8) -> Option<Event> {
        if self.line.push(byte).is_err() {
            return None;
        }
        if self.announcement == Announcement::Colon
            && let Some(line) = self.line.strip_suffix(b":")
            && let Some(length) = self.data_length(line)
        {
            self.start_line();
            self.data_left = length;
        } else if self.line == PROMPT {
            self.start_line();
            return Some(Event::Prompt);
        }
        None
    }

    /// The data length that a line announces. What stands before the announcement is a line whose end was lost.
    fn data_length(&self, line: &[u8]) -> Option<u32> {
        let opening = self.announcement.opening();
        let at = line.windows(opening.len()).rposition(|window| window == opening)?;
        let digits = line.get(at + opening.len()..)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        core::str::from_utf8(digits).ok()?.parse().ok().filter(|length| *length <= DATA_MOST)
    }

    /// Expects no more data: an announcement may have been noise, and answers would be lost in it.
    pub(crate) fn abandon_data(&mut self) {
        self.data_left = 0;
    }

    /// Whether announced data is on its way.
    pub(crate) fn expects_data(&self) -> bool {
        self.data_left > 0
    }

    fn start_line(&mut self) {
        // Noise may have made a line of a frame's bytes.
        self.line.zeroize();
    }

    /// The line that the last event ended, without its end; its first 128 bytes if it was longer.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }
}

#[cfg(test)]
mod tests {
    use super::{Announcement, Decoder, Event};
    use proptest::prelude::*;
    use std::string::{String, ToString};
    use std::vec;
    use std::vec::Vec;

    fn decode(bytes: &[u8]) -> Vec<String> {
        decode_with(Announcement::Colon, bytes)
    }

    fn decode_with(announcement: Announcement, bytes: &[u8]) -> Vec<String> {
        let mut decoder = Decoder::default();
        decoder.expect(announcement);
        let mut seen = Vec::new();
        let mut data = Vec::new();
        for byte in bytes {
            match decoder.push(*byte) {
                Some(Event::Data(byte)) => data.push(byte),
                Some(Event::Line) => seen.push(String::from_utf8_lossy(decoder.line()).to_string()),
                Some(Event::Prompt) => seen.push("prompt".into()),
                Some(Event::Framed(_)) | None => {}
            }
        }
        if !data.is_empty() {
            seen.push(std::format!("data {}", String::from_utf8_lossy(&data)));
        }
        seen
    }

    #[test]
    fn lines_with_and_without_echo() {
        assert_eq!(decode(b"AT\r\r\nOK\r\n"), ["AT", "OK"]);
        assert_eq!(decode(b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"), ["+CREG: 0,1", "OK"]);
    }

    #[test]
    fn the_prompt_needs_no_line_end() {
        assert_eq!(decode(b"AT+CIPSEND=9\r\r\n> "), ["AT+CIPSEND=9", "prompt"]);
        assert_eq!(decode(b"\r\n> \r\nSEND OK\r\n"), ["prompt", "SEND OK"]);
    }

    #[test]
    fn data_may_hold_anything_and_lines_follow_it() {
        assert_eq!(decode(b"\r\n+IPD,9:\r\nOK\r\n> +\r\nCLOSED\r\n"), ["CLOSED", "data \r\nOK\r\n> +"]);
    }

    #[test]
    fn data_behind_a_line_whose_end_was_lost() {
        assert_eq!(decode(b"SEND O+IPD,2:hi\r\nCLOSED\r\n"), ["CLOSED", "data hi"]);
    }

    #[test]
    fn what_only_looks_like_data_is_a_line() {
        for line in ["+IPD,:x", "+IPD,12a:x", "+IPD,2049:x", "+IPD,99999999999:x", "+CREG: 1"] {
            assert_eq!(decode(std::format!("{line}\r\n").as_bytes()), [line]);
        }
    }

    #[test]
    fn data_behind_a_line_that_announces_them() {
        let decode = |bytes: &[u8]| decode_with(Announcement::Line, bytes);
        assert_eq!(
            decode(b"\r\n+QIURC: \"recv\",0,9\r\n\r\nOK\r\n> +\r\n+QIURC: \"closed\",0\r\n"),
            ["+QIURC: \"closed\",0", "data \r\nOK\r\n> +"]
        );
        // An end of which a byte was lost, a line before it whose end was, data that begin with a line feed.
        assert_eq!(decode(b"+QIURC: \"recv\",0,2\rhi\r\nOK\r\n"), ["OK", "data hi"]);
        assert_eq!(decode(b"+QIURC: \"recv\",0,2\nhi\r\nOK\r\n"), ["OK", "data hi"]);
        assert_eq!(decode(b"SEND O+QIURC: \"recv\",0,2\r\nhi\r\nOK\r\n"), ["OK", "data hi"]);
        assert_eq!(decode(b"+QIURC: \"recv\",0,2\r\n\ni\r\nOK\r\n"), ["OK", "data \ni"]);
        for line in ["+QIURC: \"recv\",1,2", "+QIURC: \"recv\",0,", "+QIURC: \"recv\",0,2049", "+IPD,2:"] {
            assert_eq!(decode(std::format!("{line}\r\n").as_bytes()), [line]);
        }
        assert_eq!(decode(b"+QIURC: \"recv\",0,0\r\nOK\r\n"), ["OK"]);
    }

    #[test]
    fn a_line_modem_announces_no_data() {
        for line in ["+IPD,2:hi", "+QIURC: \"recv\",0,2"] {
            assert_eq!(decode_with(Announcement::None, std::format!("{line}\r\n").as_bytes()), [line]);
        }
    }

    #[test]
    fn a_line_of_ten_thousand_bytes_is_cut_and_the_next_one_is_whole() {
        let mut bytes = vec![b'x'; 10_000];
        bytes.extend(b"\r\nOK\r\n");
        assert_eq!(decode(&bytes), ["x".repeat(128), "OK".to_string()]);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic_and_a_line_is_heard_after_them(
            announcement in prop::sample::select(vec![Announcement::Colon, Announcement::Line, Announcement::None]),
            noise in prop::collection::vec(any::<u8>(), 0..2000),
        ) {
            let mut decoder = Decoder::default();
            decoder.expect(announcement);
            for byte in noise {
                decoder.push(byte);
                prop_assert!(decoder.line().len() <= 128);
            }
            // At most the announced data stands between the noise and the next line.
            let data = decoder.data_left + u32::from(decoder.before_data);
            let lines = (0..data).map(|_| b'x').chain(*b"\r\nOK\r");
            let heard = lines.filter_map(|byte| decoder.push(byte)).filter(|event| *event == Event::Line).count();
            prop_assert!(heard >= 1);
            prop_assert_eq!(decoder.line(), b"OK");
        }
    }
}
