//! Test keys of a rig: `fixtures/keys/*.toml`.

use std::{collections::BTreeMap, fmt, path::Path};

use serde::Deserialize;
use toml::Spanned;

use crate::{fixture_error::FixtureError, fixture_file::FixtureFile};

/// A test key of 16 bytes. Its value is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct TestKey {
    name: String,
    bytes: [u8; 16],
    kcv: String,
}

impl TestKey {
    /// Its name in the key file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its bytes, in clear.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.bytes
    }

    /// Its key check value as the key file states it: 8 upper-case hex digits.
    #[must_use]
    pub fn kcv(&self) -> &str {
        &self.kcv
    }
}

impl fmt::Debug for TestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestKey({} kcv {})", self.name, self.kcv)
    }
}

/// A key file.
pub(crate) struct KeyFile {
    file: FixtureFile,
    keys: BTreeMap<String, RawKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawFile {
    #[serde(rename = "title")]
    _title: String,
    keys: BTreeMap<String, RawKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawKey {
    kind: KeyKind,
    value: Spanned<String>,
    kcv: Spanned<String>,
    /// The key as it is sent: encrypted, SM4-ECB, under the keys named here.
    #[serde(default)]
    under: BTreeMap<String, Spanned<String>>,
}

/// What a key is used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeyKind {
    Sm4,
    Tdes,
}

impl KeyFile {
    pub(crate) fn load(path: &Path) -> Result<Self, FixtureError> {
        let file = FixtureFile::open("key file", path)?;
        let raw: RawFile = file.read()?;
        Ok(Self { file, keys: raw.keys })
    }

    /// The names of the keys, for a message.
    pub(crate) fn names(&self) -> String {
        self.keys.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// A key of a kind; `None` where there is no such key.
    pub(crate) fn key(&self, name: &str, kind: KeyKind) -> Result<Option<TestKey>, FixtureError> {
        let Some(raw) = self.keys.get(name).filter(|raw| raw.kind == kind) else { return Ok(None) };
        let kcv: [u8; 4] = self.hex(&raw.kcv)?;
        Ok(Some(TestKey { name: name.to_owned(), bytes: self.hex(&raw.value)?, kcv: hex::encode_upper(kcv) }))
    }

    /// A key encrypted under another; `None` where the file does not have it.
    pub(crate) fn cryptogram(&self, name: &str, under: &str) -> Result<Option<[u8; 16]>, FixtureError> {
        let found = self.keys.get(name).and_then(|raw| raw.under.get(under));
        found.map(|text| self.hex(text)).transpose()
    }

    fn hex<const N: usize>(&self, text: &Spanned<String>) -> Result<[u8; N], FixtureError> {
        let mut bytes = [0; N];
        hex::decode_to_slice(text.get_ref(), &mut bytes)
            .map_err(|_| self.file.wrong(text, &format!("expected {} hex digits", 2 * N)))?;
        Ok(bytes)
    }
}
