//! What the module says, in the form that the terminal set.

use super::{Activity, Engine};
use crate::{agenda::Event, answer::Refusal, transcript::What};

impl Engine {
    /// A line of information, or one that belongs to a connection.
    pub(super) fn say(&mut self, text: &str) {
        self.record(What::Said(text.to_owned()));
        if self.settings.verbose {
            self.end_line();
        }
        self.out.extend(text.as_bytes());
        self.end_line();
    }

    /// A line that answers no command; it waits while the terminal gives data.
    pub(super) fn say_unasked(&mut self, text: &str) {
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
        let digit = match text {
            _ if self.settings.verbose => return self.say(text),
            "OK" => b'0',
            "ERROR" => b'4',
            text => return self.say(text),
        };
        self.record(What::Said(char::from(digit).to_string()));
        self.out.extend([digit, self.settings.line_end]);
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.counters.refused += 1;
        let text = refusal.text(self.settings.error_level);
        self.say_result(&text);
    }

    /// Data of the peer, framed where `AT+CIPHEAD` says so.
    pub(super) fn say_data(&mut self, data: &[u8]) {
        self.record(What::Received(data.len()));
        if self.settings.data_header {
            self.end_line();
            self.out.extend(format!("+IPD,{}:", data.len()).as_bytes());
        }
        self.out.extend(data);
    }

    pub(super) fn say_prompt(&mut self) {
        self.end_line();
        self.out.extend(b"> ");
    }

    fn end_line(&mut self) {
        self.out.extend([self.settings.line_end, self.settings.line_feed]);
    }
}
