//! A terminal as a world has it: its identity, keys and parameters, its keys' and messages' names.

use std::{collections::BTreeMap, path::Path};

use payrig_fixture::{FixtureError, FixtureFile};
use payrig_keys::{Family, Key, Sm4Key};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    chip_parameters::{ChipParameters, RawChip},
    key_file::KeyFile,
    paper::{RawLabels, ReceiptLabels},
    record::ProvisioningRecord,
    record_key::{RecordKey, host_and_port},
    screen_words::{RawWords, ScreenWords},
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
    /// Every key of the key file.
    key_file: BTreeMap<String, Key>,
    intents: BTreeMap<String, String>,
    messages: BTreeMap<String, String>,
    screens: Option<ScreenWords>,
    receipt: Option<ReceiptLabels>,
    chip: Option<ChipParameters>,
}

/// A TMK, and as it is sent under the fixture's factory key.
#[derive(Debug, Clone)]
struct Tmk {
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
    chip: Option<RawChip>,
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
    modem: Option<Spanned<String>>,
    apn: Option<Spanned<String>>,
    host: Option<Spanned<String>>,
    dial: Option<Spanned<String>>,
    host_timeout: Option<Spanned<u16>>,
    tries: Option<Spanned<u16>>,
    fresh_keys: Option<Spanned<String>>,
    proof_lengths: Option<Spanned<u16>>,
    key_scheme: Option<Spanned<String>>,
    rotate_daily: Option<Spanned<String>>,
    rotate_hours: Option<Spanned<u16>>,
    language: Option<Spanned<String>>,
    #[serde(rename = "track-3")]
    track_3: Option<Spanned<String>>,
    reversal_tries: Option<Spanned<u16>>,
    reversal_closing: Option<Spanned<String>>,
}

/// A panel: what the keys and the messages of a kind of terminal are called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPanel {
    #[serde(rename = "title")]
    _title: String,
    intents: BTreeMap<String, String>,
    messages: BTreeMap<String, String>,
    screens: Option<Spanned<RawWords>>,
    receipt: Option<Spanned<RawLabels>>,
}

