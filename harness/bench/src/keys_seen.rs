//! The terminal's keys as they were seen at several moments of a case.

use std::fmt::{self, Write};

use payrig_acquirer::IssuedKeys;

use crate::{Finding, KeyScreen, World, scenario::KeysExpected};

/// The terminal's keys, observed in every way that the rig has.
#[derive(Clone, Debug)]
pub(crate) struct KeysSeen {
    /// What the key screen says; nothing on a terminal that was tampered with, which shows no keys.
    screen: Option<KeyScreen>,
    /// The key store's bytes, where the rig can read them.
    store: Option<Vec<u8>>,
}

impl KeysSeen {
    /// Looks at them.
    pub(crate) async fn now(world: &mut World) -> Result<Self, Finding> {
        let screen = if world.is_tampered()? { None } else { Some(world.key_screen().await?) };
        let store = world.key_store().await?;
        if screen.is_none() && store.is_none() {
            let message = "the terminal shows no keys once it was tampered with, and this rig cannot read its key store";
            return Err(Finding::Missing(message.into()));
        }
        Ok(Self { screen, store })
    }

    fn working(&self) -> [(&'static str, &str); 3] {
        let kcv = |key: fn(&KeyScreen) -> &String| {
            self.screen.as_ref().map_or(KeyScreen::NONE, |screen| key(screen))
        };
        [("PIK", kcv(|keys| &keys.pik)), ("MAK", kcv(|keys| &keys.mak)), ("TDK", kcv(|keys| &keys.tdk))]
    }

    /// Whether nothing is left in the key store but the tamper latch, which is its last 16 bytes (INTERFACE.md, section 11).
    fn is_erased(&self) -> Option<bool> {
        const LATCH: usize = 16;
        let store = self.store.as_ref()?;
        Some(store[..store.len().saturating_sub(LATCH)].iter().all(|byte| *byte == 0))
    }
}

impl fmt::Display for KeysSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.screen {
            Some(screen) => screen.fmt(f),
            None => f.write_str("not shown"),
        }
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
                "the keys changed: their KCVs were {before} and are {now}"
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
        let last = issued.last();
        // Where the host's key scheme has no TDK, there must be none: that is looked at with the issued ones below.
        let has_tdk = last.is_none_or(|last| last.tdk_kcv != KeyScreen::NONE);
        for (key, kcv) in now.working().into_iter().filter(|(key, _)| has_tdk || *key != "TDK") {
            let earlier = self.0.iter().flat_map(KeysSeen::working);
            if kcv == KeyScreen::NONE || earlier.into_iter().any(|(name, old)| name == key && old == kcv) {
                return Err(Finding::terminal(format!("the {key} was to be another one, its KCV is {kcv}")));
            }
        }
        let Some(last) = last else {
            return Err(Finding::Missing("the acquirer issued no keys".into()));
        };
        let expected = [("PIK", last.pik_kcv.as_str()), ("MAK", &last.mak_kcv), ("TDK", &last.tdk_kcv)];
        if now.working() != expected {
            return Err(Finding::terminal(format!(
                "the terminal shows the KCVs {now}; the host issued PIK {} MAK {} TDK {}",
                last.pik_kcv, last.mak_kcv, last.tdk_kcv
            )));
        }
        let which = if has_tdk { "all three" } else { "PIK and MAK" };
        Ok(format!("{which}, as issued with set {}", last.number))
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
        if text.is_empty() { "nothing was compared\n".into() } else { text }
    }
}

fn none(seen: &KeysSeen) -> Result<String, Finding> {
    if seen.screen.is_none() {
        return match seen.is_erased() {
            Some(true) => Ok("by the key store, which is all zero but for the tamper latch".into()),
            _ => {
                Err(Finding::terminal("the key store was to be erased, it holds more than the tamper latch"))
            }
        };
    }
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

/// A screen's text with the check values of issued keys as names of the same width: they hang on the seed.
pub(crate) fn named(text: &str, issued: &[IssuedKeys]) -> String {
    let mut text = text.to_owned();
    for set in issued {
        for (key, kcv) in [("PIK", &set.pik_kcv), ("MAK", &set.mak_kcv), ("TDK", &set.tdk_kcv)] {
            if kcv != KeyScreen::NONE {
                text =
                    text.replace(&format!("{key} {kcv}"), &format!("{key} {:8}", format!("#{}", set.number)));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{KeyHistory, KeysSeen, named};
    use crate::{Finding, KeyScreen, scenario::KeysExpected};
    use payrig_acquirer::IssuedKeys;
    use payrig_keys::{Family, Key, WorkingKeys};
    use rstest::rstest;

    /// The second set that a host issued, with a TDK or without.
    fn issued(tdk: bool) -> IssuedKeys {
        let key = |byte: u8, length| Key::new(Family::Des, &vec![byte; length]).unwrap();
        let keys = WorkingKeys { pik: key(0x13, 16), mak: key(0x25, 8), tdk: tdk.then(|| key(0x37, 16)) };
        IssuedKeys::new(2, "device", keys, None)
    }

    fn seen(pik: &str, mak: &str, tdk: &str) -> KeysSeen {
        let [tmk, pik, mak, tdk] = ["AAAAAAAA", pik, mak, tdk].map(str::to_owned);
        KeysSeen { screen: Some(KeyScreen { tmk, pik, mak, tdk }), store: None }
    }

    const NONE: &str = KeyScreen::NONE;

    /// What the screen shows of the issued set, and what `keys = "changed"` makes of it.
    #[rstest]
    #[case::all(true, [true; 3], "all three, as issued with set 2")]
    #[case::no_tdk(true, [true, true, false], "the TDK was to be another one, its KCV is --------")]
    #[case::without_tdk(false, [true, true, false], "PIK and MAK, as issued with set 2")]
    #[case::no_mak(false, [true, false, false], "the MAK was to be another one, its KCV is --------")]
    fn changed_asks_for_the_keys_that_the_host_s_scheme_has(
        #[case] tdk: bool,
        #[case] shown: [bool; 3],
        #[case] says: &str,
    ) {
        let set = issued(tdk);
        let [pik, mak, tdk] = [(&set.pik_kcv, 0), (&set.mak_kcv, 1), (&set.tdk_kcv, 2)]
            .map(|(kcv, key)| if shown[key] { kcv.as_str() } else { NONE });
        let now = seen(pik, mak, tdk);
        let mut looks = KeyHistory(vec![seen("11111111", "22222222", NONE)]);
        let told = match looks.add(now, Some(KeysExpected::Changed), &[set]) {
            Ok(told) | Err(Finding::Terminal(told)) => told,
            Err(other) => panic!("{other:?}"),
        };
        assert!(told.starts_with(says), "{told}");
    }

    #[test]
    fn a_screen_names_the_keys_that_were_issued() {
        let set = issued(false);
        let screen = format!("|TMK EB7A8DF9            |\n|PIK {}            |\n|TDK --------|", set.pik_kcv);
        let expected = "|TMK EB7A8DF9            |\n|PIK #2                  |\n|TDK --------|";
        assert_eq!(named(&screen, &[set]), expected);
    }

    #[test]
    fn a_tdk_that_nobody_issued_is_no_change_that_was_meant() {
        let set = issued(false);
        let mut looks = KeyHistory(vec![seen("11111111", "22222222", NONE)]);
        let now = seen(&set.pik_kcv, &set.mak_kcv, "33333333");
        let told = looks.add(now, Some(KeysExpected::Changed), &[set]);
        assert!(matches!(&told, Err(Finding::Terminal(why)) if why.contains("TDK 33333333")), "{told:?}");
    }
}
