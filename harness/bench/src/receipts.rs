//! What the terminal printed, in the case's folder.

use std::path::Path;

use payrig_operator::paper::{Receipt, ReceiptLabels, to_text};
use payrig_tape::Secrets;

use crate::{Finding, RunFolderError, whole_file};

/// Writes `receipts.txt`, and `receipt-01.svg` and so on, into `folder`; nothing where nothing was printed. A secret that the terminal printed
/// stands there as its token.
pub(crate) fn write(folder: &Path, receipts: &[Receipt], secrets: &Secrets) -> Result<(), RunFolderError> {
    if receipts.is_empty() {
        return Ok(());
    }
    for (number, receipt) in (1..).zip(receipts) {
        let picture = secrets.scrub_numbers(&receipt.to_svg());
        whole_file::write(&folder.join(format!("receipt-{number:02}.svg")), &picture)?;
    }
    whole_file::write(&folder.join("receipts.txt"), &secrets.scrub_numbers(&to_text(receipts)))
}

/// The texts of all papers as a snapshot has them. The record of a ceremony, and a receipt of an approval that no host has made, have the time of the
/// terminal's own clock, which is another in each run: the day stays. A chip's cryptogram hangs on random numbers: that there is one stays.
pub(crate) fn meaning(receipts: &[Receipt], labels: Option<&ReceiptLabels>) -> String {
    let timeless = |receipt: &Receipt| {
        let mut receipt = receipt.clone();
        let has_own_time =
            |labels: &ReceiptLabels| labels.is_ceremony(&receipt) || labels.is_approved_offline(&receipt);
        if labels.is_some_and(has_own_time) {
            let runs = receipt.lines.iter_mut().flat_map(|line| &mut line.runs);
            runs.for_each(|run| run.text = without_time(&run.text));
        }
        for run in receipt.lines.iter_mut().flat_map(|line| &mut line.runs) {
            run.text = labels.map_or_else(|| run.text.clone(), |labels| labels.without_cryptogram(&run.text));
        }
        receipt
    };
    to_text(&receipts.iter().map(timeless).collect::<Vec<_>>())
}

/// `hh:mm:ss` in place of a time at a row's end.
fn without_time(row: &str) -> String {
    const TIME: &str = "hh:mm:ss";
    let split = row.len().checked_sub(TIME.len()).and_then(|at| row.split_at_checked(at));
    let is_time = |time: &str| {
        time.bytes().zip(TIME.bytes()).all(|(b, of)| if of == b':' { b == of } else { b.is_ascii_digit() })
    };
    match split {
        Some((front, time)) if is_time(time) => format!("{front}{TIME}"),
        _ => row.to_owned(),
    }
}

