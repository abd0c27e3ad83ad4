//! The printer: both copies of a receipt, and whether they came out (INTERFACE.md, section 13).

use embassy_time::{Duration, with_timeout};
use embedded_io_async::Write;

use super::copy::draw;
use super::escpos::{Paper, Query};
use super::slip::{Holder, Receipt};
use crate::diagnosis::{Cause, Diagnosis};
use crate::front_end::PrinterStatus;

/// How long the printer has to say whether it has paper. It does so at once.
const AT_ONCE: Duration = Duration::from_millis(500);
/// How long the printer has to take a copy, and again to have printed it.
const PRINTING: Duration = Duration::from_secs(10);

/// Why a receipt is not printed, or not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrinterTrouble {
    /// E530: the paper is out.
    PaperOut,
    /// E531: the printer does not answer, does not print, or its line takes no bytes.
    Silent,
}

impl PrinterTrouble {
    /// What the operator is told.
    pub(crate) fn diagnosis(self) -> Diagnosis {
        match self {
            Self::PaperOut => Cause::PaperOut.bare(),
            Self::Silent => Cause::PrinterSilent.bare(),
        }
    }
}

/// The receipt printer.
pub(crate) struct Printer<W> {
    line: W,
}

impl<W: Write> Printer<W> {
    pub(crate) fn new(line: W) -> Self {
        Self { line }
    }

    /// Prints the merchant's copy, then the customer's. `status` is what the front end hears from the printer: it must
    /// be run meanwhile.
    ///
    /// # Errors
    /// The trouble that the first copy met which did not come out; no other is begun after it.
    pub(crate) async fn print(
        &mut self,
        receipt: &Receipt<'_>,
        status: &PrinterStatus,
    ) -> Result<(), PrinterTrouble> {
        for holder in [Holder::Merchant, Holder::Customer] {
            self.print_copy(&draw(receipt, holder), status).await?;
        }
        Ok(())
    }

    /// Prints one copy and waits until it is out. `status` as above.
    ///
    /// # Errors
    /// Why it did not come out.
    pub(crate) async fn print_copy(
        &mut self,
        copy: &[u8],
        status: &PrinterStatus,
    ) -> Result<(), PrinterTrouble> {
        let before = self.ask(Query::PaperNow, AT_ONCE, status).await;
        paper(before)?;
        let taken = with_timeout(PRINTING, self.send(copy)).await.is_ok_and(|sent| sent.is_ok());
        if taken && let Some(after) = self.ask(Query::PaperAfterPrinting, PRINTING, status).await {
            return paper(Some(after));
        }
        // A printer without paper stops in the middle of a copy. One that has paper, but has not printed, is broken.
        match self.ask(Query::PaperNow, AT_ONCE, status).await {
            Some(Paper::Out) => Err(PrinterTrouble::PaperOut),
            Some(Paper::There) | None => Err(PrinterTrouble::Silent),
        }
    }

    /// Asks the printer; `None` where it does not answer within `limit`, from the first byte of the question on.
    async fn ask(&mut self, query: Query, limit: Duration, status: &PrinterStatus) -> Option<Paper> {
        // What the printer said before it was asked is no answer.
        status.reset();
        let answer = async {
            self.send(query.command()).await.ok()?;
            loop {
                let said = query.read(status.wait().await);
                if said.is_some() {
                    return said;
                }
            }
        };
        with_timeout(limit, answer).await.ok().flatten()
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), W::Error> {
        self.line.write_all(bytes).await?;
        self.line.flush().await
    }
}

/// What an answer means for the copy.
fn paper(answer: Option<Paper>) -> Result<(), PrinterTrouble> {
    match answer {
        Some(Paper::There) => Ok(()),
        Some(Paper::Out) => Err(PrinterTrouble::PaperOut),
        None => Err(PrinterTrouble::Silent),
    }
}

#[cfg(test)]
mod tests {
    use super::{Printer, PrinterTrouble, draw};
    use crate::front_end::PrinterStatus;
    use crate::language::Language;
    use crate::receipt::slip::tests::sale;
    use crate::receipt::slip::{Holder, Receipt};
    use PrinterTrouble::{PaperOut, Silent};
    use core::future::pending;
    use embassy_futures::join::join;
    use embassy_time::{Instant, Timer};
    use embedded_io_async::{ErrorKind, ErrorType, Write};
    use rstest::rstest;
    use std::cell::RefCell;
    use std::string::String;

    /// The lines below: the terminal asks whether there is paper (`?`), sends the merchant's (`M`) or the customer's
    /// copy (`C`), asks whether it is printed (`!`).
    const WHOLE: &str = "?M!?C!";

    /// What becomes of the bytes at the line's other end.
    #[derive(Clone, Copy)]
    enum Line {
        /// The printer takes them.
        Open,
        /// After so many writes the line takes none.
        Held(usize),
        /// After so many writes the line fails.
        Broken(usize),
    }

