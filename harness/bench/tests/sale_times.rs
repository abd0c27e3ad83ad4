//! How long a sale takes over the cellular network, in virtual time: what a sign-on that it has to make first costs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use payrig_bench::{Bench, Case, Finding, Fixtures, RunFolder, Settings, Verdict, World};
use payrig_rig::RigFile;
use tokio::time::Instant;

/// From the confirmed amount to the approval on the screen. Card number and PIN are typed in no time.
async fn sale(world: &mut World) -> Result<Duration, Finding> {
    world.press("sale").await?;
    world.see("amount").await?;
    let confirmed = Instant::now();
    world.press_keys("1234\r6212345678901232\r1230\r123456\r").await?;
    world.see_in("approved", Duration::from_secs(150)).await?;
    let took = confirmed.elapsed();
    world.press("any").await?;
    world.see("menu").await?;
    Ok(took)
}

async fn measure(world: &mut World) -> Result<String, Finding> {
    world.prepare().await?;
    let unsigned = sale(world).await?;
    let signed = sale(world).await?;
    world.cut_power().await?;
    world.power_on().await?;
    world.see("menu").await?;
    let after_boot = sale(world).await?;
    // Screens are drawn at the line's pace, so that the last digits say more of bytes than of the network.
    let shown = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    Ok(format!(
        "signed on, the context up: {}\nsigned on, after a boot: {}\nnot signed on, after a boot: {}\nslower without a sign-on by {}, {:.1} times\n",
        shown(signed),
        shown(after_boot),
        shown(unsigned),
        shown(unsigned - after_boot),
        unsigned.as_secs_f64() / after_boot.as_secs_f64(),
    ))
}

#[test]
fn a_sale_that_has_to_sign_on_first_is_slower_by_so_much() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Settings {
        rig: RigFile::load(&root.join("rigs/sim.toml")).unwrap(),
        fixtures: Fixtures::open(&root.join("fixtures")).unwrap(),
        run: RunFolder::at(folder.path().join("run")).unwrap(),
        seed: 1,
    });
    let measured = Arc::new(Mutex::new(String::new()));
    let mut case = {
        let measured = measured.clone();
        Case::new("sale::times", "From the confirmed amount to the approval", move |world| {
            let measured = measured.clone();
            Box::pin(async move {
                let times = measure(world).await?;
                *measured.lock().unwrap() = times;
                Ok(())
            })
        })
    };
    case.parts.network = "cellular-field".into();
    let report = bench.run(&case);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let times = measured.lock().unwrap().clone();
    println!("{times}");
    insta::assert_snapshot!("sale_times", times);
}
