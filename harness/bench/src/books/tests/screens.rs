//! Screens of the terminal as INTERFACE.md has them, and such as differ in a row.

use std::path::Path;

use payrig_acquirer::TransactionKind;
use payrig_operator::{Screen, ScreenWords, TerminalFixture};
use rstest::rstest;

use crate::books::{Origin, RecordState, Sum, TerminalRecord, Told, Totals, rows};

/// The words of the reference terminal.
fn words() -> ScreenWords {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/terminals");
    TerminalFixture::load(&fixtures.join("keyed.toml")).unwrap().screen_words().unwrap().clone()
}

/// A screen of these rows from the second on.
fn screen(id: &str, rows: &[&str]) -> Screen {
    let mut screen = Screen::blank();
    screen.rows[0] = "PAYRIG T1      SIGNED ON".into();
    for (row, text) in screen.rows[1..].iter_mut().zip(rows) {
        *row = (*text).to_owned();
    }
    screen.message_id = id.into();
    screen
}

const RECORD: [&str; 6] =
    ["Record 2 of 3", "Void 000005 of 000003", "Batch 000001", "CNY 1234.50", "621234******1232", "Captured"];

fn changed(rows: [&str; 6], row: usize, to: &str) -> Vec<String> {
    let mut rows = rows.map(str::to_owned);
    rows[row - 2] = to.into();
    rows.to_vec()
}

fn of(id: &str, rows: &[String]) -> Screen {
    screen(id, &rows.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_record_is_read_row_by_row() {
    let page = rows::RecordPage::read(&screen("M240", &RECORD), &words()).unwrap();
    assert_eq!((page.number, page.of), (2, 3));
    let record = TerminalRecord {
        kind: TransactionKind::Void,
        stan: "000005".into(),
        original: Some("000003".into()),
        batch: "000001".into(),
        amount: 123_450,
        card: "621234******1232".into(),
        state: RecordState::Captured,
    };
    assert_eq!(page.record, record);
    for state in RecordState::ALL {
        let rows = changed(RECORD, 7, state.words());
        assert_eq!(rows::RecordPage::read(&of("M240", &rows), &words()).unwrap().record.state, state);
    }
    let sale = changed(RECORD, 3, "Sale 000002");
    let page = rows::RecordPage::read(&of("M240", &sale), &words()).unwrap();
    assert_eq!((page.record.kind, page.record.original), (TransactionKind::Sale, None));
}

#[rstest]
#[case::number(2, "Record 0 of 3", "`Record «i» of «n»` or `流水 «i»/«n»`")]
#[case::no_count(2, "Record 2", "`Record «i» of «n»` or `流水 «i»/«n»`")]
#[case::kind(3, "Balance 000005", "`Sale «STAN»` or `消费 «STAN»` or `Void «STAN» of «STAN»` or")]
#[case::no_original(3, "Void 000005", "`Sale «STAN»` or")]
#[case::stan(3, "Sale 5", "`Sale «STAN»` or")]
#[case::batch(4, "Batch 1", "`Batch «6 digits»` or `批次号 «6 digits»`")]
#[case::amount(5, "CNY 1234.5", "`CNY` and an amount")]
#[case::sign(5, "CNY -1234.50", "`CNY` and an amount")]
#[case::card_in_clear(6, "6212345678901232", "a card number that shows six and four digits")]
#[case::card_too_long(6, "621234*************0012", "a card number that shows six and four digits")]
#[case::state(7, "captured", "`Captured` or `已入账` or `Voided`")]
fn a_row_that_reads_otherwise_is_told_with_the_screen(
    #[case] row: usize,
    #[case] text: &str,
    #[case] expected: &str,
) {
    let finding = rows::RecordPage::read(&of("M240", &changed(RECORD, row, text)), &words()).unwrap_err();
    let said = finding.to_string();
    assert!(said.starts_with(&format!("expected {expected}")), "{said}");
    assert!(said.contains(&format!(" in row {row}, it reads `{text}`:\n+---")), "{said}");
}

#[test]
fn totals_and_an_empty_journal_are_read() {
    let totals = rows::totals(
        &screen("M242", &["Totals", "Sales 12", "CNY 1234.50", "Voids 0", "CNY 0.00"]),
        &words(),
    )
    .unwrap();
    assert_eq!(totals, Totals { sales: Sum { count: 12, amount: 123_450 }, voids: Sum::default() });
    assert!(
        rows::totals(&screen("M242", &["Totals", "Sales 012", "CNY 1.00", "Voids 0", "CNY 0.00"]), &words())
            .is_err()
    );
    rows::no_records(&screen("M241", &["Records", "None"]), &words()).unwrap();
    assert!(rows::no_records(&screen("M241", &["Records", "Nothing"]), &words()).is_err());
}

#[test]
fn an_approval_tells_of_a_sale_or_a_void() {
    let rows = ["Sale", "Approved", "CNY 0.05", "621234*********0012", "Voucher 000002", "Auth 500001"];
    let told = rows::approval(&screen("M211", &rows), &words()).unwrap();
    let expected = Told {
        kind: TransactionKind::Sale,
        stan: "000002".into(),
        batch: None,
        original: None,
        amount: 5,
        origin: Origin::Screen,
        offline: false,
    };
    assert_eq!(told, Some(expected.clone()));
    // Of one without the host the screen tells no voucher number.
    for offline in ["approved offline", "脱机交易"] {
        let sale = changed(rows, 6, offline);
        assert_eq!(rows::approval(&of("M211", &sale), &words()).unwrap(), None);
        let void = [&["Void".to_owned()], &sale[1..]].concat();
        assert!(rows::approval(&of("M211", &void), &words()).is_err());
    }
    let void = rows::approval(&of("M211", &changed(rows, 2, "Void")), &words()).unwrap();
    assert_eq!(void, Some(Told { kind: TransactionKind::Void, ..expected }));
    assert!(rows::approval(&of("M211", &changed(rows, 3, "Declined")), &words()).is_err());
    assert!(rows::approval(&of("M211", &changed(rows, 6, "Voucher 2")), &words()).is_err());
}

/// What a Chinese terminal shows of the same journal is the same journal.
#[test]
fn a_chinese_terminal_is_read_as_an_english_one() {
    let words = words();
    let chinese =
        ["流水 2/3", "撤销 000005 原 000003", "批次号 000001", "CNY 1234.50", "621234******1232", "已入账"];
    let page = rows::RecordPage::read(&screen("M240", &chinese), &words).unwrap();
    assert_eq!(page, rows::RecordPage::read(&screen("M240", &RECORD), &words).unwrap());
    assert_eq!(page.next_title(&screen("M240", &chinese), &words).as_deref(), Some("流水 3/3"));
    assert_eq!(page.next_title(&screen("M240", &RECORD), &words).as_deref(), Some("Record 3 of 3"));
    let totals = ["合计", "消费 12 笔", "CNY 1234.50", "撤销 0 笔", "CNY 0.00"];
    let expected = Totals { sales: Sum { count: 12, amount: 123_450 }, voids: Sum::default() };
    assert_eq!(rows::totals(&screen("M242", &totals), &words).unwrap(), expected);
    rows::no_records(&screen("M241", &["流水", "无记录"]), &words).unwrap();
    let approval = ["消费", "交易成功", "CNY 0.05", "621234*********0012", "凭证号 000002", "授权码 500001"];
    let told = rows::approval(&screen("M211", &approval), &words).unwrap().unwrap();
    assert_eq!((told.kind, told.stan.as_str(), told.amount), (TransactionKind::Sale, "000002", 5));
}
