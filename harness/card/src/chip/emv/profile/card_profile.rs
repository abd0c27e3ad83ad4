//! The card as a whole.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use payrig_fixture::{FixtureError, load_like, parse_like, wrong_like};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Account, ApplicationProfile};
use crate::chip::emv::{ChipKeys, EmvFault, HexBytes, Tag, obstacle::Obstacle};

/// A card as `fixtures/cards/<name>.toml` has it. It prints neither card number nor PIN.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CardProfile {
    /// What card it is, in a sentence.
    pub title: String,
    /// The cold answer to reset, TS to TCK. It says which protocol the card speaks.
    pub atr: HexBytes,
    /// The warm one, where it differs.
    pub warm_atr: Option<HexBytes>,
    /// Whether there is a payment system directory, 1PAY.SYS.DDF01.
    #[serde(default = "yes")]
    pub pse: bool,
    /// The files with the keys that the applications name, seen from the profile's folder.
    pub key_files: Vec<PathBuf>,
    /// Wrong PINs in a row that the card bears.
    #[serde(default = "three")]
    pub pin_tries: u8,
    /// How many of them are left at first; all where it is not said.
    pub pin_tries_left: Option<u8>,
    /// Whose card it is.
    pub account: Account,
    /// The applications, by names that nobody but this file knows.
    pub application: BTreeMap<String, ApplicationProfile>,
    /// What is wrong with it on purpose.
    #[serde(default)]
    pub faults: Vec<EmvFault>,
    /// Where it was read from.
    #[serde(skip)]
    path: PathBuf,
}

const fn yes() -> bool {
    true
}

const fn three() -> u8 {
    3
}

impl CardProfile {
    /// Reads the profile at `path`, and what it is like.
    ///
    /// # Errors
    /// [`FixtureError`] with file, line and column.
    pub fn load(path: &Path) -> Result<Self, FixtureError> {
        load_like(path, &["title"]).and_then(|profile| Self::checked(profile, path))
    }

    /// Reads `text` as the file at `path`.
    ///
    /// # Errors
    /// As [`CardProfile::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, FixtureError> {
        parse_like(path, text, &["title"]).and_then(|profile| Self::checked(profile, path))
    }

    fn checked(profile: Self, path: &Path) -> Result<Self, FixtureError> {
        let profile = Self { path: path.to_owned(), ..profile };
        profile.obstacle().map_or(Ok(()), |obstacle| Err(profile.wrong(&obstacle)))?;
        Ok(profile)
    }

    /// The keys of its key files.
    ///
    /// # Errors
    /// [`FixtureError`] with file, line and column.
    pub fn keys(&self) -> Result<ChipKeys, FixtureError> {
        ChipKeys::load(self.key_paths().iter().map(PathBuf::as_path))
    }

    /// Where its key files are.
    #[must_use]
    pub fn key_paths(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        self.key_files.iter().map(|file| folder.join(file)).collect()
    }

    /// The profile's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An error with file, line and column of the key that it is about, in the profile or in one that it is like.
    pub(in crate::chip::emv) fn wrong(&self, obstacle: &Obstacle) -> FixtureError {
        let keys: Vec<_> = obstacle.keys.iter().map(String::as_str).collect();
        wrong_like(&self.path, &keys, &obstacle.message)
    }

    /// What of it cannot be.
    fn obstacle(&self) -> Option<Obstacle> {
        let atr = &self.atr.0;
        if !(2..=33).contains(&atr.len()) {
            return Some(Obstacle::at(["atr"], "`atr`: expected 2 to 33 bytes, TS first"));
        }
        if self.application.is_empty() {
            return Some(Obstacle::at([], "expected at least one [application.NAME]"));
        }
        let of = |(name, application): (&String, &ApplicationProfile)| {
            application.obstacle().map(|obstacle| obstacle.of_application(name))
        };
        self.application.iter().find_map(of)
    }
}

impl ApplicationProfile {
    fn obstacle(&self) -> Option<Obstacle> {
        if !(5..=16).contains(&self.aid.0.len()) {
            return Some(Obstacle::at(["aid"], "`aid`: expected 5 to 16 bytes"));
        }
        let text = |text: &&str| text.len() > 16 || !text.bytes().all(|b| matches!(b, b' '..=b'~'));
        let names =
            [("label", Some(self.label.as_str())), ("preferred-name", self.preferred_name.as_deref())];
        if let Some((key, _)) = names.iter().find(|(_, name)| name.as_ref().is_some_and(text)) {
            let message = format!("`{key}`: expected at most 16 characters, printable ASCII");
            return Some(Obstacle::at([*key], message));
        }
        if self.priority.is_some_and(|priority| !(1..=15).contains(&priority)) {
            return Some(Obstacle::at(["priority"], "`priority`: expected 1 to 15"));
        }
        let lists = [("cdol1", &self.cdol1), ("cdol2", &self.cdol2)];
        if let Some((key, _)) = lists.iter().find(|(_, list)| list.asked() > 200) {
            let message = format!("`{key}`: expected to ask for 200 bytes at most");
            return Some(Obstacle::at([*key], message));
        }
        let odd = |name: &&String| place(name).is_none();
        let message =
            |name: &str| format!("record {name:?}: expected SFI 1 to 30 and number 1 to 255, as in \"1.2\"");
        if let Some(name) = self.records.keys().find(odd) {
            return Some(Obstacle::at(["records", name], message(name)));
        }
        if let Some(name) = self.authenticated.iter().find(odd) {
            return Some(Obstacle::at(["authenticated"], message(name)));
        }
        let odd = self.data.keys().find(|tag| tag.parse::<Tag>().is_err())?;
        Some(Obstacle::at(["data", odd], format!("data {odd:?}: expected a tag in hex")))
    }
}

/// SFI and number of `"1.2"`.
pub(in crate::chip::emv) fn place(name: &str) -> Option<(u8, u8)> {
    let (sfi, number) = name.split_once('.')?;
    let (sfi, number): (u8, u8) = (sfi.parse().ok()?, number.parse().ok()?);
    ((1..=30).contains(&sfi) && number > 0).then_some((sfi, number))
}
