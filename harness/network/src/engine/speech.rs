//! What the module says, in the form that the terminal set.

use rand_chacha::rand_core::Rng;

use super::{Activity, Engine, result_code};
use crate::{agenda::Event, answer::Refusal, fault::Voice, transcript::What};

impl Engine {
    /// A line of information, or one that belongs to a connection.
    pub(super) fn say(&mut self, text: &str) {
        self.record_said(text);
        let mut line = if self.is_verbose() { self.head() } else { Vec::new() };
        line.extend(text.as_bytes());
        line.extend(self.line_end());
        self.put(line);
        self.follows = true;
    }

    /// A line that answers no command; it waits while the terminal gives data.
    pub(super) fn say_unasked(&mut self, text: &str) {
        self.follows = false;
        if matches!(self.activity, Activity::Prompted { .. }) {
            self.held.push_back(Event::Line(text.to_owned()));
        } else {
            self.say(text);
        }
    }

    /// A result code: in words, or as a digit after `ATV0`; none after `ATQ1` (ITU-T V.250, 5.7.1).
    pub(super) fn say_result(&mut self, text: &str) {
        if self.settings.quiet {
            return;
        }
        match result_code::digits(text).filter(|_| !self.is_verbose()) {
            None => self.say(text),
            Some(digits) => {
                self.record_said(digits);
                let mut line = digits.as_bytes().to_vec();
                line.push(self.settings.line_end);
                self.put(line);
            }
        }
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.counters.refused += 1;
        let text = refusal.text(self.settings.error_level);
        self.say_result(&text);
    }

    /// Data of the peer, behind a header on a line of its own where there is one.
    pub(super) fn say_data(&mut self, header: Option<&str>, data: &[u8]) {
        if !self.is_dumb() {
            self.record(What::Received(data.len()));
        }
        let mut bytes = Vec::new();
        if let Some(header) = header {
            bytes.extend(self.line_end());
            bytes.extend(header.as_bytes());
        }
        bytes.extend(data);
        self.put(bytes);
    }

    pub(super) fn say_prompt(&mut self) {
        let [line_end, line_feed] = self.line_end();
        self.put(vec![line_end, line_feed, b'>', b' ']);
    }

    /// What stands before a line.
    fn head(&mut self) -> Vec<u8> {
        let [line_end, line_feed] = self.line_end();
        if self.profile.module.voice.is_garbled() {
            // Line ends that cannot be told from characters would make other lines of it, not the same in another shape.
            return vec![line_end, line_feed];
        }
        self.mouth.head(self.follows, line_end, line_feed)
    }

    const fn line_end(&self) -> [u8; 2] {
        [self.settings.line_end, self.settings.line_feed]
    }

    fn is_verbose(&self) -> bool {
        self.settings.verbose && self.profile.module.voice != Voice::Digits
    }

    /// A character that the terminal typed.
    pub(super) fn echo(&mut self, byte: u8) {
        let echo = match self.profile.module.voice {
            Voice::WrongEcho => byte ^ 1,
            // What is no character does not come back.
            Voice::OnlyWrongEcho | Voice::OnlyCaseEcho if byte < b' ' && byte != b'\r' => return,
            Voice::OnlyWrongEcho if byte != b'\r' => byte ^ 1,
            Voice::OnlyCaseEcho if byte.is_ascii_alphabetic() => byte ^ 0x20,
            Voice::StuckEcho | Voice::OnlyWrongEcho | Voice::OnlyCaseEcho => byte,
            _ if self.settings.echo => byte,
            _ => return,
        };
        self.follows = false;
        self.let_out(vec![echo]);
    }

    /// Whether it neither hears nor says anything.
    pub(super) fn is_dumb(&self) -> bool {
        self.hung || self.profile.module.voice == Voice::Silent
    }

    fn record_said(&mut self, text: &str) {
        if self.profile.module.voice.is_without_answers() {
            return;
        }
        if self.profile.module.voice.is_garbled() {
            self.record(What::Said(format!("{text} (garbled)")));
        } else if !self.is_dumb() {
            self.record(What::Said(text.to_owned()));
        }
    }

    /// What the module says but for its echo.
    pub(super) fn put(&mut self, bytes: Vec<u8>) {
        if !self.profile.module.voice.is_without_answers() {
            self.let_out(bytes);
        }
    }

    /// Bytes as they come out of the module.
    fn let_out(&mut self, mut bytes: Vec<u8>) {
        if self.is_dumb() {
            return;
        }
        match self.profile.module.voice {
            Voice::Parity => bytes.iter_mut().for_each(|byte| *byte = with_even_parity(*byte)),
            Voice::Noise => bytes = self.at_another_rate(&bytes),
            _ => {}
        }
        self.mouth.say(self.now, bytes, &mut self.out);
    }
}

impl Engine {
    /// As whoever listens at a higher bit rate hears it: for each byte two that are no characters. The line ends stay.
    fn at_another_rate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut heard = Vec::new();
        for byte in bytes {
            match byte {
                b'\r' | b'\n' => heard.push(*byte),
                _ => heard.extend(self.rng.next_u32().to_le_bytes()[..2].iter().map(|byte| 0x80 | byte)),
            }
        }
        heard
    }
}

/// Seven bits, and an eighth that makes the number of ones even (ITU-T V.4).
const fn with_even_parity(byte: u8) -> u8 {
    let seven = byte & 0x7F;
    if seven.count_ones().is_multiple_of(2) { seven } else { 0x80 | seven }
}
