//! Signing on, with the time that it takes.

use tokio::time::Instant;

use crate::Case;

/// How long it takes from power-on of a flashed, keyed board until it is signed on.
pub(super) fn after_power_on() -> Case {
    Case::new("sign-on::after-power-on", "From power-on to signed on, with the time it takes", |world| {
        Box::pin(async move {
            world.prepare().await?;
            world.cut_power().await?;
            let started = Instant::now();
            world.power_on().await?;
            world.see("menu").await?;
            let booted = started.elapsed();
            world.sign_on().await?;
            world.figure("power-on to menu", booted);
            world.figure("power-on to signed on", started.elapsed());
            Ok(())
        })
    })
    .needing(payrig_rig::Capability::Power)
    .needing(payrig_rig::Capability::CellularModem)
}
