//! A terminal as a world has it: its identity, keys and parameters, its keys' and messages' names.

use std::{collections::BTreeMap, path::Path};

use payrig_fixture::{FixtureError, FixtureFile};
use payrig_keys::{Key, Sm4Key};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    key_file::KeyFile,
    record::ProvisioningRecord,
    record_key::{RecordKey, host_and_port},
};

/// How far a terminal is provisioned when a scenario begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LifeState {
    /// Not at all.
    Blank,
    /// Identity, factory key and parameters.
    Factory,
    /// A TMK besides.
    Keyed,
}

/// A terminal fixture: `fixtures/terminals/*.toml` with the key file and the panel that it names.
#[derive(Debug, Clone)]
pub struct TerminalFixture {
    title: String,
    state: LifeState,
    identity: BTreeMap<RecordKey, String>,
    host: (String, u16),
    factory_key: (String, Sm4Key),
    tmk: Option<Tmk>,
    intents: BTreeMap<String, String>,
    messages: BTreeMap<String, String>,
}

/// A TMK with its name in the key file, and as it is sent under the fixture's factory key.
#[derive(Debug, Clone)]
struct Tmk {
    name: String,
    key: Key,
    wrapped: [u8; 16],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawFixture {
    title: String,
    state: Spanned<LifeState>,
    panel: String,
    device: RawDevice,
    keys: RawKeys,
    parameters: RawParameters,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawDevice {
    device_id: Spanned<String>,
    serial: Spanned<String>,
    terminal_id: Spanned<String>,
    merchant_id: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawKeys {
    file: String,
    factory: Spanned<String>,
    tmk: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawParameters {
    tpdu: Spanned<String>,
    access: Spanned<String>,
    apn: Spanned<String>,
    host: Spanned<String>,
    host_timeout: Option<Spanned<u16>>,
    tries: Option<Spanned<u16>>,
    fresh_keys: Option<Spanned<String>>,
    proof_lengths: Option<Spanned<u16>>,
}

/// A panel: what the keys and the messages of a kind of terminal are called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPanel {
    #[serde(rename = "title")]
    _title: String,
    intents: BTreeMap<String, String>,
    messages: BTreeMap<String, String>,
}

impl TerminalFixture {
    /// Reads a fixture, and the files that it names.
    ///
    /// # Errors
    /// [`FixtureError`]: a file cannot be read, or a place in one is wrong.
    pub fn load(path: &Path) -> Result<Self, FixtureError> {
        let file = FixtureFile::open(path)?;
        let raw: RawFixture = file.parse()?;
        let panel: RawPanel = FixtureFile::open(&file.beside(&raw.panel))?.parse()?;
        let keys = KeyFile::load(&file.beside(&raw.keys.file))?;
        let (factory_key, tmk) = chosen(&file, &keys, &raw.keys)?;
        if *raw.state.get_ref() == LifeState::Keyed && tmk.is_none() {
            return Err(file.wrong(&raw.state, "expected `tmk` under [keys] for a keyed terminal; add it"));
        }
        let host = host_and_port(raw.parameters.host.get_ref()).map(|(host, port)| (host.to_owned(), port));
        let identity = identity(&file, &raw)?;
        Ok(Self {
            title: raw.title,
            state: raw.state.into_inner(),
            identity,
            host: host.unwrap_or_default(),
            factory_key,
            tmk,
            intents: panel.intents,
            messages: panel.messages,
        })
    }

    /// What this terminal is, in a sentence.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How far it is provisioned when a scenario begins.
    #[must_use]
    pub const fn state(&self) -> LifeState {
        self.state
    }

    /// The record that brings a blank terminal to this fixture's state; none for a blank one.
    #[must_use]
    pub fn record(&self) -> Option<ProvisioningRecord> {
        match self.state {
            LifeState::Blank => None,
            LifeState::Factory => Some(self.factory_record()),
            LifeState::Keyed => {
                let record = self.factory_record();
                Some(
                    self.tmk_rows().into_iter().fold(record, |record, (key, value)| record.with(key, &value)),
                )
            }
        }
    }

    /// The factory record, without a TMK.
    #[must_use]
    pub fn factory_record(&self) -> ProvisioningRecord {
        let mut rows = self.identity.clone();
        rows.insert(RecordKey::FactoryKey, hex::encode_upper(self.factory_key().bytes()));
        rows.insert(RecordKey::FactoryKcv, self.factory_key().kcv().to_string());
        rows.iter().fold(ProvisioningRecord::new(), |record, (key, value)| record.with(key.name(), value))
    }

    /// The key record: the TMK alone; none where the fixture has no TMK.
    #[must_use]
    pub fn key_record(&self) -> Option<ProvisioningRecord> {
        let rows = self.tmk_rows();
        let empty = ProvisioningRecord::new();
        (!rows.is_empty())
            .then(|| rows.into_iter().fold(empty, |record, (key, value)| record.with(key, &value)))
    }

    fn tmk_rows(&self) -> Vec<(&'static str, String)> {
        let rows = self.tmk.as_ref().map(|tmk| {
            [
                (RecordKey::Tmk.name(), hex::encode_upper(tmk.wrapped)),
                (RecordKey::TmkKcv.name(), tmk.key.kcv().to_string()),
            ]
        });
        rows.into_iter().flatten().collect()
    }

    /// The id by which the host knows the device.
    #[must_use]
    pub fn device_id(&self) -> &str {
        self.value(RecordKey::DeviceId)
    }

    /// The serial number in the proof.
    #[must_use]
    pub fn serial(&self) -> &str {
        self.value(RecordKey::Serial)
    }

    /// Field 41.
    #[must_use]
    pub fn terminal_id(&self) -> &str {
        self.value(RecordKey::TerminalId)
    }

    /// Field 42.
    #[must_use]
    pub fn merchant_id(&self) -> &str {
        self.value(RecordKey::MerchantId)
    }

    /// A row of the record that is no key; empty where the fixture leaves it out.
    #[must_use]
    pub fn value(&self, key: RecordKey) -> &str {
        self.identity.get(&key).map_or("", String::as_str)
    }

    /// Where the terminal finds its host: address and port.
    #[must_use]
    pub fn host_address(&self) -> (String, u16) {
        self.host.clone()
    }

    /// The factory key in the terminal.
    #[must_use]
    pub const fn factory_key(&self) -> &Sm4Key {
        &self.factory_key.1
    }

    /// The TMK in clear.
    #[must_use]
    pub fn tmk(&self) -> Option<&Key> {
        self.tmk.as_ref().map(|tmk| &tmk.key)
    }

    /// Every clear key of this fixture with its name in the key file, for whoever keeps them out of records.
    #[must_use]
    pub fn secret_keys(&self) -> Vec<(String, Key)> {
        let (name, factory) = &self.factory_key;
        let tmk = self.tmk.iter().map(|tmk| (tmk.name.clone(), tmk.key.clone()));
        std::iter::once((name.clone(), factory.clone().into())).chain(tmk).collect()
    }

    /// The keys to press for an intent, such as `sign-on`.
    #[must_use]
    pub fn keys(&self, intent: &str) -> Option<&str> {
        self.intents.get(intent).map(String::as_str)
    }

    /// The id of the message of a name, such as `signed-on`.
    #[must_use]
    pub fn message(&self, name: &str) -> Option<&str> {
        self.messages.get(name).map(String::as_str)
    }

    /// The name of the message with an id.
    #[must_use]
    pub fn message_name(&self, id: &str) -> Option<&str> {
        self.messages.iter().find(|(_, known)| *known == id).map(|(name, _)| name.as_str())
    }

    /// The names of all intents, in order.
    pub fn intents(&self) -> impl Iterator<Item = &str> {
        self.intents.keys().map(String::as_str)
    }

    /// The names of all messages with their ids, in order of names.
    pub fn messages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.messages.iter().map(|(name, id)| (name.as_str(), id.as_str()))
    }
}

/// The keys that the fixture names.
fn chosen(
    file: &FixtureFile,
    keys: &KeyFile,
    raw: &RawKeys,
) -> Result<((String, Sm4Key), Option<Tmk>), FixtureError> {
    let factory_name = raw.factory.get_ref().clone();
    let factory = keys.factory_key(&factory_name)?.ok_or_else(|| {
        file.wrong(&raw.factory, &format!("expected an sm4 key of the key file, one of {}", keys.names()))
    })?;
    let Some(place) = &raw.tmk else { return Ok(((factory_name, factory), None)) };
    let name = place.get_ref().clone();
    let key = keys.key(&name)?.ok_or_else(|| {
        file.wrong(place, &format!("expected a key of the key file, one of {}", keys.names()))
    })?;
    let wrapped = keys.wrapped(&name, (&factory_name, &factory))?.ok_or_else(|| {
        let problem = format!("expected `{name}` under `{factory_name}` in the key file");
        file.wrong(place, &format!("{problem}; add it to [keys.{name}.under]"))
    })?;
    Ok(((factory_name, factory), Some(Tmk { name, key, wrapped })))
}

/// The rows of the factory record, each held against what its key takes.
fn identity(file: &FixtureFile, raw: &RawFixture) -> Result<BTreeMap<RecordKey, String>, FixtureError> {
    use RecordKey::{
        Access, Apn, DeviceId, FreshKeys, Host, HostTimeout, MerchantId, ProofLengths, Serial, TerminalId,
        Tpdu, Tries,
    };
    let (device, parameters) = (&raw.device, &raw.parameters);
    let texts = [
        (DeviceId, Some(&device.device_id)),
        (Serial, Some(&device.serial)),
        (TerminalId, Some(&device.terminal_id)),
        (MerchantId, Some(&device.merchant_id)),
        (Tpdu, Some(&parameters.tpdu)),
        (Access, Some(&parameters.access)),
        (Apn, Some(&parameters.apn)),
        (Host, Some(&parameters.host)),
        (FreshKeys, parameters.fresh_keys.as_ref()),
    ];
    let numbers = [
        (HostTimeout, parameters.host_timeout.as_ref()),
        (Tries, parameters.tries.as_ref()),
        (ProofLengths, parameters.proof_lengths.as_ref()),
    ];
    let mut rows = BTreeMap::new();
    for (key, value) in texts.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        rows.insert(key, accepted(file, key, value, value.get_ref().clone())?);
    }
    for (key, value) in numbers.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        rows.insert(key, accepted(file, key, value, value.get_ref().to_string())?);
    }
    Ok(rows)
}

fn accepted<T>(
    file: &FixtureFile,
    key: RecordKey,
    place: &Spanned<T>,
    value: String,
) -> Result<String, FixtureError> {
    if key.accepts(&value) {
        return Ok(value);
    }
    Err(file.wrong(place, &format!("expected {} for `{}`", key.expects(), key.name())))
}
