//! Terminals that are cut off in the middle of something.

use std::{iter::once, time::Duration};

use payrig_bench::{Case, Finding, Verdict, World};
use rstest::rstest;

use crate::records::{Recorder, replay_alike};

/// A sign-on that is cut off after `pause` by a power cut or a reset, and then another one; last the keys.
fn cut_off(pause: Duration, reset: bool) -> Case {
    let name = format!("cuts::{}-{}", if reset { "reset" } else { "power" }, pause.as_millis());
    Case::new(name, "A sign-on is cut off", move |world| Box::pin(play(world, pause, reset)))
}

async fn play(world: &mut World, pause: Duration, reset: bool) -> Result<(), Finding> {
    world.prepare().await?;
    for pause in [pause, pause * 3 / 2] {
        world.press("sign-on").await?;
        tokio::time::sleep(pause).await;
        if reset {
            world.reset().await?;
        } else {
            world.cut_power().await?;
            world.power_on().await?;
        }
        world.see("menu").await?;
    }
    world.key_screen().await.map(drop)
}

/// A sign-on takes less than 0.4 s; the second one goes on into the terminal's retries where its modem still waits for the data of the first.
#[rstest]
#[case::sim_power("sim", false, 2)]
#[case::sim_reset("sim", true, 2)]
#[case::qemu_power("qemu", false, 23)]
#[case::qemu_reset("qemu", true, 23)]
fn a_terminal_that_was_cut_off_in_its_sign_on_is_replayed(
    #[case] rig: &str,
    #[case] reset: bool,
    #[case] step: usize,
) {
    let recorder = Recorder::on(rig);
    for pause in (1..270).step_by(step).chain(once(500)) {
        let (report, records) = recorder.play(&cut_off(Duration::from_millis(pause), reset));
        assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
        let replayed = replay_alike(&records);
        for remark in &replayed.remarks {
            println!("{rig}, cut off after {pause} ms: {remark}");
        }
        // Where the time is the same, the tape leaves nothing open.
        assert_eq!(replayed.exact, rig == "sim", "{pause} ms");
    }
}
