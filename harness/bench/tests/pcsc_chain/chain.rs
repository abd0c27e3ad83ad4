//! Scenarios with the card in the reader, on the shipped rig.

use std::{fs, path::Path, thread};

use payrig_bench::{Bench, Fixtures, Report, RunFolder, Settings, Suite, Verdict, runner};
use payrig_card::chip::emv::CardProfile;
use payrig_rig::{RigFile, TimeKind};

use crate::{
    Test,
    card::{InReader, fixtures, profile},
    desk::{Desk, root},
    private::Pcscd,
};

pub const TESTS: &[Test] = &[
    ("a_sale_goes_from_the_terminal_through_pcsc_to_the_card_and_its_cryptogram_to_the_host", sale),
    ("a_card_in_a_reader_is_told_that_the_host_has_declined", declined),
    ("a_card_in_a_reader_that_declines_by_itself_ends_the_sale", declined_by_card),
    ("a_card_in_a_reader_is_taken_out_of_the_slot_at_the_pin", removed),
    ("a_card_that_leaves_its_reader_under_a_command_is_removed_for_the_terminal", leaves_under_a_command),
    ("a_card_that_leaves_its_reader_at_the_pin_is_removed_for_the_terminal", leaves_at_the_pin),
    ("the_same_card_is_used_for_one_sale_after_the_other", once_more),
];

pub fn rig() -> RigFile {
    RigFile::load(&root().join("rigs/sim-pcsc.toml")).unwrap()
}

/// Plays a shipped case on the shipped rig; no file of the run may have a secret in it.
pub fn play(case: &str) -> (tempfile::TempDir, Report) {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = Fixtures::open(&fixtures()).unwrap();
    let suite = Suite::load(&fixtures).unwrap();
    let case = suite.case(case).unwrap();
    assert_eq!(case.time_on(&rig()), TimeKind::Real);
    let told = runner::told_of_real_time(&rig(), std::slice::from_ref(case)).unwrap();
    assert_eq!(told, format!("in real time, because their card is in a PC/SC reader: {}", case.name));
    let run = RunFolder::at(folder.path().join("run")).unwrap();
    let bench = Bench::new(Settings { rig: rig(), fixtures, run, seed: 1 });
    let report = bench.run(case);
    assert_eq!(bench.leaks(|_, _| {}).unwrap(), []);
    holds_no_secret(folder.path(), &profile("unionpay-debit"));
    (folder, report)
}

/// As the bench's own search, with a plain eye: card number and track 2 of a profile, in characters and packed, and its PIN's block.
pub fn holds_no_secret(folder: &Path, profile: &CardProfile) {
    let account = &profile.account;
    let (track, pin) = (account.track_2(), account.pin());
    // ISO 9564-1 format 2, as VERIFY has it.
    let pin_block = format!("2{:X}{pin:F<14}", pin.len());
    let mut files = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = fs::read(&path).unwrap();
            for digits in [account.pan(), &track[..32], &pin_block] {
                let packed = hex::decode(digits).unwrap();
                for form in [digits.as_bytes(), &packed] {
                    let found = bytes.windows(form.len()).any(|window| window.eq_ignore_ascii_case(form));
                    assert!(!found, "{} holds what it must not", path.display());
                }
            }
        }
    }
    assert!(files >= 3, "{files} files");
}

#[track_caller]
fn passes((folder, report): (tempfile::TempDir, Report)) -> String {
    assert_eq!(report.verdict, Verdict::Pass, "{:?}\n{:?}", report.why, report.aftermath);
    fs::read_to_string(folder.path().join("run").join(&report.folder).join("host.txt")).unwrap()
}

fn sale() {
    let _service = Pcscd::start();
    let card = InReader::new("unionpay-debit");
    let host = passes(play("chip::physical"));
    assert!(host.contains("ARQC right"), "{host}");
    assert!(card.commands() > 5, "{} commands", card.commands());
}

