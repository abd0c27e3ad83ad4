//! What is asked of the books at the end of a scenario, on a terminal that shows what a test has written for it.

use payrig_bench::{Bench, Case, Finding, Verdict, books::RecordState};
use payrig_operator::Screen;
use payrig_rig::{Board, BoardFuture, Capabilities, Lines, sim::SimBoard};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    task::spawn_local,
};

use crate::desk::Desk;

/// Rows 2 to 7 of a screen, and its message id.
type Shown = (&'static str, &'static [&'static str]);

const MENU: Shown = ("M100", &["", "1 Sign on   2 Sale", "3 Void      4 Balance", "5 Records   6 Reprint"]);
const APPROVED: Shown =
    ("M211", &["Sale", "Approved", "CNY 15.00", "621234******1232", "Voucher 000002", "Auth 500001"]);
const SALE: Shown = (
    "M240",
    &["Record 1 of 2", "Sale 000002", "Batch 000001", "CNY 15.00", "621234******1232", "Reversal open"],
);
const VOID: Shown = (
    "M240",
    &["Record 2 of 2", "Void 000003 of 000001", "Batch 000001", "CNY 7.50", "621234******1232", "Reversed"],
);
const TOTALS: Shown = ("M242", &["Totals", "Sales 0", "CNY 0.00", "Voids 0", "CNY 0.00"]);
const NONE: Shown = ("M241", &["Records", "None"]);

/// A terminal that has a menu, approves each sale at once, and has these records.
struct Paper {
    records: &'static [Shown],
    boots: u32,
    others: Vec<DuplexStream>,
}

impl Board for Paper {
    fn name(&self) -> &'static str {
        "paper"
    }

    fn capabilities(&self) -> Capabilities {
        SimBoard::CAPABILITIES.into_iter().collect()
    }

    fn power_on(&mut self) -> BoardFuture<'_, Lines> {
        let (panel, terminal) = duplex(4096);
        self.boots += 1;
        spawn_local(live(terminal, self.records, self.boots));
        let mut line = || {
            let (near, far) = duplex(64);
            self.others.push(far);
            Box::new(near)
        };
        let (modem, slot, antenna, front_end) = (line(), line(), line(), line());
        Box::pin(async move { Ok(Lines { panel: Box::new(panel), modem, slot, antenna, front_end }) })
    }

    fn power_off(&mut self) -> BoardFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

fn drawn((id, rows): Shown) -> Vec<u8> {
    let mut screen = Screen::blank();
    for (row, text) in screen.rows[1..].iter_mut().zip(rows) {
        (*text).clone_into(row);
    }
    screen.rows[7] = format!("Any key             {id}");
    screen.drawn().into_bytes()
}

async fn live(mut panel: DuplexStream, records: &'static [Shown], boots: u32) {
    let build = "0".repeat(40);
    let boot = format!("PAYRIG-TERMINAL 0.1.0 build={build} boot={boots} state=blank entropy=emulated\r\n");
    let mut shown = MENU;
    let mut page = 0;
    let mut ended = panel.write_all(&[boot.into_bytes(), drawn(MENU)].concat()).await.is_err();
    while !ended {
        let Ok(key) = panel.read_u8().await else { return };
        shown = match (shown.0, key) {
            ("M100", b'2') => APPROVED,
            ("M100", b'5') => {
                page = 0;
                records[0]
            }
            ("M240", b'#') => {
                page += 1;
                records[page]
            }
            ("M100" | "M240", _) => continue,
            _ => MENU,
        };
        ended = panel.write_all(&drawn(shown)).await.is_err();
    }
}

fn bench(desk: &Desk, records: &'static [Shown]) -> Bench {
    desk.bench().with_boards(move || Box::new(Paper { records, boots: 0, others: Vec::new() }))
}

/// Plays a scenario of these steps and this expectation.
fn played(records: &'static [Shown], rest: &str) -> (Verdict, String) {
    let desk = Desk::new();
    desk.write("a/case.toml", &format!("title = \"A case\"\n[world]\nterminal = \"blank\"\n{rest}"));
    let report = bench(&desk, records).run(desk.suite().unwrap().case("a::case").unwrap());
    (report.verdict, report.why.unwrap_or_default())
}

const SELL: &str = "[[steps]]\ndo = \"sale\"\n[[steps]]\nsee = \"approved\"\n";

#[test]
fn books_in_which_nothing_is_agree() {
    let see = "[[steps]]\nsee = \"menu\"\n[expect]\nbooks = { captured = 0, open = 0 }\n";
    assert_eq!(played(&[NONE], see), (Verdict::Pass, String::new()));
    let (verdict, why) = played(&[NONE], &see.replace("captured = 0", "captured = 1"));
    assert_eq!(verdict, Verdict::Fail);
    assert!(why.starts_with("expected captured = 1; the books agree on captured = 0, voided = 0,"), "{why}");
}

#[test]
fn what_was_told_before_a_power_cut_counts() {
    let cut = "[[steps]]\npower = \"cut\"\n[[steps]]\npower = \"on\"\n";
    let (verdict, why) = played(&[NONE], &format!("{SELL}{cut}[expect]\nbooks = {{}}\n"));
    assert_eq!(verdict, Verdict::Fail, "{why}");
    let expected = "the books do not agree:\n- STAN 000002 of no known batch: told as approved, but not in force; the terminal says nothing, \
                    the host says nothing, told was sale of 15.00 by screen\n";
    assert!(why.starts_with(expected), "{why}");
    assert!(why.contains("\n?      000002  sale          15.00        -         -     screen\n"), "{why}");
}

#[test]
fn what_is_open_and_was_told_all_the_same_is_found_among_the_records() {
    let (verdict, why) = played(&[SALE, VOID, TOTALS], &format!("{SELL}[expect]\nbooks = {{}}\n"));
    assert_eq!(verdict, Verdict::Fail, "{why}");
    let expected = "- batch 000001, STAN 000002: told as approved, but not in force; the terminal says sale of 15.00, reversal open,";
    assert!(why.contains(expected), "{why}");
    let see = "[[steps]]\nsee = \"menu\"\n[expect]\nbooks = { reversed = 1, open = 1 }\n";
    assert_eq!(played(&[SALE, VOID, TOTALS], see), (Verdict::Pass, String::new()));
}

const OTHER_TOTALS: Shown = ("M242", &["Totals", "Sales 1", "CNY 15.00", "Voids 0", "CNY 0.00"]);
const MANY_OF: Shown =
    ("M240", &["Record 1 of 3", "Sale 000002", "Batch 000001", "CNY 15.00", "621234******1232", "Captured"]);

#[rstest]
#[case::misread(&[APPROVED], "expected screen M240 or M241")]
#[case::no_first_page(&[VOID, TOTALS], "expected `Record 1 of 2`:\n+---")]
#[case::a_page_that_is_missing(&[SALE, TOTALS], "`Record 2 of 2` did not follow among the records: expected screen M240")]
#[case::a_page_again(&[SALE, SALE, TOTALS], "`Record 2 of 2` did not follow among the records")]
#[case::another_number(&[MANY_OF, VOID, TOTALS], "`Record 2 of 3` did not follow among the records")]
#[case::more_pages(&[SALE, VOID, VOID], "`totals` did not follow among the records")]
#[case::totals(&[SALE, VOID, OTHER_TOTALS], "the records come to 0 sales of 0.00, 0 voids of 0.00, the totals say 1 sales of 15.00")]
fn records_that_are_out_of_order_are_the_terminals_fault(
    #[case] records: &'static [Shown],
    #[case] expected: &str,
) {
    let (verdict, why) = played(records, "[[steps]]\nsee = \"menu\"\n[expect]\nbooks = {}\n");
    assert_eq!(verdict, Verdict::Fail, "{why}");
    assert!(why.starts_with(expected), "{why}");
}

#[test]
fn the_records_are_read_in_their_order() {
    let desk = Desk::new();
    let mut case = Case::new("a::case", "Records", |world| {
        Box::pin(async move {
            world.power_on().await?;
            let journal = world.records().await?;
            let read: Vec<_> =
                journal.records.iter().map(|record| (record.stan.as_str(), record.state)).collect();
            assert_eq!(read, [("000002", RecordState::ReversalOpen), ("000003", RecordState::Reversed)]);
            // It is back at the menu, and can be read once more.
            match world.records().await? == journal {
                true => Ok(()),
                false => Err(Finding::terminal("read otherwise")),
            }
        })
    });
    case.parts.terminal = "blank".into();
    let report = bench(&desk, &[SALE, VOID, TOTALS]).run(&case);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
}
