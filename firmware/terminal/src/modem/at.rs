//! Lines, prompts and data in what a modem sends.

use heapless::Vec;

/// Bytes of a line that are kept; the rest of a longer line is dropped.
const LINE: usize = 128;
/// What opens data that came over the connection.
const DATA: &[u8] = b"+IPD,";
/// What the modem sends when it waits for data.
const PROMPT: &[u8] = b"> ";
/// Bytes of data that a module sends at once, at most: an announcement of more is noise.
const DATA_MOST: u32 = 2048;

/// What the modem sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A line that is not empty; [`Decoder::line`] has it until the next byte.
    Line,
    /// The prompt for data.
    Prompt,
    /// A byte that came over the connection.
    Data(u8),
}

/// Takes a modem's bytes apart. It has no state in which it waits for more than a line's end or the announced data.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    line: Vec<u8, LINE>,
    over: bool,
    data_left: u32,
}

impl Decoder {
    pub(crate) fn push(&mut self, byte: u8) -> Option<Event> {
        if let Some(left) = self.data_left.checked_sub(1) {
            self.data_left = left;
            return Some(Event::Data(byte));
        }
        if core::mem::take(&mut self.over) {
            self.start_line();
        }
        match byte {
            b'\r' | b'\n' if self.line.is_empty() => None,
            b'\r' | b'\n' => {
                self.over = true;
                Some(Event::Line)
            }
            _ => self.push_into_line(byte),
        }
    }

    fn push_into_line(&mut self, byte: u8) -> Option<Event> {
        if self.line.push(byte).is_err() {
            return None;
        }
        if byte == b':'
            && let Some(length) = self.data_length()
        {
            self.start_line();
            self.data_left = length;
        } else if self.line == PROMPT {
            self.start_line();
            return Some(Event::Prompt);
        }
        None
    }

    /// The data length that a line ending in `:` announces. What stands before the announcement is a line whose end
    /// was lost.
    fn data_length(&self) -> Option<u32> {
        let line = self.line.strip_suffix(b":")?;
        let at = line.windows(DATA.len()).rposition(|window| window == DATA)?;
        let digits = line.get(at + DATA.len()..)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        core::str::from_utf8(digits).ok()?.parse().ok().filter(|length| *length <= DATA_MOST)
    }

    /// Expects no more data: an announcement may have been noise, and answers would be lost in it.
    pub(crate) fn abandon_data(&mut self) {
        self.data_left = 0;
    }

    fn start_line(&mut self) {
        self.line.clear();
    }

    /// The line that the last event ended, without its end; its first 128 bytes if it was longer.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Event};
    use proptest::prelude::*;
    use std::string::{String, ToString};
    use std::vec;
    use std::vec::Vec;

    fn decode(bytes: &[u8]) -> Vec<String> {
        let mut decoder = Decoder::default();
        let mut seen = Vec::new();
        let mut data = Vec::new();
        for byte in bytes {
            match decoder.push(*byte) {
                Some(Event::Data(byte)) => data.push(byte),
                Some(Event::Line) => seen.push(String::from_utf8_lossy(decoder.line()).to_string()),
                Some(Event::Prompt) => seen.push("prompt".into()),
                None => {}
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
    fn a_line_of_ten_thousand_bytes_is_cut_and_the_next_one_is_whole() {
        let mut bytes = vec![b'x'; 10_000];
        bytes.extend(b"\r\nOK\r\n");
        assert_eq!(decode(&bytes), ["x".repeat(128), "OK".to_string()]);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic_and_a_line_is_heard_after_them(noise in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut decoder = Decoder::default();
            for byte in noise {
                decoder.push(byte);
                prop_assert!(decoder.line().len() <= 128);
            }
            // At most the announced data stands between the noise and the next line.
            let data = decoder.data_left;
            let lines = (0..data).map(|_| b'x').chain(*b"\r\nOK\r");
            let heard = lines.filter_map(|byte| decoder.push(byte)).filter(|event| *event == Event::Line).count();
            prop_assert!(heard >= 1);
            prop_assert_eq!(decoder.line(), b"OK");
        }
    }
}
