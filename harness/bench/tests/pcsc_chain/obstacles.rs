//! A link of the chain that is missing is the rig's fault, in a sentence, and never a case that was left out.

use std::fs;

use payrig_bench::{Bench, Fixtures, RunFolder, Settings, Suite, Verdict};
use payrig_card::chip::emv::CardProfile;
use payrig_rig::{Capability, RigFile, doctor};

use crate::{
    Test,
    card::{InReader, fixtures},
    chain::{holds_no_secret, play, play_text, rig},
    desk::{Desk, root},
    private::Pcscd,
};

pub const TESTS: &[Test] = &[
    ("without_pcscd_the_verdict_is_rig_fault_with_what_to_start", no_service),
    ("without_the_reader_the_verdict_is_rig_fault_with_those_that_are_there", no_reader),
    ("without_a_card_the_verdict_is_rig_fault", no_card),
    ("a_card_of_another_account_is_a_rig_fault_and_is_on_no_record", stranger),
    ("a_rig_without_a_reader_has_not_run_it", no_reader_in_the_rig),
];

#[track_caller]
fn rig_fault(case: &str) -> String {
    let (_folder, report) = play(case);
    let why = report.why.unwrap();
    assert_eq!(report.verdict, Verdict::RigFault, "{why}");
    why
}

/// What `payrig doctor` says of the rig as well.
#[track_caller]
fn doctor_says() -> String {
    let missing = doctor::first_obstacle(&rig()).unwrap();
    format!("{}: {}", missing.message, missing.mend)
}

fn no_service() {
    let why = rig_fault("chip::physical");
    assert!(
        why.starts_with("PC/SC does not run here, so no card reader can be used: start it with"),
        "{why}"
    );
    assert_eq!(doctor_says(), why);
}

fn no_reader() {
    let _service = Pcscd::with_readers("");
    let why = rig_fault("chip::physical-declined");
    assert_eq!(why, "PC/SC runs, but no card reader is there: plug one in");
    assert_eq!(doctor_says(), why);
}

fn no_card() {
    let _service = Pcscd::start();
    let why = rig_fault("chip::physical-removed");
    assert_eq!(why, "no card is in the reader `Virtual PCD 00 00`: put one in");
    assert_eq!(doctor_says(), why);
}

/// Neither the bench nor the host has ever heard of its account.
fn stranger() {
    let _service = Pcscd::start();
    let desk = Desk::new();
    let file = desk.run().parent().unwrap().join("cards/stranger.toml");
    let text = "title = \"A stranger\"\nlike = \"unionpay-credit\"\n[account]\npan = \"6212345678907775\"\npin = \"908172\"\n";
    fs::write(&file, text).unwrap();
    let stranger = CardProfile::load(&file).unwrap();
    let card = InReader::of(&stranger, u32::MAX);
    fs::remove_file(file).unwrap();
    let scenario = fs::read_to_string(root().join("fixtures/scenarios/chip/physical.toml")).unwrap();
    let report = play_text(&desk, &scenario);
    let why = report.why.unwrap();
    assert_eq!(report.verdict, Verdict::RigFault, "{why}");
    assert!(
        why.starts_with(
            "the card in the reader `Virtual PCD 00 00` is not the account of `unionpay-debit`: put"
        ),
        "{why}"
    );
    assert!(card.commands() > 2);
    holds_no_secret(&desk.run(), &stranger);
}

fn no_reader_in_the_rig() {
    let folder = tempfile::tempdir().unwrap();
    let rig = RigFile::load(&root().join("rigs/sim.toml")).unwrap();
    let fixtures = Fixtures::open(&fixtures()).unwrap();
    let suite = Suite::load(&fixtures).unwrap();
    let case = suite.case("chip::physical").unwrap();
    assert!(case.needs.contains(&Capability::PhysicalCard));
    let run = RunFolder::at(folder.path().join("run")).unwrap();
    let report = Bench::new(Settings { rig, fixtures, run, seed: 1 }).run(case);
    assert_eq!(
        (report.verdict, report.why.as_deref()),
        (Verdict::NotRun, Some("this rig has no physical-card"))
    );
}
