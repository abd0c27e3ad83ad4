//! Power cuts and what must survive them.

use std::time::Duration;

use payrig_operator::BootLine;
use payrig_rig::Capability;

use crate::{Case, Finding, World};

/// The cases of this group.
pub fn all() -> Vec<Case> {
    vec![keys_survive_a_power_cut(), keys_survive_a_reset(), a_blank_board_says_so()]
}

/// Working keys and boot counter are there after a power cut.
pub fn keys_survive_a_power_cut() -> Case {
    Case::new(
        "power::keys-survive-a-power-cut",
        "After a power cut the keys are the same, and one more boot is counted",
        |world| {
            Box::pin(keys_survive(world, async |world| {
                world.cut_power().await?;
                world.power_on().await
            }))
        },
    )
    .needing(Capability::Power)
}

/// The same after a reset, on lines that stay open.
pub fn keys_survive_a_reset() -> Case {
    Case::new(
        "power::keys-survive-a-reset",
        "After a reset the terminal boots on the same lines with the same keys",
        |world| Box::pin(keys_survive(world, async |world| world.reset().await)),
    )
    .needing(Capability::Reset)
}

/// A signed-on terminal that boots again by `boot_again` has one more boot and the same keys.
async fn keys_survive(
    world: &mut World,
    boot_again: impl AsyncFnOnce(&mut World) -> Result<BootLine, Finding>,
) -> Result<(), Finding> {
    world.prepare().await?;
    world.sign_on().await?;
    let before = world.key_screen().await?;
    let boots = world.boot_line()?.boot;
    let boot = boot_again(world).await?;
    if (boot.boot, boot.state.as_str()) != (boots + 1, "signed-on") {
        return Err(Finding::terminal(format!(
            "expected boot {} in state signed-on, got {boot:?}",
            boots + 1
        )));
    }
    world.see("menu").await?;
    let after = world.key_screen().await?;
    if before != after {
        return Err(Finding::terminal(format!("the KCVs were {before} and are {after}")));
    }
    Ok(())
}

/// A new board is blank, runs the image that was flashed, and cannot sign on.
pub fn a_blank_board_says_so() -> Case {
    Case::new(
        "power::a-blank-board-says-so",
        "A new board boots once, is blank, and runs the image that was flashed",
        |world| {
            Box::pin(async move {
                let boot = world.power_on().await?;
                world.see("not-provisioned").await?;
                if (boot.boot, boot.state.as_str()) != (1, "blank") {
                    return Err(Finding::terminal(format!("expected boot 1 of a blank board, got {boot:?}")));
                }
                world.press_in_vain("sign-on", Duration::from_secs(1)).await?;
                if world.modem().status().counters.lines > 0 {
                    return Err(Finding::terminal("a blank terminal talked to its modem"));
                }
                Ok(())
            })
        },
    )
}
