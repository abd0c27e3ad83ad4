//! Power cuts between every two stores of the key store and of the journal, on the emulated board.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod campaign;
mod fault;
mod memory;
mod next_boot;
mod probe;
mod recording;
mod rig;
mod start;
mod world;

use std::sync::{Mutex, PoisonError};

use campaign::{Cut, Outcome, in_a_world};
use fault::Fault;
use recording::{Action, Recording, Scene};
use rig::Rig;
use start::Start;
use world::Parts;

/// Cut points that a commit of the key store, and a longer write of the journal, must have at least.
const KEY_STORE: usize = 200;
const JOURNAL: usize = 96;

/// Records `action` and plays the cuts at the points that `points` chooses. One such test at a time uses the machine.
fn cut(
    action: Action,
    start: impl AsyncFnOnce(&Rig, &Parts) -> Result<Start, Fault>,
    points: impl FnOnce(&Recording) -> Vec<usize>,
) -> Option<Outcome> {
    static MACHINE: Mutex<()> = Mutex::new(());
    let _machine = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let rig = Rig::open()?;
    let parts = Parts::load();
    let start =
        in_a_world(start(&rig, &parts)).unwrap_or_else(|Fault(why)| panic!("before the {action}: {why}"));
    let scene = Scene { rig: &rig, parts: &parts, start: &start, action };
    let recording =
        in_a_world(scene.record()).unwrap_or_else(|Fault(why)| panic!("{action}, not cut: {why}"));
    let cuts = Cut::at(&recording, points(&recording).into_iter());
    Some(scene.play(&recording, &cuts))
}

fn every(recording: &Recording) -> Vec<usize> {
    (0..=recording.stores.len()).collect()
}

#[test]
fn a_sign_on_cut_at_any_store_leaves_the_old_keys_or_the_new() {
    let Some(outcome) = cut(Action::SignOn, Start::signed_on, every) else { return };
    assert!(outcome.key_store >= KEY_STORE, "{} cut points in the key store", outcome.key_store);
    // The STAN at least: an item of two units.
    assert!(outcome.journal >= 32, "{} cut points in the journal", outcome.journal);
}

#[test]
fn a_key_record_cut_at_any_store_leaves_the_old_keys_or_the_new_tmk() {
    let Some(outcome) = cut(Action::KeyRecord, Start::signed_on, every) else { return };
    assert!(outcome.key_store >= KEY_STORE, "{} cut points in the key store", outcome.key_store);
}

/// The key store's commit is the same as that of the other tests: of its stores a sample.
#[test]
fn a_factory_record_cut_at_any_store_of_the_journal_is_taken_whole_or_not_at_all() {
    let points = |recording: &Recording| {
        let chosen = |point: &usize| {
            recording.goes_to_the_journal(*point) || recording.is_border(*point) || point.is_multiple_of(4)
        };
        every(recording).into_iter().filter(chosen).collect()
    };
    let Some(outcome) = cut(Action::FactoryRecord, Start::blank, points) else { return };
    assert!(outcome.journal >= JOURNAL, "{} cut points in the journal", outcome.journal);
}

/// The journal writes a sector full, begins the next one, erases the oldest and carries over what still counts. All
/// stores of it but the erasure's, of which there are thousands: of those a sample.
#[test]
fn a_sign_on_cut_while_the_journal_changes_sectors_loses_nothing() {
    let before_an_erasure = async |rig: &Rig, parts: &Parts| {
        let start = Start::signed_on(rig, parts).await?;
        start.before_an_erasure(parts).await
    };
    let points = |recording: &Recording| {
        let erasure = memory::erasure(&recording.stores).expect("an erasure");
        let chosen = |point: &usize| {
            let sampled = !erasure.contains(point) || (point - erasure.start).is_multiple_of(128);
            sampled && (recording.goes_to_the_journal(*point) || recording.is_border(*point))
        };
        every(recording).into_iter().filter(chosen).collect()
    };
    let Some(outcome) = cut(Action::SignOn, before_an_erasure, points) else { return };
    assert!(outcome.journal >= JOURNAL, "{} cut points in the journal", outcome.journal);
}
