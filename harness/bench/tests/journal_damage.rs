//! What age does to the journal's flash: flipped bits are said, nothing else changes, and nobody reads a card number in it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::{path::Path, time::Duration};

use payrig_bench::{Bench, Case, CaseFuture, Finding, Fixtures, RunFolder, Settings, Verdict, World};
use payrig_rig::RigFile;

/// Where the batch's entries begin, and bytes of one (INTERFACE.md, section 11).
const ENTRIES: usize = 8 * 4096;
const ENTRY: usize = 256;
/// As it is typed for a sale of 12.34.
const SALE: &str = "1234\r6212345678901232\r1230\r123456\r";

/// Two sales of 12.34; the power is off.
async fn two_sales(world: &mut World) -> Result<(), Finding> {
    world.prepare().await?;
    for _ in 0..2 {
        world.press("sale").await?;
        world.see("amount").await?;
        world.press_keys(SALE).await?;
        world.see_in("approved", Duration::from_secs(150)).await?;
        world.press("any").await?;
        world.see("menu").await?;
    }
    world.cut_power().await
}

/// A flipped bit in each of the four entries: due and captured, twice.
async fn damage(world: &mut World) -> Result<(), Finding> {
    two_sales(world).await?;
    for (entry, kept, in_doubt) in [(0, 2, 0), (1, 2, 1), (2, 2, 0), (3, 2, 1)] {
        let at = ENTRIES + entry * ENTRY + 37;
        world.flip_journal_bit(at, 5)?;
        world.power_on().await?;
        let screen = world.see("journal-damaged").await?;
        let rows = [screen.rows[3].trim_end(), screen.rows[5].trim_end()];
        if rows != [&*format!("{kept} records kept,"), "1 entries lost"] {
            return Err(Finding::terminal(format!("entry {entry}:\n{screen}")));
        }
        let books = world.books().await?;
        let doubtful = books.journal.records.iter().filter(|record| record.state.words() == "In doubt");
        if doubtful.count() != in_doubt {
            return Err(Finding::terminal(format!("entry {entry}:\n{}", books.table())));
        }
        world.cut_power().await?;
        // Whole again for the next one.
        world.flip_journal_bit(at, 5)?;
    }
    // A whole journal says nothing and goes on.
    world.power_on().await?;
    world.see("menu").await.map(drop)
}

async fn no_card_number_at_rest(world: &mut World) -> Result<(), Finding> {
    two_sales(world).await?;
    let bytes = world.journal_bytes().await?;
    let packed = [0x62, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x32];
    let shifted = [0x21, 0x23, 0x45, 0x67, 0x89, 0x01, 0x23];
    for wanted in [packed.as_slice(), &shifted, b"6212345678901232", b"123456789012"] {
        if bytes.windows(wanted.len()).any(|window| window == wanted) {
            return Err(Finding::terminal(format!("the journal holds the card number, as {wanted:02X?}")));
        }
    }
    // What may be shown is there, so that the search looks at the right bytes.
    let shown = [0x62, 0x12, 0x34, 0x12, 0x32];
    match bytes.windows(shown.len()).filter(|window| *window == shown).count() {
        4 => Ok(()),
        count => Err(Finding::terminal(format!("expected four entries of the card, found {count}"))),
    }
}

fn passes(name: &str, body: impl for<'w> Fn(&'w mut World) -> CaseFuture<'w> + Send + Sync + 'static) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Settings {
        rig: RigFile::load(&root.join("rigs/sim.toml")).unwrap(),
        fixtures: Fixtures::open(&root.join("fixtures")).unwrap(),
        run: RunFolder::at(folder.path().join("run")).unwrap(),
        seed: 1,
    });
    let report = bench.run(&Case::new(name, "A journal's flash", body));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
}

#[test]
fn a_flipped_bit_is_said_and_the_intact_records_are_kept() {
    passes("journal::damage", |world| Box::pin(damage(world)));
}

#[test]
fn the_journal_of_a_stolen_terminal_tells_no_card_number() {
    passes("journal::theft", |world| Box::pin(no_card_number_at_rest(world)));
}