fn declined() {
    let _service = Pcscd::start();
    let card = InReader::new("unionpay-debit");
    passes(play("chip::physical-declined"));
    assert!(card.commands() > 5, "{} commands", card.commands());
}

/// Its answer to the first GENERATE AC is an AAC: nothing goes to the host.
fn declined_by_card() {
    let _service = Pcscd::start();
    let card = InReader::new("declines-first");
    let steps = "[[steps]]\nsee = \"pin\"\nwithin = \"60s\"\n[[steps]]\npress = \"with-chip.pin confirm\"\n\
                 [[steps]]\nsee = \"declined-offline\"\ntext = \"TVR 0000048000\"\nwithin = \"60s\"\n";
    let report = play_text(&Desk::new(), &no_sale("declines-first", steps));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    assert!(card.commands() > 5, "{} commands", card.commands());
}

fn removed() {
    let _service = Pcscd::start();
    let _card = InReader::new("unionpay-debit");
    passes(play("chip::physical-removed"));
}

/// The steps of a sale up to the card, and what comes behind it.
fn case(behind: &str) -> String {
    let text = fs::read_to_string(root().join("fixtures/scenarios/chip/physical-removed.toml")).unwrap();
    let (before, after) = text.split_once("[[steps]]\nsee = \"pin\"").unwrap();
    let (_, end) = after.split_once("remove = true\n").unwrap();
    format!("{before}{behind}{end}")
}

/// A sale with this card that comes to nothing: what is seen and done from the card on, until it can be taken out.
pub fn no_sale(card: &str, steps: &str) -> String {
    let text = fs::read_to_string(root().join("fixtures/scenarios/chip/physical-removed.toml")).unwrap();
    let (before, after) = text.split_once("[[steps]]\nsee = \"pin\"").unwrap();
    let (_, expected) = after.split_once("[expect]").unwrap();
    let before = before.replace("unionpay-debit", card);
    format!(
        "{before}{steps}[[steps]]\npress = \"any\"\n[[steps]]\nsee = \"remove-card\"\n[[steps]]\nremove = true\n\
         [[steps]]\nsee = \"menu\"\n[expect]{expected}"
    )
}

/// Plays a scenario of this text on the shipped rig.
pub fn play_text(desk: &Desk, text: &str) -> Report {
    desk.write("a/case.toml", text);
    let run = RunFolder::at(desk.run()).unwrap();
    let fixtures = Fixtures::open(desk.run().parent().unwrap()).unwrap();
    let bench = Bench::new(Settings { rig: rig(), fixtures, run, seed: 1 });
    let report = bench.run(desk.suite().unwrap().case("a::case").unwrap());
    assert_eq!(bench.leaks(|_, _| {}).unwrap(), []);
    holds_no_secret(&desk.run(), &profile("unionpay-debit"));
    report
}

fn leaves_under_a_command() {
    let _service = Pcscd::start();
    let card = InReader::taken_at("unionpay-debit", 4);
    let report = play_text(&Desk::new(), &case(""));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    assert_eq!(card.commands(), 4);
}

/// Nobody says anything to the card at that time.
fn leaves_at_the_pin() {
    let _service = Pcscd::start();
    let mut card = InReader::new("unionpay-debit");
    let take = card.taker();
    let desk = Desk::new();
    let tape = desk.run().join("a/case/tape.jsonl");
    let taking = thread::spawn(move || {
        // The step behind the one that waits for the PIN's screen.
        crate::private::until("the step behind the PIN's screen on the tape", || {
            fs::read_to_string(&tape).is_ok_and(|tape| tape.contains("card-removed"))
        });
        take.send(()).unwrap();
    });
    let report = play_text(&desk, &case("[[steps]]\nsee = \"pin\"\nwithin = \"60s\"\n"));
    taking.join().unwrap();
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
}

fn once_more() {
    let _service = Pcscd::start();
    let _card = InReader::new("unionpay-debit");
    for _ in 0..2 {
        let host = passes(play("chip::physical"));
        assert!(host.contains("ARQC right"), "{host}");
    }
}
