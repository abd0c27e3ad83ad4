//! Test keys of a rig: `fixtures/keys/*.toml`.

use std::{collections::BTreeMap, path::Path, str::FromStr};

use payrig_keys::{Family, Kcv, Key, Sm4Key, unwrap_tmk};
use serde::Deserialize;
use toml::Spanned;

use payrig_fixture::{FixtureError, FixtureFile};

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
    /// The two keys of this file that two custodians type: their XOR is the key.
    components: Option<Spanned<[String; 2]>>,
}

/// What a key is used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeyKind {
    Sm4,
    Tdes,
}

impl KeyKind {
    const fn family(self) -> Family {
        match self {
            Self::Sm4 => Family::Sm4,
            Self::Tdes => Family::Des,
        }
    }
}

impl KeyFile {
    pub(crate) fn load(path: &Path) -> Result<Self, FixtureError> {
        let file = FixtureFile::open(path)?;
        let raw: RawFile = file.parse()?;
        Ok(Self { file, keys: raw.keys })
    }

    /// The names of the keys, for a message.
    pub(crate) fn names(&self) -> String {
        self.keys.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// A key that can be a factory key; `None` where there is none of that name.
    pub(crate) fn factory_key(&self, name: &str) -> Result<Option<Sm4Key>, FixtureError> {
        match self.key(name)? {
            Some(Key::Sm4(key)) => Ok(Some(key)),
            _ => Ok(None),
        }
    }

    /// A key, held against its check value; `None` where there is none of that name.
    pub(crate) fn key(&self, name: &str) -> Result<Option<Key>, FixtureError> {
        let Some(raw) = self.keys.get(name) else { return Ok(None) };
        let bytes: [u8; 16] = self.hex(&raw.value)?;
        let key = Key::new(raw.kind.family(), &bytes)
            .map_err(|error| self.file.wrong(&raw.value, &error.to_string()))?;
        let carried = self.kcv(raw)?;
        if key.kcv() != carried {
            let message = format!("the key's check value is {}; correct it or the key", key.kcv());
            return Err(self.file.wrong(&raw.kcv, &message));
        }
        if let Some(components) = &raw.components {
            self.combined(components, &key)?;
        }
        Ok(Some(key))
    }

    /// Every key of the file with its name, in order.
    pub(crate) fn all(&self) -> Result<BTreeMap<String, Key>, FixtureError> {
        let named = |name: &String| Ok(self.key(name)?.map(|key| (name.clone(), key)));
        self.keys.keys().filter_map(|name| named(name).transpose()).collect()
    }

    /// Holds a key against the components that it is said to be made of.
    fn combined(&self, components: &Spanned<[String; 2]>, key: &Key) -> Result<(), FixtureError> {
        let [one, other] = components.get_ref().each_ref().map(|name| {
            let raw = self.keys.get(name).filter(|raw| raw.components.is_none());
            raw.map(|raw| self.hex::<16>(&raw.value)).transpose()
        });
        let (Some(one), Some(other)) = (one?, other?) else {
            let message = "expected the names of two keys of this file that are no combinations themselves";
            return Err(self.file.wrong(components, message));
        };
        if one.iter().zip(other).map(|(a, b)| a ^ b).eq(key.bytes().iter().copied()) {
            return Ok(());
        }
        Err(self.file.wrong(components, "the XOR of these is another key; correct them or the key"))
    }

    /// A key as it is sent under a factory key; `None` where the file does not have it.
    pub(crate) fn wrapped(
        &self,
        name: &str,
        factory: (&str, &Sm4Key),
    ) -> Result<Option<[u8; 16]>, FixtureError> {
        let found = self.keys.get(name).and_then(|raw| Some((raw, raw.under.get(factory.0)?)));
        let Some((raw, text)) = found else { return Ok(None) };
        let wrapped = self.hex(text)?;
        unwrap_tmk(factory.1, wrapped, raw.kind.family(), self.kcv(raw)?).map_err(|_| {
            let message = format!("expected `{name}` encrypted, SM4-ECB, under `{}`", factory.0);
            self.file.wrong(text, &message)
        })?;
        Ok(Some(wrapped))
    }

    fn kcv(&self, raw: &RawKey) -> Result<Kcv, FixtureError> {
        Kcv::from_str(raw.kcv.get_ref()).map_err(|error| self.file.wrong(&raw.kcv, &error.to_string()))
    }

    fn hex<const N: usize>(&self, text: &Spanned<String>) -> Result<[u8; N], FixtureError> {
        let mut bytes = [0; N];
        hex::decode_to_slice(text.get_ref(), &mut bytes)
            .map_err(|_| self.file.wrong(text, &format!("expected {} hex digits", 2 * N)))?;
        Ok(bytes)
    }
}
