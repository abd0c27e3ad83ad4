//! Sales on the emulated board, up to the menu.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use payrig_bench::{
    Bench, Case, CaseFuture, Finding, Fixtures, Insertion, Parts, RunFolder, Settings, Verdict, World,
};
use payrig_card::stripe::Swipe;
use payrig_rig::RigFile;

use crate::memory::rig_file;

/// The account `nineteen-digits` of fixtures/acquirers/cup.toml, which was never issued.
pub const PAN: &str = "6212349876543210981";
pub const PIN: &str = "123456789012";
pub const EXPIRY: &str = "3012";
/// The same as it is typed: month and year.
const TYPED_EXPIRY: &str = "1230";
pub const DISCRETIONARY: &str = "0385920174";

const SEED: u64 = 1;
/// The bench draws a case's first swipe from this.
pub const SWIPE_SEED: u64 = SEED + (1 << 32);
/// For connection, host and receipt.
const LONG: Duration = Duration::from_secs(150);

/// How the card comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    Swiped,
    Typed,
    /// By a profile of fixtures/cards.
    Chip(&'static str),
}

impl Means {
    pub fn service_code(self) -> &'static str {
        match self {
            Self::Swiped | Self::Typed => "120",
            Self::Chip(_) => "201",
        }
    }

    /// The screen on which the PIN is typed.
    fn asks_for_pin(self) -> &'static str {
        match self {
            Self::Chip(card) if card != "nineteen-digits" => "card-pin",
            _ => "pin",
        }
    }
}

/// Uneven, so that no two parts of its flux are alike.
pub fn swipe() -> Swipe {
    Swipe { jitter: 10, ..Swipe::default() }
}

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Plays a case that must pass.
pub fn play(
    name: &str,
    means: Means,
    body: impl for<'w> Fn(&'w mut World) -> CaseFuture<'w> + Send + Sync + 'static,
) {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Settings {
        rig: RigFile::load(&rig_file()).unwrap(),
        fixtures: Fixtures::open(&fixtures()).unwrap(),
        run: RunFolder::at(folder.path().join("run")).unwrap(),
        seed: SEED,
    });
    let mut case = Case::new(format!("ram::{name}"), "What a sale leaves in RAM", body);
    if let Means::Chip(_) = means {
        case.parts = Parts { terminal: "keyed-chip".into(), ..Parts::default() };
    }
    let report = bench.run(&case);
    let after = report.aftermath.as_ref();
    assert_eq!(report.verdict, Verdict::Pass, "{}\n{after:?}", report.why.unwrap_or_default());
}

/// From a new board to the menu behind an approved sale.
pub async fn sell(world: &mut World, means: Means) -> Result<(), Finding> {
    sell_up_to_the_pin(world, means).await?;
    world.press("confirm").await?;
    world.see_in("approved", LONG).await?;
    world.press("any").await?;
    back_to_menu(world).await
}

/// Until the PIN has been typed and not confirmed.
pub async fn sell_up_to_the_pin(world: &mut World, means: Means) -> Result<(), Finding> {
    world.prepare().await?;
    world.sign_on().await?;
    world.press("sale").await?;
    world.see("amount").await?;
    world.press_keys("1234\r").await?;
    world.see("card-number").await?;
    match means {
        Means::Swiped => world.swipe("nineteen-digits", &swipe()).await?,
        Means::Typed => world.press_keys(&format!("{PAN}\r{TYPED_EXPIRY}\r")).await?,
        Means::Chip(card) => world.insert(&Insertion::of(card)).await?,
    }
    world.see_in(means.asks_for_pin(), LONG).await?;
    world.press_keys(PIN).await?;
    all_digits_have_come(world, means).await
}

/// Waits until the screen has a star for each of the PIN's digits.
async fn all_digits_have_come(world: &mut World, means: Means) -> Result<(), Finding> {
    let all = "*".repeat(PIN.len());
    for _ in 0..100 {
        let screen = world.see_in(means.asks_for_pin(), LONG).await?;
        if screen.rows.contains(&all) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(Finding::Terminal("the PIN that is typed is not shown by stars".into()))
}

/// Takes the card out, where one is in.
pub async fn back_to_menu(world: &mut World) -> Result<(), Finding> {
    let screen = world.see_one_of(&["menu", "remove-card"], LONG).await?;
    if screen.message_id != "M100" {
        world.remove().await?;
        world.see("menu").await?;
    }
    Ok(())
}