    /// A printer that answers its queries with one byte each, as long as it has some, or not where it has `None`.
    struct Scripted<'a> {
        line: Line,
        receipt: &'a Receipt<'a>,
        answers: core::slice::Iter<'a, Option<u8>>,
        status: &'a PrinterStatus,
        heard: &'a RefCell<String>,
    }

    impl ErrorType for Scripted<'_> {
        type Error = ErrorKind;
    }

    impl Write for Scripted<'_> {
        async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
            let writes = self.heard.borrow().len();
            match self.line {
                Line::Held(taken) if writes >= taken => pending().await,
                Line::Broken(taken) if writes >= taken => return Err(ErrorKind::Other),
                _ => {}
            }
            self.heard.borrow_mut().push(match bytes {
                b"\x10\x04\x04" => '?',
                b"\x1Dr\x01" => '!',
                copy if copy == draw(self.receipt, Holder::Merchant) => 'M',
                copy if copy == draw(self.receipt, Holder::Customer) => 'C',
                other => panic!("{other:02X?}"),
            });
            if bytes.len() == 3
                && let Some(Some(status)) = self.answers.next()
            {
                self.status.signal(*status);
            }
            Ok(bytes.len())
        }

        async fn flush(&mut self) -> Result<(), ErrorKind> {
            Ok(())
        }
    }

    /// Prints on a paused clock. Returns the outcome, what the printer heard, and the milliseconds it took.
    fn print(
        line: Line,
        answers: &[Option<u8>],
        status: &PrinterStatus,
        besides: impl Future,
    ) -> (Result<(), PrinterTrouble>, String, u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(payrig_host_time::run(async {
            let (receipt, heard) = (sale(Language::English), RefCell::default());
            let answers = answers.iter();
            let printer = Scripted { line, receipt: &receipt, answers, status, heard: &heard };
            let mut printer = Printer::new(printer);
            let printing = async { (printer.print(&receipt, status).await, Instant::now().as_millis()) };
            let ((outcome, took), _) = join(printing, besides).await;
            (outcome, heard.take(), took)
        }))
    }

    #[rstest]
    #[case::ready(&[Some(0x12), Some(0x00), Some(0x12), Some(0x00)], Ok(()), WHOLE, 0)]
    #[case::nearly_out(&[Some(0x1E), Some(0x03), Some(0x1E), Some(0x03)], Ok(()), WHOLE, 0)]
    #[case::out_before(&[Some(0x72)], Err(PaperOut), "?", 0)]
    #[case::runs_out(&[Some(0x12), Some(0x0C)], Err(PaperOut), "?M!", 0)]
    #[case::runs_out_and_stops(&[Some(0x12), None, Some(0x72)], Err(PaperOut), "?M!?", 10_000)]
    #[case::out_between(&[Some(0x12), Some(0x00), Some(0x72)], Err(PaperOut), "?M!?", 0)]
    #[case::runs_out_at_last(&[Some(0x12), Some(0x00), Some(0x12), Some(0x0F)], Err(PaperOut), WHOLE, 0)]
    #[case::dead(&[], Err(Silent), "?", 500)]
    #[case::dies(&[Some(0x12)], Err(Silent), "?M!?", 10_500)]
    #[case::does_not_print(&[Some(0x12), None, Some(0x12)], Err(Silent), "?M!?", 10_000)]
    #[case::dies_between(&[Some(0x12), Some(0x00)], Err(Silent), "?M!?", 500)]
    #[case::answers_another_query(&[Some(0x00)], Err(Silent), "?", 500)]
    fn what_the_printer_answers_decides(
        #[case] answers: &[Option<u8>],
        #[case] outcome: Result<(), PrinterTrouble>,
        #[case] heard: &str,
        #[case] took: u64,
    ) {
        let printed = print(Line::Open, answers, &PrinterStatus::new(), async {});
        assert_eq!(printed, (outcome, heard.into(), took));
    }

    #[rstest]
    #[case::held_from_the_start(Line::Held(0), "", 500)]
    #[case::held_at_the_copy(Line::Held(1), "?", 10_500)]
    #[case::held_behind_the_copy(Line::Held(2), "?M", 10_500)]
    #[case::held_at_the_second_copy(Line::Held(4), "?M!?", 10_500)]
    #[case::broken_from_the_start(Line::Broken(0), "", 0)]
    #[case::broken_at_the_copy(Line::Broken(1), "?", 0)]
    fn a_line_that_takes_no_bytes_is_a_silent_printer(
        #[case] line: Line,
        #[case] heard: &str,
        #[case] took: u64,
    ) {
        let ready = [Some(0x12), Some(0x00), Some(0x12), Some(0x00)];
        let printed = print(line, &ready, &PrinterStatus::new(), async {});
        assert_eq!(printed, (Err(Silent), heard.into(), took));
    }

    #[test]
    fn a_slow_printer_has_all_the_time_there_is() {
        let status = PrinterStatus::new();
        let speaks = async {
            for (after, said) in [(499, 0x12), (9_999, 0x00), (499, 0x12), (9_999, 0x00)] {
                Timer::after_millis(after).await;
                status.signal(said);
            }
        };
        assert_eq!(print(Line::Open, &[], &status, speaks), (Ok(()), WHOLE.into(), 2 * (499 + 9_999)));
    }

    #[test]
    fn what_was_said_before_a_query_or_too_late_is_no_answer() {
        let status = PrinterStatus::new();
        status.signal(0x12);
        let too_late = async {
            Timer::after_millis(501).await;
            status.signal(0x12);
        };
        for besides in [Some(too_late), None] {
            let besides = async {
                if let Some(late) = besides {
                    late.await;
                }
            };
            assert_eq!(print(Line::Open, &[], &status, besides), (Err(Silent), "?".into(), 500));
        }
        // The late answer to the first copy's last query is not the second copy's.
        let late = async {
            Timer::after_millis(10_100).await;
            status.signal(0x00);
        };
        assert_eq!(print(Line::Open, &[Some(0x12)], &status, late), (Err(Silent), "?M!?".into(), 10_500));
    }
}
