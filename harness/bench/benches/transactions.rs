//! How much wall time a transaction takes on the simulated board, everything around the terminal played and recorded: the rig is powered
//! and signed on before. Fixtures are loaded and cards issued before the clock runs.
//!
//! ```console
//! $ cargo bench -p payrig-bench --bench transactions
//! ```
//!
//! Release build, one run on two cores with nothing else to do, the mean of ten samples; a limit is what the project holds itself to:
//!
//! | transaction | took | limit | limit / took |
//! |---|---|---|---|
//! | sign-on | 1.73 ms | 10 ms | 5.8 |
//! | sale, keyed in | 3.54 ms | 10 ms | 2.8 |
//! | sale, swiped | 12.6 ms | 10 ms | 0.79 |
//! | sale, chip T=0, DDA | 5.85 ms | 15 ms | 2.6 |
//! | sale, chip T=1, DDA | 5.34 ms | 15 ms | 2.8 |
//! | sale, chip T=0, CDA | 5.65 ms | 15 ms | 2.7 |
//! | sale, chip T=0, DDA, keys of 1984 bits | 6.29 ms | 15 ms | 2.4 |
//!
//! A swipe makes its flux a secret of the record; its patterns, in every form on every line, are most of a swiped sale's time.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on says so by its panic"
)]
#![allow(clippy::disallowed_methods, reason = "the world's time is virtual, that of the machine is measured")]

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use payrig_bench::{Bench, Case, Finding, Fixtures, Insertion, Parts, RunFolder, Settings, Verdict, World};
use payrig_card::stripe::Swipe;
use payrig_rig::RigFile;

/// Longer than anything takes, in virtual time.
const LONG: Duration = Duration::from_secs(150);
/// Transactions of one powered rig: a batch has room for more.
const AT_ONCE: u64 = 20;

/// What is done once, and how long it took.
#[derive(Clone, Copy, Debug)]
enum Transaction {
    /// From the key of the menu to the screen that says so.
    SignOn,
    /// From the menu to the menu, card number and PIN typed, both receipts printed.
    Keyed,
    /// The same with a stripe, its track under the TDK.
    Swiped,
    /// From the moment at which the front end tells of this card, in the slot, to the menu behind the card's removal: DDA or CDA, online PIN,
    /// ARQC and ARPC, both receipts.
    Chip(&'static str),
}

impl Transaction {
    async fn once(self, world: &mut World) -> Result<Duration, Finding> {
        match self {
            Self::SignOn => sign_on(world).await,
            Self::Keyed => keyed(world).await,
            Self::Swiped => swiped(world).await,
            Self::Chip(card) => chip(world, card).await,
        }
    }
}

async fn sign_on(world: &mut World) -> Result<Duration, Finding> {
    let begun = Instant::now();
    world.sign_on().await?;
    let took = begun.elapsed();
    world.press("any").await?;
    world.see("menu").await?;
    Ok(took)
}

async fn keyed(world: &mut World) -> Result<Duration, Finding> {
    let begun = Instant::now();
    world.press("sale").await?;
    world.see("amount").await?;
    world.press_keys("1234\r6212345678901232\r1230\r123456\r").await?;
    to_the_menu(world).await?;
    Ok(begun.elapsed())
}

async fn swiped(world: &mut World) -> Result<Duration, Finding> {
    let begun = Instant::now();
    to_the_card(world).await?;
    world.swipe("debit", &Swipe::default()).await?;
    world.see("pin").await?;
    world.press_keys("123456\r").await?;
    to_the_menu(world).await?;
    Ok(begun.elapsed())
}

async fn chip(world: &mut World, card: &str) -> Result<Duration, Finding> {
    to_the_card(world).await?;
    world.insert(&Insertion::of(card)).await?;
    let begun = Instant::now();
    world.see_in("pin", LONG).await?;
    world.press_keys("123456\r").await?;
    world.see_in("approved", LONG).await?;
    world.press("any").await?;
    world.see_in("remove-card", LONG).await?;
    world.remove().await?;
    world.see("menu").await?;
    Ok(begun.elapsed())
}

async fn to_the_card(world: &mut World) -> Result<(), Finding> {
    world.press("sale").await?;
    world.see("amount").await?;
    world.press_keys("1234\r").await?;
    world.see("card-number").await.map(drop)
}

async fn to_the_menu(world: &mut World) -> Result<(), Finding> {
    world.see_in("approved", LONG).await?;
    world.press("any").await?;
    world.see_in("menu", LONG).await.map(drop)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How long so many of them took together, on one rig that was signed on before; one is made first, so that the card is issued.
fn series(bench: &Bench, terminal: &str, transaction: Transaction, times: u64) -> Duration {
    let took = Arc::new(Mutex::new(Duration::ZERO));
    let mut case = {
        let took = took.clone();
        Case::new(format!("bench::{transaction:?}"), "Transactions, one after the other", move |world| {
            let took = took.clone();
            Box::pin(async move {
                world.prepare().await?;
                sign_on(world).await?;
                transaction.once(world).await?;
                for _ in 0..times {
                    let once = transaction.once(world).await?;
                    *took.lock().unwrap() += once;
                }
                Ok(())
            })
        })
    };
    case.parts = Parts { terminal: terminal.into(), ..Parts::default() };
    let report = bench.run(&case);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    *took.lock().unwrap()
}

fn measure(bencher: &mut Bencher<'_>, bench: &Bench, terminal: &str, transaction: Transaction) {
    bencher.iter_custom(|mut left| {
        let mut took = Duration::ZERO;
        while left > 0 {
            let times = left.min(AT_ONCE);
            took += series(bench, terminal, transaction, times);
            left -= times;
        }
        took
    });
}

fn transactions(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Settings {
        rig: RigFile::load(&root().join("rigs/sim.toml")).unwrap(),
        fixtures: Fixtures::open(&root().join("fixtures")).unwrap(),
        run: RunFolder::at(folder.path().join("run")).unwrap(),
        seed: 1,
    });
    let mut group = criterion.benchmark_group("transactions on sim");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
    let kinds = [
        ("sign-on", "keyed", Transaction::SignOn),
        ("sale, keyed in", "keyed", Transaction::Keyed),
        ("sale, swiped", "keyed", Transaction::Swiped),
        ("sale, chip T=0, DDA", "keyed-chip", Transaction::Chip("unionpay-credit")),
        ("sale, chip T=1, DDA", "keyed-chip", Transaction::Chip("t1")),
        ("sale, chip T=0, CDA", "keyed-chip", Transaction::Chip("cda")),
        ("sale, chip T=0, DDA, keys of 1984 bits", "keyed-chip", Transaction::Chip("long-keys")),
    ];
    for (name, terminal, transaction) in kinds {
        group.bench_function(name, |bencher| measure(bencher, &bench, terminal, transaction));
    }
    group.finish();
}

criterion_group!(benches, transactions);
criterion_main!(benches);
