//! Cases in which a rig's speed shows: what the comparison declares is needed here, and is enough.

use std::{fs, path::Path, time::Duration};

use payrig_bench::Case;
use payrig_rig::Capability;
use tokio::time::sleep;

/// A network like the normal one, whose module is switched on with the terminal.
const COLD: &str = "cold";

/// The cases, in which nothing is checked but that the rigs agree.
pub fn cases() -> Vec<Case> {
    let cut =
        Case::new("restless::power-cut-while-signing-on", "The power goes as sign-on begins", |world| {
            Box::pin(async move {
                world.prepare().await?;
                world.press("sign-on").await?;
                world.see("signing-on").await?;
                world.cut_power().await?;
                world.power_on().await?;
                world.see("menu").await.map(drop)
            })
        });
    let reset =
        Case::new("restless::reset-while-connecting", "A reset in the middle of a sign-on", |world| {
            Box::pin(async move {
                world.prepare().await?;
                world.press("sign-on").await?;
                sleep(Duration::from_millis(130)).await;
                world.reset().await?;
                world.see("menu").await.map(drop)
            })
        });
    let mut cold =
        Case::new("restless::module-that-starts", "The module is polled until it is ready", |world| {
            Box::pin(async move {
                world.prepare().await?;
                // The module starts within 900 ms. The third poll, 600 ms after the first, then finds it ready on every rig: the
                // fourth would send zeros as well, and how many of them are echoed is a matter of the moment.
                sleep(Duration::from_millis(350)).await;
                world.sign_on().await.map(drop)
            })
        });
    cold.parts.network = COLD.into();
    vec![cut.needing(Capability::Power), reset.needing(Capability::Reset), cold]
}

/// A copy of the fixtures with the networks that these cases need.
pub fn fixtures(from: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(from, folder.path());
    let networks = folder.path().join("networks");
    let normal = fs::read_to_string(networks.join("cellular-normal.toml")).unwrap();
    let cold = normal.replace("power = \"running\"", "power = \"cold\"");
    assert_ne!(cold, normal);
    fs::write(networks.join(format!("{COLD}.toml")), cold).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).unwrap();
        }
    }
}
