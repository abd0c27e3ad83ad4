use payrig_operator::paper::{CutShort, Printer, PrinterState};
use rstest::rstest;

use crate::copy::{Copy, PAPER, PRINTED};

fn in_state(state: PrinterState) -> Printer {
    let mut printer = Printer::default();
    printer.set_state(state);
    printer
}

/// What a terminal hears that asks, prints a copy and asks again, twice.
#[rstest]
#[case::ready(PrinterState::Ready, ["12", "00", "12"], Some(None))]
#[case::paper_out(PrinterState::PaperOut, ["72", "", "72"], None)]
#[case::dead(PrinterState::Dead, ["", "", ""], None)]
#[case::runs_out(PrinterState::PaperOutAfter(5), ["12", "", "72"], Some(Some(CutShort::PaperOut)))]
// Two lines for the title, eleven others, two for the amount, the signature, and four fed.
#[case::just_enough(PrinterState::PaperOutAfter(19), ["12", "0c", "72"], Some(None))]
#[case::one_too_few(PrinterState::PaperOutAfter(18), ["12", "", "72"], Some(Some(CutShort::PaperOut)))]
#[case::one_to_spare(PrinterState::PaperOutAfter(20), ["12", "00", "12"], Some(None))]
fn a_state_is_known_by_what_is_answered_and_printed(
    #[case] state: PrinterState,
    #[case] answers: [&str; 3],
    #[case] receipt: Option<Option<CutShort>>,
) {
    let mut printer = in_state(state);
    let copy = [Copy::english_sale().bytes(), PRINTED.to_vec()].concat();
    let heard = [printer.take(PAPER), printer.take(&copy), printer.take(PAPER)];
    assert_eq!(heard.map(hex::encode), answers);
    let receipts = printer.receipts();
    assert_eq!(receipts.first().map(|receipt| receipt.cut_short), receipt);
    assert!(receipts.len() < 2);
}

#[test]
fn paper_that_runs_out_keeps_what_it_holds() {
    let mut printer = in_state(PrinterState::PaperOutAfter(5));
    printer.take(&Copy::english_sale().bytes());
    assert_eq!(printer.state(), PrinterState::PaperOut);
    let receipt = printer.receipts().pop().unwrap();
    let lines: Vec<_> =
        receipt.lines.iter().map(|line| line.text().split(' ').next().unwrap().to_owned()).collect();
    // The title is two lines high.
    assert_eq!(lines, ["POS", "MERCHANT", "MERCHANT", "TERMINAL"]);
}

#[test]
fn a_line_in_double_height_needs_two_lines_of_paper() {
    let mut printer = in_state(PrinterState::PaperOutAfter(1));
    printer.take(b"\x1d!\x01high\n\x1d!\x00low\n");
    assert_eq!(printer.receipts(), []);
    assert_eq!(printer.state(), PrinterState::PaperOut);
}

#[test]
fn what_stayed_in_a_printer_without_paper_is_never_printed() {
    let mut printer = in_state(PrinterState::PaperOutAfter(3));
    let copy = Copy::english_sale();
    assert!(printer.take(&[copy.bytes(), PRINTED.to_vec()].concat()).is_empty());
    printer.set_state(PrinterState::Ready);
    assert_eq!(printer.take(PAPER), [0x12]);
    printer.take(&copy.bytes());
    let receipts = printer.receipts();
    assert_eq!(receipts.len(), 2);
    assert_eq!(receipts[0].cut_short, Some(CutShort::PaperOut));
    assert_eq!(receipts[1], copy.printed());
}

#[test]
fn a_printer_that_dies_in_the_midst_of_a_copy_leaves_what_it_had_printed() {
    let mut printer = Printer::default();
    let copy = Copy::chinese_void().bytes();
    printer.take(&copy[..80]);
    printer.set_state(PrinterState::Dead);
    assert!(printer.take(&copy[80..]).is_empty() && printer.take(PAPER).is_empty());
    // It is as at power-on when it comes back: not in the midst of a Chinese character.
    printer.set_state(PrinterState::Ready);
    assert_eq!(printer.take(PAPER), [0x12]);
    printer.take(&Copy::english_sale().bytes());
    let receipts = printer.receipts();
    assert_eq!(receipts.len(), 2);
    assert_eq!(receipts[0].cut_short, Some(CutShort::PrinterDead));
    assert_eq!(receipts[1], Copy::english_sale().printed());
}

#[test]
fn a_copy_that_a_terminal_without_power_left_is_kept_beside_the_next() {
    let mut printer = Printer::default();
    let copy = Copy::english_sale().bytes();
    printer.take(&copy[..60]);
    assert_eq!(printer.receipts()[0].cut_short, Some(CutShort::NotCut));
    printer.take(&copy);
    let receipts = printer.receipts();
    assert_eq!(
        receipts.iter().map(|receipt| receipt.cut_short).collect::<Vec<_>>(),
        [Some(CutShort::NotCut), None]
    );
    assert_eq!(receipts[1], Copy::english_sale().printed());
}

#[rstest]
#[case(PrinterState::Ready)]
#[case(PrinterState::PaperOut)]
#[case(PrinterState::PaperOutAfter(5))]
#[case(PrinterState::Dead)]
fn a_state_is_written_as_a_scenario_has_it(#[case] state: PrinterState) {
    #[derive(serde::Deserialize)]
    struct Step {
        printer: PrinterState,
    }
    let step: Step = toml::from_str(&format!("printer = {state}\n")).unwrap();
    assert_eq!(step.printer, state);
}