impl TerminalFixture {
    /// Reads a fixture, and the files that it names.
    ///
    /// # Errors
    /// [`FixtureError`]: a file cannot be read, or a place in one is wrong.
    pub fn load(path: &Path) -> Result<Self, FixtureError> {
        let file = FixtureFile::open(path)?;
        let raw: RawFixture = file.parse()?;
        let panel_file = FixtureFile::open(&file.beside(&raw.panel))?;
        let panel: RawPanel = panel_file.parse()?;
        let screens = panel.screens.map(|section| ScreenWords::read(&panel_file, &section)).transpose()?;
        let receipt = panel.receipt.map(|section| ReceiptLabels::read(&panel_file, &section)).transpose()?;
        let keys = KeyFile::load(&file.beside(&raw.keys.file))?;
        let (factory_key, tmk) = chosen(&file, &keys, &raw.keys)?;
        if *raw.state.get_ref() == LifeState::Keyed && tmk.is_none() {
            return Err(file.wrong(&raw.state, "expected `tmk` under [keys] for a keyed terminal; add it"));
        }
        let host = raw.parameters.host.as_ref().and_then(|host| host_and_port(host.get_ref()));
        let host = host.map(|(host, port)| (host.to_owned(), port));
        let identity = identity(&file, &raw)?;
        let chip = raw.chip.map(|chip| chip.checked(&file)).transpose()?;
        Ok(Self {
            title: raw.title,
            state: raw.state.into_inner(),
            identity,
            host: host.unwrap_or_default(),
            factory_key,
            tmk,
            key_file: keys.all()?,
            intents: panel.intents,
            messages: panel.messages,
            screens,
            receipt,
            chip,
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

    /// Every clear key of the key file with its name there, for whoever keeps them out of records: those in the terminal, and those
    /// that somebody may type or send.
    #[must_use]
    pub fn secret_keys(&self) -> Vec<(String, Key)> {
        self.key_file.iter().map(|(name, key)| (name.clone(), key.clone())).collect()
    }

    /// A key of the key file, and one for 3DES: a TMK or a component of one.
    #[must_use]
    pub fn typed_key(&self, name: &str) -> Option<&Key> {
        self.key_file.get(name).filter(|key| key.family() == Family::Des)
    }

    /// The names of the keys that [`TerminalFixture::typed_key`] has.
    pub fn typed_keys(&self) -> impl Iterator<Item = &str> {
        let typed = self.key_file.iter().filter(|(_, key)| key.family() == Family::Des);
        typed.map(|(name, _)| name.as_str())
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

    /// The words of its screens; none of a terminal whose screens nobody reads.
    #[must_use]
    pub const fn screen_words(&self) -> Option<&ScreenWords> {
        self.screens.as_ref()
    }

    /// What it knows of chip cards; none of a terminal that is sent no chip records.
    #[must_use]
    pub const fn chip(&self) -> Option<&ChipParameters> {
        self.chip.as_ref()
    }

    /// The words of its receipts; none of a terminal that prints nothing.
    #[must_use]
    pub const fn receipt_labels(&self) -> Option<&ReceiptLabels> {
        self.receipt.as_ref()
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
    Ok(((factory_name, factory), Some(Tmk { key, wrapped })))
}

/// The rows of the factory record, each held against what its key takes.
fn identity(file: &FixtureFile, raw: &RawFixture) -> Result<BTreeMap<RecordKey, String>, FixtureError> {
    use RecordKey::{
        Access, Apn, DeviceId, Dial, FreshKeys, Host, HostTimeout, KeyScheme, Language, MerchantId, Modem,
        ProofLengths, ReversalClosing, ReversalTries, RotateDaily, RotateHours, Serial, TerminalId, Tpdu,
        Track3, Tries,
    };
    let (device, parameters) = (&raw.device, &raw.parameters);
    let texts = [
        (DeviceId, Some(&device.device_id)),
        (Serial, Some(&device.serial)),
        (TerminalId, Some(&device.terminal_id)),
        (MerchantId, Some(&device.merchant_id)),
        (Tpdu, Some(&parameters.tpdu)),
        (Access, Some(&parameters.access)),
        (Modem, parameters.modem.as_ref()),
        (Apn, parameters.apn.as_ref()),
        (Host, parameters.host.as_ref()),
        (Dial, parameters.dial.as_ref()),
        (FreshKeys, parameters.fresh_keys.as_ref()),
        (KeyScheme, parameters.key_scheme.as_ref()),
        (RotateDaily, parameters.rotate_daily.as_ref()),
        (Language, parameters.language.as_ref()),
        (Track3, parameters.track_3.as_ref()),
        (ReversalClosing, parameters.reversal_closing.as_ref()),
    ];
    let numbers = [
        (HostTimeout, parameters.host_timeout.as_ref()),
        (Tries, parameters.tries.as_ref()),
        (ProofLengths, parameters.proof_lengths.as_ref()),
        (RotateHours, parameters.rotate_hours.as_ref()),
        (ReversalTries, parameters.reversal_tries.as_ref()),
    ];
    let mut rows = BTreeMap::new();
    for (key, value) in texts.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        rows.insert(key, accepted(file, key, value, value.get_ref().clone())?);
    }
    for (key, value) in numbers.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        rows.insert(key, accepted(file, key, value, value.get_ref().to_string())?);
    }
    let access = &parameters.access;
    let missing = RecordKey::of_access(access.get_ref()).iter().find(|key| !rows.contains_key(key));
    if let Some(key) = missing {
        let problem = format!("expected `{}` under [parameters] for this access; add it", key.name());
        return Err(file.wrong(access, &problem));
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
