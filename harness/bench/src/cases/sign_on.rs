//! Signing on: the terminal proves itself and gets three working keys, all of them or none.

use std::collections::BTreeSet;

use payrig_acquirer::{Behaviour, Fault, KeyName};
use tokio::time::Instant;

use crate::{Case, Finding, KeyScreen, World};

/// The cases of this group.
pub fn all() -> Vec<Case> {
    let mut cases = vec![
        succeeds(),
        after_power_on(),
        three_in_a_row(),
        clone_refused(),
        refused_for(
            "wrong-terminal-id",
            "The answer names another terminal: no key changes",
            Behaviour { fault: Some(Fault::WrongTerminalId), ..Behaviour::default() },
            "answer-not-ours",
            "field 41",
        ),
    ];
    for key in [KeyName::Pik, KeyName::Mak, KeyName::Tdk] {
        cases.push(kcv_wrong(key));
        cases.push(key_wrong(key));
    }
    cases.extend([0, 40, 59, 61].map(key_field_length));
    cases.extend(
        [("03", "merchant-unknown"), ("58", "terminal-not-allowed"), ("97", "terminal-not-proven")]
            .map(response_code),
    );
    cases
}

/// A keyed terminal signs on; what was said on the host line and shown on the screen is as reviewed.
pub fn succeeds() -> Case {
    Case::new(
        "sign-on::succeeds",
        "A keyed terminal signs on: three working keys, clock and batch",
        |world| {
            Box::pin(async move {
                world.prepare().await?;
                let screen = world.sign_on().await?;
                world.check_screen_snapshot("screen", &screen)?;
                world.check_host_snapshot()?;
                let keys = world.key_screen().await?;
                keys_equal(world, &keys)
            })
        },
    )
}

/// How long it takes from power-on of a flashed, keyed board until it is signed on.
pub fn after_power_on() -> Case {
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
}

/// Three sign-ons, three key sets; the terminal's KCVs are those of the keys that the acquirer issued.
pub fn three_in_a_row() -> Case {
    Case::new(
        "sign-on::three-in-a-row",
        "Each sign-on brings another set of keys, the same on both sides",
        |world| {
            Box::pin(async move {
                world.prepare().await?;
                let mut seen = BTreeSet::new();
                for nth in 1..=3 {
                    world.sign_on().await?;
                    let keys = world.key_screen().await?;
                    keys_equal(world, &keys)?;
                    for kcv in [&keys.pik, &keys.mak, &keys.tdk] {
                        if !seen.insert(kcv.clone()) {
                            return Err(Finding::terminal(format!(
                                "sign-on {nth} brought the key with KCV {kcv} again"
                            )));
                        }
                    }
                }
                Ok(())
            })
        },
    )
}

/// Right ids with a wrong factory key: the acquirer refuses, and the terminal says so.
pub fn clone_refused() -> Case {
    Case::new(
        "sign-on::clone-refused",
        "Right ids with a wrong factory key are refused by the host",
        |world| {
            Box::pin(async move {
                world.prepare().await?;
                world.press("sign-on").await?;
                world.see("terminal-not-proven").await?;
                let judgement = world.last_judgement()?;
                if !judgement.contains("cloned terminal?") {
                    return Err(Finding::terminal(format!(
                        "the host refused for another reason: {judgement}"
                    )));
                }
                world.check_host_snapshot()?;
                let keys = world.key_screen().await?;
                if keys.pik != KeyScreen::NONE {
                    return Err(Finding::terminal("the terminal holds a working key that nobody issued"));
                }
                Ok(())
            })
        },
    )
    .with_terminal("keyed-clone")
}

/// The KCV that goes with one of the three keys is wrong.
pub fn kcv_wrong(key: KeyName) -> Case {
    let name = format!("kcv-wrong[key={key}]");
    let behaviour = Behaviour { fault: Some(Fault::WrongKcv(key)), ..Behaviour::default() };
    refused_for(
        name,
        "A KCV does not match its key: no key changes",
        behaviour,
        "key-check-failed",
        key.to_string(),
    )
}

