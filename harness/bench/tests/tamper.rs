//! The tamper switch opens: keys go, the journal stays, byte for byte, on the simulated board and on the real image.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by its panic"
)]

use std::{path::Path, time::Duration};

use payrig_bench::{Bench, Case, Finding, Fixtures, RunFolder, Settings, Verdict, World};
use payrig_rig::RigFile;
use rstest::rstest;

const LONG: Duration = Duration::from_secs(150);
/// Longer than anything takes that the terminal does by itself, where nobody waits for time to be virtual.
const A_WHILE: Duration = Duration::from_secs(8);
/// INTERFACE.md, section 11: the latch behind the keys, and the journal's parameters and counters before its entries.
const LATCH: usize = 16;
const PARAMETERS: usize = 8 * 4096;
/// A unit of the journal's flash that nobody has written.
const ERASED: u8 = 0xFF;

/// Where the terminal is, and so when its memory can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rig {
    /// With and without power; time is virtual.
    Sim,
    /// Through a debug probe of a board that has power.
    Qemu,
}

impl Rig {
    fn file(self) -> &'static str {
        match self {
            Self::Sim => "rigs/sim.toml",
            Self::Qemu => "rigs/qemu.toml",
        }
    }
}

/// Opens the switch of a terminal that has keys and a sale, and looks at what is left after the next boot.
async fn open(world: &mut World, rig: Rig, power: bool) -> Result<(), Finding> {
    world.prepare().await?;
    world.sign_on().await?;
    world.press("sale").await?;
    world.see("amount").await?;
    world.press_keys("1234\r6212345678901232\r1230\r123456\r").await?;
    world.see_in("approved", LONG).await?;
    world.press("any").await?;
    world.see("menu").await?;
    let asked = world.acquirer().map(|host| host.exchanges().len());
    let before = world.journal_bytes().await?;
    if power {
        world.tamper(true).await?;
        world.see("tampered").await?;
        journal_is_the_same(&before, &world.journal_bytes().await?)?;
        keys_are_gone(world).await?;
        world.cut_power().await?;
    } else {
        world.cut_power().await?;
        world.tamper(true).await?;
    }
    if rig == Rig::Sim {
        keys_are_gone(world).await?;
    }
    for _ in 0..2 {
        // The latch holds, whatever becomes of the switch.
        let boot = world.power_on().await?;
        if boot.state != "tampered" {
            return Err(Finding::Terminal(format!("it boots as {}", boot.state)));
        }
        world.see("tampered").await?;
        for intent in ["sign-on", "sale", "any", "keys"] {
            world.press(intent).await?;
        }
        tokio::time::sleep(if rig == Rig::Sim { LONG } else { A_WHILE }).await;
        world.see("tampered").await?;
        keys_are_gone(world).await?;
        journal_is_the_same(&before, &world.journal_bytes().await?)?;
        world.cut_power().await?;
        world.tamper(false).await?;
    }
    match world.acquirer().map(|host| host.exchanges().len()) {
        now if now == asked => Ok(()),
        now => Err(Finding::Terminal(format!("it has asked its host: {asked:?} messages, then {now:?}"))),
    }
}

/// Every byte of both copies is zero but for the latch.
async fn keys_are_gone(world: &mut World) -> Result<(), Finding> {
    let store = world.key_store().await?.unwrap();
    let (keys, latch) = store.split_at(store.len() - LATCH);
    match keys.iter().position(|byte| *byte != 0) {
        Some(at) => Err(Finding::Terminal(format!("byte {at} of the key store is not zero"))),
        None if latch.iter().all(|byte| *byte == 0) => Err(Finding::Terminal("the latch is not set".into())),
        None => Ok(()),
    }
}

/// The batch's entries are the same bytes; of the parameters and counters nothing is lost, and a boot adds its number.
fn journal_is_the_same(before: &[u8], after: &[u8]) -> Result<(), Finding> {
    assert_eq!(before.len(), after.len());
    if before[PARAMETERS..].iter().all(|byte| *byte == ERASED) {
        return Err(Finding::Terminal("the journal holds no sale".into()));
    }
    let changed = |at: &usize| before[*at] != after[*at];
    if let Some(at) = (PARAMETERS..before.len()).find(changed) {
        return Err(Finding::Terminal(format!("byte {at} of the journal's entries has changed")));
    }
    if let Some(at) = (0..PARAMETERS).filter(changed).find(|at| before[*at] != ERASED) {
        return Err(Finding::Terminal(format!("byte {at} of the journal's parameters and counters is lost")));
    }
    Ok(())
}

#[rstest]
#[case::with_power(true)]
#[case::without_power(false)]
fn the_keys_are_erased_and_the_journal_is_intact(
    #[values(Rig::Sim, Rig::Qemu)] rig: Rig,
    #[case] power: bool,
) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Settings {
        rig: RigFile::load(&root.join(rig.file())).unwrap(),
        fixtures: Fixtures::open(&root.join("fixtures")).unwrap(),
        run: RunFolder::at(folder.path().join("run")).unwrap(),
        seed: 1,
    });
    let case = Case::new("tamper::journal", "The tamper switch opens", move |world| {
        Box::pin(open(world, rig, power))
    });
    let report = bench.run(&case);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
}

#[test]
fn a_change_of_the_journal_is_seen() {
    let mut journal = vec![ERASED; PARAMETERS + 4096];
    assert!(journal_is_the_same(&journal, &journal).is_err(), "there must be something to lose");
    journal[100] = 7;
    journal[PARAMETERS + 9] = 7;
    let changed = |at: usize, byte: u8| {
        let mut after = journal.clone();
        after[at] = byte;
        journal_is_the_same(&journal, &after).is_ok()
    };
    assert!(changed(200, 1), "a boot adds its number");
    assert!(!changed(100, 8) && !changed(PARAMETERS + 5, 1));
}
