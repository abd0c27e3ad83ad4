//! Collects a record's bytes until it is whole, too long, or silent.

use embassy_time::{Duration, with_timeout};
use embedded_io_async::Read;
use heapless::Vec;
use zeroize::Zeroize;

use super::refusal::{Reason, Refusal};
use crate::panel::keypad::Keypad;

/// Bytes of a record, at most.
const RECORD: usize = 1024;
/// Bytes of a line without its end, at most: those of a full line of a modulus.
const LINE: usize = 97;
/// How long a record may pause.
const SILENCE: Duration = Duration::from_secs(5);
/// How long the rest of a record that is too long may pause before it counts as over.
const DRAIN_SILENCE: Duration = Duration::from_secs(1);
/// How the last line of a record begins.
const END: &[u8] = b"%END";

/// What a byte did to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    More,
    /// The last line is over.
    Ended,
}

/// A record as it comes in. Its bytes may be keys: they are erased when it is dropped.
pub(crate) struct Collector {
    text: Vec<u8, RECORD>,
    line: u16,
    line_length: usize,
    line_head: Vec<u8, 4>,
    too_long_at: Option<u16>,
}

impl Collector {
    /// A record whose opening `%` has come.
    fn opened() -> Self {
        let mut collector =
            Self { text: Vec::new(), line: 1, line_length: 0, line_head: Vec::new(), too_long_at: None };
        collector.push(b'%');
        collector
    }

    fn push(&mut self, byte: u8) -> Progress {
        if self.too_long_at.is_none() && self.text.push(byte).is_err() {
            self.too_long_at = Some(self.line);
        }
        if byte == b'\n' {
            return self.end_line();
        }
        // Fails from the fifth byte on, on purpose.
        let _ = self.line_head.push(byte);
        self.line_length = self.line_length.saturating_add(1);
        let may_be_end = self.line_length == LINE + 1 && byte == b'\r';
        if self.line_length > LINE && !may_be_end && self.too_long_at.is_none() {
            self.too_long_at = Some(self.line);
        }
        Progress::More
    }

    fn end_line(&mut self) -> Progress {
        if self.line_head == END {
            return Progress::Ended;
        }
        self.line_head.clear();
        self.line_length = 0;
        self.line = self.line.saturating_add(1);
        Progress::More
    }

    /// Reads from the keypad's line on, after `%`, until the record is over.
    ///
    /// # Errors
    /// R07 when a line or the record is too long, R08 when it pauses.
    pub(crate) async fn collect<R: Read>(keypad: &mut Keypad<R>) -> Result<Self, Refusal> {
        let mut record = Self::opened();
        loop {
            let limit = if record.too_long_at.is_some() { DRAIN_SILENCE } else { SILENCE };
            let progress = with_timeout(limit, keypad.byte()).await.map(|byte| record.push(byte));
            match (progress, record.too_long_at) {
                (Ok(Progress::More), _) => {}
                (_, Some(line)) => return Err(Refusal::new(Reason::TooLong, line)),
                (Ok(Progress::Ended), None) => return Ok(record),
                (Err(_), None) => return Err(Refusal::new(Reason::Timeout, record.line)),
            }
        }
    }

    /// The record's bytes, from its first `%` to the end of its last line.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.text.as_mut_slice().zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::{Collector, Reason, Refusal};
    use crate::panel::keypad::Keypad;
    use rstest::rstest;
    use std::string::String;

    /// Feeds the line's bytes (without the opening `%`) and then keeps the line open and silent.
    fn collect(bytes: &[u8]) -> Result<String, Refusal> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(payrig_host_time::run(async {
            let mut line = bytes;
            let mut keypad = Keypad::new(Line(&mut line));
            let record = Collector::collect(&mut keypad).await?;
            Ok(String::from_utf8(record.text().to_vec()).unwrap())
        }))
    }

    /// A line that stays open after its last byte.
    struct Line<'a, 'b>(&'a mut &'b [u8]);

    impl embedded_io_async::ErrorType for Line<'_, '_> {
        type Error = core::convert::Infallible;
    }

    impl embedded_io_async::Read for Line<'_, '_> {
        async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
            if self.0.is_empty() {
                core::future::pending::<()>().await;
            }
            Ok(embedded_io_async::Read::read(self.0, buffer).await.unwrap())
        }
    }

    #[test]
    fn a_record_ends_with_its_last_line() {
        assert_eq!(collect(b"A 1\r\nb=c\n%END 0000\r\n7").unwrap(), "%A 1\r\nb=c\n%END 0000\r\n");
    }

    #[rstest]
    #[case::a_line_at_the_limit(97, "\n", None)]
    #[case::its_carriage_return_does_not_count(97, "\r\n", None)]
    #[case::one_more(98, "\n", Some(2))]
    #[case::one_more_with_carriage_return(98, "\r\n", Some(2))]
    fn long_lines(#[case] length: usize, #[case] end: &str, #[case] blamed: Option<u16>) {
        let text = std::format!("A\n{}{end}%END 0000\n", "x".repeat(length));
        let refusal = collect(text.as_bytes()).err();
        assert_eq!(refusal, blamed.map(|line| Refusal::new(Reason::TooLong, line)));
    }

    #[test]
    fn a_record_of_1024_bytes_is_taken_and_one_more_is_too_long() {
        let fill = |total: usize| {
            let lines = "x".repeat(49) + "\n";
            let body = lines.repeat(20);
            let tail = "%END 0000\n";
            std::format!("A\n{body}{}\n{tail}", "y".repeat(total - 4 - body.len() - tail.len()))
        };
        assert_eq!(collect(fill(1024).as_bytes()).unwrap().len(), 1024);
        assert_eq!(collect(fill(1025).as_bytes()), Err(Refusal::new(Reason::TooLong, 23)));
    }

    #[test]
    fn a_silent_record_times_out_on_the_line_it_reached() {
        assert_eq!(collect(b"A\nb=c\nd="), Err(Refusal::new(Reason::Timeout, 3)));
        assert_eq!(collect(b""), Err(Refusal::new(Reason::Timeout, 1)));
    }

    #[test]
    fn a_record_that_is_too_long_and_never_ends_is_given_up() {
        assert_eq!(collect("x".repeat(5000).as_bytes()), Err(Refusal::new(Reason::TooLong, 1)));
    }
}