/// A receipt goes out of the house: a card number that it shows whole, or a PIN, is the terminal's fault.
pub(crate) fn masked(receipts: &[Receipt], secrets: &Secrets) -> Result<(), Finding> {
    let text = to_text(receipts);
    let scrubbed = secrets.scrub_numbers(&text);
    if scrubbed == text {
        return Ok(());
    }
    Err(Finding::terminal(format!(
        "a receipt shows what must be masked; its token stands here instead:\n{scrubbed}"
    )))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use payrig_operator::paper::{Printer, PrinterState};
    use payrig_tape::{Secret, SecretKind};

    use crate::Verdict;

    use super::*;

    #[test]
    fn a_folder_has_the_receipts_that_there_are() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[], &Secrets::new()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        let mut printer = Printer::default();
        printer.take(b"\x1b@first\n\x1dVB\x00");
        printer.set_state(PrinterState::PaperOutAfter(1));
        printer.take(b"\x1b@second\nthird\n");
        write(folder.path(), &printer.receipts(), &Secrets::new()).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let expected = "receipt 1\nfirst\n-- 8< --------------------------\n\n\
            receipt 2\nsecond\n~~ incomplete: the paper ran out ~~\n";
        assert_eq!(read("receipts.txt"), expected);
        assert!(read("receipt-01.svg").contains(">first<") && read("receipt-02.svg").contains(">second<"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_time_of_day_is_none_of_a_snapshot_s() {
        assert_eq!(without_time("DATE              07-20 22:13:02"), "DATE              07-20 hh:mm:ss");
        for kept in ["DATE                          --", "TMK KCV                 9DD488F1", "校验值", ""]
        {
            assert_eq!(without_time(kept), kept);
        }
    }

    /// A board that is slow prints a later second.
    #[test]
    fn only_a_time_of_the_terminal_s_own_clock_is_none_of_a_snapshot_s() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
        let terminal = crate::Fixtures::open(&root).unwrap().terminal("keyed-chip").unwrap();
        let told = |authorisation: &str| {
            let mut printer = Printer::default();
            let rows = format!(
                "          POS RECEIPT\nAUTH                      {authorisation}\nDATE              07-20 22:13:01\n"
            );
            printer.take(format!("\x1b@{rows}\x1dVB\x00").as_bytes());
            meaning(&printer.receipts(), terminal.receipt_labels())
        };
        for own in ["Y1", "Y3"] {
            assert!(told(own).contains("07-20 hh:mm:ss"), "{}", told(own));
        }
        assert!(told("000123").contains("07-20 22:13:01"), "{}", told("000123"));
    }

    /// However short it is: the search of the files looks for longer ones, because a short number is met by chance.
    #[test]
    fn a_pin_that_is_printed_is_the_terminal_s_fault_and_stands_on_no_kept_receipt() {
        let secrets = Secrets::new();
        for (name, pin) in [("pin#1", "8642"), ("pin#2", "123456")] {
            let secret = Secret::new(SecretKind::Pin, name, pin.as_bytes()).unwrap();
            secrets.add(secret.on_lines(["panel"])).unwrap();
        }
        let printed = |row: &str| {
            let mut printer = Printer::default();
            printer.take(format!("\x1b@{row}\n\x1dVB\x00").as_bytes());
            printer.receipts()
        };
        for other in
            ["AMOUNT CNY 8642.00", "CARD 123456******8642", "REF 012345612345", "12345", "A1 2 3 4 5 6"]
        {
            assert!(masked(&printed(other), &secrets).is_ok(), "{other}");
        }
        for (row, name, pin) in [("PIN:8642", "pin#1", "8642"), ("123456", "pin#2", "123456")] {
            let found = masked(&printed(row), &secrets).unwrap_err().to_string();
            assert!(found.contains(name) && !found.contains(pin), "{found}");
            let folder = tempfile::tempdir().unwrap();
            write(folder.path(), &printed(row), &secrets).unwrap();
            for file in fs::read_dir(folder.path()).unwrap() {
                let text = fs::read_to_string(file.unwrap().path()).unwrap();
                assert!(!text.contains(pin), "{text}");
            }
        }
    }

    #[test]
    fn a_card_number_that_is_printed_whole_is_the_terminal_s_fault_and_stands_in_no_file() {
        let secrets = Secrets::new();
        secrets.register(SecretKind::Pan, "pan#debit", b"6212345678901232").unwrap();
        let printed = |card: &str| {
            let mut printer = Printer::default();
            printer.take(format!("\x1b@CARD {card} M\n\x1dVB\x00").as_bytes());
            printer.receipts()
        };
        assert!(masked(&printed("621234******1232"), &secrets).is_ok());
        let whole = printed("6212345678901232");
        let finding = masked(&whole, &secrets).unwrap_err();
        assert_eq!(finding.verdict(), Verdict::Fail);
        assert!(
            finding.to_string().contains("pan#debit") && !finding.to_string().contains("6212345678901232")
        );
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &whole, &secrets).unwrap();
        assert_eq!(payrig_tape::leaks(folder.path(), &secrets).unwrap(), []);
    }
}
