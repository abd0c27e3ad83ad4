use std::path::PathBuf;

use payrig_operator::{
    TerminalFixture,
    paper::{Printer, PrinterState, ReceiptLabels, Slip, SlipCopy, SlipKind},
};
use rstest::rstest;

use crate::copy::Copy;

fn labels() -> ReceiptLabels {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let fixture = TerminalFixture::load(&fixtures.join("terminals/keyed.toml")).unwrap();
    fixture.receipt_labels().unwrap().clone()
}

#[test]
fn a_sale_in_english_is_told() {
    let slip = Slip::read(&Copy::english_sale().printed(), &labels()).unwrap();
    let expected = Slip {
        kind: SlipKind::Sale,
        copy: SlipCopy::Merchant,
        reprint: false,
        merchant: "001430170119999".into(),
        terminal: "99999906".into(),
        card: "621234******1232".into(),
        entry: Some("M".into()),
        batch: "000001".into(),
        stan: "000002".into(),
        original: None,
        authorisation: Some("A1B2C3".into()),
        reference: "000000000042".into(),
        date: "11-28 22:30:05".into(),
        amount: 123_450,
        signature: true,
    };
    assert_eq!(slip, expected);
}

#[test]
fn a_void_in_chinese_is_told() {
    let slip = Slip::read(&Copy::chinese_void().printed(), &labels()).unwrap();
    assert_eq!((slip.kind, slip.copy, slip.reprint), (SlipKind::Void, SlipCopy::Customer, false));
    assert_eq!((slip.stan.as_str(), slip.original.as_deref()), ("000003", Some("000002")));
    assert_eq!((slip.amount, slip.authorisation, slip.signature), (5, None, false));
    assert_eq!(slip.card, "621234*********1234");
}

#[test]
fn a_reprint_is_told_from_the_first_print() {
    let slip = Slip::read(&Copy::reprint().printed(), &labels()).unwrap();
    assert!(slip.reprint);
    assert_eq!(slip.to_string(), "sale 000002 of batch 000001, 1234.50, customer's copy, reprint");
}

#[test]
fn the_record_of_a_ceremony_is_known_by_its_title_and_is_no_slip() {
    let printed = |title: &str| {
        let mut printer = Printer::default();
        printer.take(
            format!("\x1b@\x1ba\x01{title}\n\x1ba\x00TMK KCV                 9DD488F1\n\x1dVB\x00")
                .as_bytes(),
        );
        printer.receipts().remove(0)
    };
    assert!(labels().is_ceremony(&printed("TMK CEREMONY")));
    assert!(!labels().is_ceremony(&printed("POS RECEIPT")));
    assert!(!labels().is_ceremony(&Copy::english_sale().printed()));
    assert!(Slip::read(&printed("TMK CEREMONY"), &labels()).is_err());
}

/// A sale with one row changed, or without it.
fn with_row(label: &str, value: Option<&'static str>) -> Copy {
    let mut copy = Copy::english_sale();
    copy.rows.retain_mut(|row| {
        if row.0 == label {
            row.1 = value.unwrap_or(row.1);
        }
        row.0 != label || value.is_some()
    });
    copy
}

#[rstest]
#[case::no_voucher(
    with_row("VOUCHER", None),
    "expected a row for `voucher`, `VOUCHER` or `凭证号`; the receipt has none"
)]
#[case::no_type(
    with_row("TYPE", None),
    "expected a row for `type`, `TYPE` or `交易类型`; the receipt has none"
)]
#[case::a_void_without_its_sale(
    with_row("TYPE", Some("VOID")),
    "expected a row for `original`, `ORIGINAL` or `原凭证号`; the receipt has none"
)]
#[case::no_title(
    Copy { title: "RECEIPT", ..Copy::english_sale() },
    "expected a line for `title`, `POS RECEIPT` or `POS签购单`; the receipt has none"
)]
#[case::nobodys_copy(
    Copy { name: "COPY", ..Copy::english_sale() },
    "expected a line that names the copy, `MERCHANT COPY` or `商户存根` or `CUSTOMER COPY` or `持卡人存根`; the receipt has none"
)]
#[case::everybodys_copy(
    Copy { mark: Some("CUSTOMER COPY"), ..Copy::english_sale() },
    "expected either `MERCHANT COPY` or `商户存根` or `CUSTOMER COPY` or `持卡人存根` once; lines 2 and 3 of the receipt both have it"
)]
#[case::another_type(
    with_row("TYPE", Some("REFUND")),
    "line 6 of the receipt: expected `SALE` or `消费` or `VOID` or `消费撤销` behind `TYPE` or `交易类型`, found `REFUND`"
)]
#[case::stan(
    with_row("VOUCHER", Some("2")),
    "line 8 of the receipt: expected 6 digits behind `VOUCHER` or `凭证号`, found `2`"
)]
#[case::amount(
    Copy { amount: ("AMOUNT", "CNY 1,234.50"), ..Copy::english_sale() },
    "line 12 of the receipt: expected `CNY` and an amount of at most 12 digits, two of them behind a point, behind `AMOUNT` or `金额`, found `CNY 1,234.50`"
)]
#[case::another_currency(
    Copy { amount: ("AMOUNT", "USD 1.00"), ..Copy::english_sale() },
    "line 12 of the receipt: expected `CNY` and an amount of at most 12 digits, two of them behind a point, behind `AMOUNT` or `金额`, found `USD 1.00`"
)]
#[case::a_card_that_is_not_masked(
    with_row("CARD", Some("6212340000001232 M")),
    "line 5 of the receipt: expected a card number of 13 to 19 places that shows no more than its first six and last four digits behind `CARD` or `卡号`"
)]
fn what_a_receipt_lacks_is_a_sentence(#[case] copy: Copy, #[case] expected: &str) {
    assert_eq!(Slip::read(&copy.printed(), &labels()).unwrap_err().to_string(), expected);
}

#[test]
fn a_row_that_is_there_twice_tells_nothing() {
    let mut copy = Copy::english_sale();
    copy.rows.push(("VOUCHER", "000009"));
    let error = Slip::read(&copy.printed(), &labels()).unwrap_err().to_string();
    assert_eq!(error, "expected `VOUCHER` or `凭证号` once; lines 8 and 12 of the receipt both have it");
}

#[test]
fn a_copy_that_was_cut_short_says_so() {
    let mut printer = Printer::default();
    printer.set_state(PrinterState::PaperOutAfter(7));
    printer.take(&Copy::english_sale().bytes());
    let error = Slip::read(&printer.receipts()[0], &labels()).unwrap_err().to_string();
    let expected = "expected a row for `batch`, `BATCH` or `批次号`; the receipt has none (it is incomplete: the paper ran out)";
    assert_eq!(error, expected);
}