/// One of the three keys is another one than its KCV, which is that of the right key: a terminal must recompute it.
pub fn key_wrong(key: KeyName) -> Case {
    let name = format!("key-wrong[key={key}]");
    let behaviour = Behaviour { fault: Some(Fault::WrongKey(key)), ..Behaviour::default() };
    refused_for(
        name,
        "A right KCV with a wrong key: no key changes",
        behaviour,
        "key-check-failed",
        key.to_string(),
    )
}

/// Field 62 has another length than three keys have.
pub fn key_field_length(bytes: usize) -> Case {
    let name = format!("key-field-length[bytes={bytes}]");
    let behaviour = Behaviour { fault: Some(Fault::Field62Length(bytes)), ..Behaviour::default() };
    let detail = format!("{bytes} of 60 bytes");
    refused_for(name, "Field 62 has another length: no key changes", behaviour, "key-field-length", detail)
}

/// The host answers with a response code.
pub fn response_code((code, message): (&'static str, &'static str)) -> Case {
    let behaviour = Behaviour { fault: Some(Fault::ResponseCode(code.into())), ..Behaviour::default() };
    let name = format!("refused[code={code}]");
    refused_for(
        name,
        "The host refuses with a response code: no key changes",
        behaviour,
        message,
        format!("code {code}"),
    )
}

/// A sign-on that succeeds, then one with the host's fault: the screen says why, and the keys of the first are still there.
fn refused_for(
    name: impl Into<String>,
    title: &'static str,
    behaviour: Behaviour,
    message: &'static str,
    detail: impl Into<String>,
) -> Case {
    let detail = detail.into();
    Case::new(format!("sign-on::{}", name.into()), title, move |world| {
        let (behaviour, detail) = (behaviour.clone(), detail.clone());
        Box::pin(async move {
            world.prepare().await?;
            world.sign_on().await?;
            let before = Keys::of(world).await?;
            world.acquirer().set_behaviour(behaviour);
            world.press("sign-on").await?;
            let screen = world.see(message).await?;
            if screen.rows[5].trim_end() != detail {
                return Err(Finding::terminal(format!("expected the detail `{detail}` in row 6\n{screen}")));
            }
            world.check_screen_snapshot("screen", &screen)?;
            before.unchanged(&Keys::of(world).await?, world)?;
            // What the next request says shows that batch and clock have not changed either.
            world.acquirer().set_behaviour(Behaviour::default());
            world.sign_on().await?;
            world.check_host_snapshot()
        })
    })
}

/// The terminal's keys, observed in every way that the rig has.
struct Keys {
    screen: KeyScreen,
    /// The key store's bytes, where the rig can read them.
    store: Option<Vec<u8>>,
}

impl Keys {
    async fn of(world: &mut World) -> Result<Self, Finding> {
        Ok(Self { screen: world.key_screen().await?, store: world.key_store().await? })
    }

    fn unchanged(&self, now: &Self, world: &mut World) -> Result<(), Finding> {
        if self.screen != now.screen {
            return Err(Finding::terminal(format!(
                "the keys changed: their KCVs were {} and are {}",
                self.screen, now.screen
            )));
        }
        let how = match (&self.store, &now.store) {
            (Some(before), Some(after)) if before != after => {
                let at = before.iter().zip(after).position(|(a, b)| a != b).unwrap_or(0);
                return Err(Finding::terminal(format!("the key store changed from byte {at} on")));
            }
            (Some(bytes), Some(_)) => format!("by the key screen and the key store's {} bytes", bytes.len()),
            _ => "by the key screen".to_owned(),
        };
        world.note("keys unchanged", &how);
        Ok(())
    }
}

/// The terminal's three KCVs are those of the last key set that the acquirer issued.
fn keys_equal(world: &World, shown: &KeyScreen) -> Result<(), Finding> {
    let issued = world.acquirer().issued();
    let Some(last) = issued.last() else {
        return Err(Finding::Missing("the acquirer issued no keys".into()));
    };
    let expected = [&last.pik_kcv, &last.mak_kcv, &last.tdk_kcv].map(|kcv| kcv.to_string());
    if expected != [&shown.pik, &shown.mak, &shown.tdk].map(String::as_str) {
        return Err(Finding::terminal(format!(
            "the terminal shows the KCVs {shown}; the host issued PIK {} MAK {} TDK {}",
            expected[0], expected[1], expected[2]
        )));
    }
    Ok(())
}
