//! The terminal's keys as they were seen at several moments of a case.

use std::fmt::Write;

use payrig_acquirer::IssuedKeys;

use crate::{Finding, KeyScreen, World, scenario::KeysExpected};

/// The terminal's keys, observed in every way that the rig has.
#[derive(Clone, Debug)]
pub(crate) struct KeysSeen {
    screen: KeyScreen,
    /// The key store's bytes, where the rig can read them.
    store: Option<Vec<u8>>,
}

impl KeysSeen {
    /// Looks at them.
    pub(crate) async fn now(world: &mut World) -> Result<Self, Finding> {
        Ok(Self { screen: world.key_screen().await?, store: world.key_store().await? })
    }

    fn working(&self) -> [(&'static str, &str); 3] {
        [("PIK", &self.screen.pik), ("MAK", &self.screen.mak), ("TDK", &self.screen.tdk)]
    }
}

/// All looks of a case.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyHistory(Vec<KeysSeen>);

impl KeyHistory {
    /// Adds a look and compares it with those before.
    ///
    /// # Errors
    /// [`Finding::Terminal`] where it is not as expected; the look is kept all the same.
    pub(crate) fn add(
        &mut self,
        seen: KeysSeen,
        expected: Option<KeysExpected>,
        issued: &[IssuedKeys],
    ) -> Result<String, Finding> {
        let result = match expected {
            None => Ok("the first look".into()),
            Some(KeysExpected::None) => none(&seen),
            Some(KeysExpected::Unchanged) => self.unchanged(&seen),
            Some(KeysExpected::Changed) => self.changed(&seen, issued),
        };
        self.0.push(seen);
        result
    }

    fn unchanged(&self, now: &KeysSeen) -> Result<String, Finding> {
        let Some(before) = self.0.last() else { return Ok("the first look".into()) };
        if before.screen != now.screen {
            return Err(Finding::terminal(format!(
                "the keys changed: their KCVs were {} and are {}",
                before.screen, now.screen
            )));
        }
        match (&before.store, &now.store) {
            (Some(before), Some(after)) if before != after => {
                let at = before.iter().zip(after).position(|(a, b)| a != b).unwrap_or(0);
                Err(Finding::terminal(format!("the key store changed from byte {at} on")))
            }
            (Some(bytes), Some(_)) => {
                Ok(format!("by the key screen and the key store's {} bytes", bytes.len()))
            }
            _ => Ok("by the key screen".into()),
        }
    }

    fn changed(&self, now: &KeysSeen, issued: &[IssuedKeys]) -> Result<String, Finding> {
        for (key, kcv) in now.working() {
            let earlier = self.0.iter().flat_map(KeysSeen::working);
            if kcv == KeyScreen::NONE || earlier.into_iter().any(|(name, old)| name == key && old == kcv) {
                return Err(Finding::terminal(format!("the {key} was to be another one, its KCV is {kcv}")));
            }
        }
        let Some(last) = issued.last() else {
            return Err(Finding::Missing("the acquirer issued no keys".into()));
        };
        let expected = [("PIK", last.pik_kcv.as_str()), ("MAK", &last.mak_kcv), ("TDK", &last.tdk_kcv)];
        if now.working() != expected {
            return Err(Finding::terminal(format!(
                "the terminal shows the KCVs {}; the host issued PIK {} MAK {} TDK {}",
                now.screen, last.pik_kcv, last.mak_kcv, last.tdk_kcv
            )));
        }
        Ok(format!("all three, as issued with set {}", last.number))
    }

    /// What became of each key from look to look, by name: `PIK#1 -> PIK#2`.
    pub(crate) fn meaning(&self, issued: &[IssuedKeys]) -> String {
        let mut text = String::new();
        for (nth, pair) in self.0.windows(2).enumerate() {
            let changes: Vec<_> = pair[0]
                .working()
                .into_iter()
                .zip(pair[1].working())
                .map(|((key, before), (_, after))| {
                    format!("{} -> {}", name(key, before, issued), name(key, after, issued))
                })
                .collect();
            let _ = writeln!(text, "look {}: {}", nth + 2, changes.join(", "));
        }
        if text.is_empty() { "one look at the keys\n".into() } else { text }
    }
}

fn none(seen: &KeysSeen) -> Result<String, Finding> {
    match seen.working().into_iter().find(|(_, kcv)| *kcv != KeyScreen::NONE) {
        Some((key, kcv)) => Err(Finding::terminal(format!(
            "the terminal was to hold no working key, its {key} has the KCV {kcv}"
        ))),
        None => Ok("no working key".into()),
    }
}

/// The name of a key by its KCV: `PIK#2` for one of the second set that the host issued.
pub(crate) fn name(key: &str, kcv: &str, issued: &[IssuedKeys]) -> String {
    if kcv == KeyScreen::NONE {
        return format!("no {key}");
    }
    let set = issued.iter().rev().find(|set| match key {
        "PIK" => set.pik_kcv == kcv,
        "MAK" => set.mak_kcv == kcv,
        "TDK" => set.tdk_kcv == kcv,
        _ => false,
    });
    set.map_or_else(|| format!("a {key} that nobody issued"), |set| format!("{key}#{}", set.number))
}
