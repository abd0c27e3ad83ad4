//! Receipts as a person sees them.

use payrig_operator::paper::{Printer, PrinterState, Receipt, to_text};
use rstest::rstest;

use crate::copy::Copy;

fn incomplete() -> Receipt {
    let mut printer = Printer::default();
    printer.set_state(PrinterState::PaperOutAfter(8));
    printer.take(&Copy::chinese_void().bytes());
    printer.receipts().pop().unwrap()
}

/// What no receipt of ours has, and a picture must bear.
fn odd() -> Receipt {
    let mut printer = Printer::default();
    printer.take(b"\x1b@\x1ba\x02<a & \"b\">\n\x1ba\x00small \x1d!\x22LARGE\x1d!\x00 small\n\n\x1bE\x01bold\n\x1dVA\x00");
    printer.receipts().pop().unwrap()
}

#[rstest]
#[case::english_sale("english_sale", Copy::english_sale().printed())]
#[case::chinese_void("chinese_void", Copy::chinese_void().printed())]
#[case::reprint("reprint", Copy::reprint().printed())]
#[case::incomplete("incomplete", incomplete())]
#[case::odd("odd", odd())]
fn a_receipt_is_shown(#[case] name: &str, #[case] receipt: Receipt) {
    insta::assert_snapshot!(format!("{name}.text"), receipt.to_text());
    insta::assert_snapshot!(format!("{name}.svg"), receipt.to_svg());
}

#[test]
fn receipts_are_numbered_and_none_is_said() {
    let text = to_text(&[Copy::english_sale().printed(), incomplete()]);
    let heads: Vec<_> = text.lines().filter(|line| line.starts_with("receipt ")).collect();
    assert_eq!(heads, ["receipt 1", "receipt 2"]);
    assert_eq!(to_text(&[]), "nothing was printed\n");
}
