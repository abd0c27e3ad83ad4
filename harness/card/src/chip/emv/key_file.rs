//! The files of a rig's chip keys, `fixtures/keys/chip.toml` and `fixtures/keys/chip-rsa.toml`. Test keys only.

use std::{collections::BTreeMap, fmt, path::Path};

use payrig_fixture::{FixtureError, FixtureFile};
use payrig_keys::{CaKey, DesKey, Holder, Kcv, RsaKey};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

use super::Exactly;

/// The keys of schemes, issuers and cards, by name.
#[derive(Clone, Debug, Default)]
pub struct ChipKeys {
    ca: BTreeMap<String, CaEntry>,
    issuer: BTreeMap<String, IssuerEntry>,
    icc: BTreeMap<String, IccEntry>,
    master: BTreeMap<String, MasterEntry>,
}

/// A scheme's key.
#[derive(Clone, Debug)]
pub struct CaEntry {
    /// The key with RID and index.
    pub key: CaKey,
    /// Until when it is good, packed YYMMDD.
    pub expiry: [u8; 3],
}

/// An issuer's key.
#[derive(Clone, Debug)]
pub struct IssuerEntry {
    /// Which scheme's key certifies it.
    pub ca: String,
    /// The key.
    pub key: RsaKey,
    /// What the certificate says.
    pub holder: Holder,
}

/// A card's key.
#[derive(Clone, Debug)]
pub struct IccEntry {
    /// The key.
    pub key: RsaKey,
    /// What the certificate says.
    pub holder: Holder,
}

/// An issuer's master key.
#[derive(Clone, Debug)]
pub struct MasterEntry {
    /// The key, of 16 bytes.
    pub key: DesKey,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(rename = "title")]
    _title: String,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, CaTable>")]
    ca: Named<CaTable>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, IssuerTable>")]
    issuer: Named<IssuerTable>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, IccTable>")]
    icc: Named<IccTable>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, MasterTable>")]
    keys: Named<MasterTable>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CaTable {
    rid: Exactly<5>,
    index: Exactly<1>,
    expiry: Exactly<3>,
    #[serde(rename = "seed")]
    _seed: Option<u64>,
    exponent: u32,
    #[schemars(with = "String")]
    p: Spanned<Zeroizing<String>>,
    #[schemars(with = "String")]
    q: Spanned<Zeroizing<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct IssuerTable {
    #[schemars(with = "String")]
    ca: Spanned<String>,
    expiry: Exactly<2>,
    serial: Exactly<3>,
    #[serde(rename = "seed")]
    _seed: Option<u64>,
    exponent: u32,
    #[schemars(with = "String")]
    p: Spanned<Zeroizing<String>>,
    #[schemars(with = "String")]
    q: Spanned<Zeroizing<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct IccTable {
    expiry: Exactly<2>,
    serial: Exactly<3>,
    #[serde(rename = "seed")]
    _seed: Option<u64>,
    exponent: u32,
    #[schemars(with = "String")]
    p: Spanned<Zeroizing<String>>,
    #[schemars(with = "String")]
    q: Spanned<Zeroizing<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MasterTable {
    #[schemars(with = "String")]
    kind: Spanned<String>,
    #[schemars(with = "String")]
    value: Spanned<Zeroizing<String>>,
    #[schemars(with = "String")]
    kcv: Spanned<String>,
}

/// Tables by their names, which have a place in the file.
type Named<T> = BTreeMap<Spanned<String>, T>;

type Primes<'a> = (&'a Spanned<Zeroizing<String>>, &'a Spanned<Zeroizing<String>>);

impl ChipKeys {
    /// Reads the files at these paths, each after those before it.
    ///
    /// # Errors
    /// [`FixtureError`] with file, line and column; so for a name, or a scheme's RID and index, that a key has already.
    pub fn load<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<Self, FixtureError> {
        let mut keys = Self::default();
        for path in paths {
            let file = FixtureFile::open(path)?;
            let said = file.parse()?;
            keys.add(&file, said)?;
        }
        Ok(keys)
    }

    /// Reads `text` as the file at `path`.
    ///
    /// # Errors
    /// As [`ChipKeys::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, FixtureError> {
        let file = FixtureFile::of(path, text);
        let mut keys = Self::default();
        let said = file.parse()?;
        keys.add(&file, said)?;
        Ok(keys)
    }

    fn add(&mut self, file: &FixtureFile, said: File) -> Result<(), FixtureError> {
        for (name, table) in said.ca {
            let key = rsa(file, (&table.p, &table.q), table.exponent)?;
            let key = CaKey { rid: table.rid.0, index: table.index.0[0], key };
            let same = |entry: &CaEntry| (entry.key.rid, entry.key.index) == (key.rid, key.index);
            let twin = self.ca.iter().find(|(known, entry)| *known != name.get_ref() && same(entry));
            if let Some((known, _)) = twin {
                let message = format!("`{}` has this RID and index already", known.escape_debug());
                return Err(file.wrong(&name, &message));
            }
            put(file, &mut self.ca, "scheme's", name, CaEntry { key, expiry: table.expiry.0 })?;
        }
        for (name, table) in said.issuer {
            let key = rsa(file, (&table.p, &table.q), table.exponent)?;
            let ca = table.ca.get_ref();
            if !self.ca.contains_key(ca) {
                return Err(file.wrong(&table.ca, &unknown("scheme's key [ca.NAME]", ca, &self.ca)));
            }
            let holder = Holder { expiry: table.expiry.0, serial: table.serial.0 };
            put(file, &mut self.issuer, "issuer's", name, IssuerEntry { ca: ca.clone(), key, holder })?;
        }
        for (name, table) in said.icc {
            let key = rsa(file, (&table.p, &table.q), table.exponent)?;
            let holder = Holder { expiry: table.expiry.0, serial: table.serial.0 };
            put(file, &mut self.icc, "card's", name, IccEntry { key, holder })?;
        }
        for (name, table) in said.keys {
            put(file, &mut self.master, "master", name, master(file, &table)?)?;
        }
        Ok(())
    }

    /// A scheme's key.
    ///
    /// # Errors
    /// A sentence, where there is none of that name.
    pub fn ca(&self, name: &str) -> Result<&CaEntry, String> {
        self.ca.get(name).ok_or_else(|| unknown("scheme's key [ca.NAME]", name, &self.ca))
    }

    /// An issuer's key.
    ///
    /// # Errors
    /// As [`ChipKeys::ca`].
    pub fn issuer(&self, name: &str) -> Result<&IssuerEntry, String> {
        self.issuer.get(name).ok_or_else(|| unknown("issuer's key [issuer.NAME]", name, &self.issuer))
    }

    /// A card's key.
    ///
    /// # Errors
    /// As [`ChipKeys::ca`].
    pub fn icc(&self, name: &str) -> Result<&IccEntry, String> {
        self.icc.get(name).ok_or_else(|| unknown("card's key [icc.NAME]", name, &self.icc))
    }

    /// An issuer's master key.
    ///
    /// # Errors
    /// As [`ChipKeys::ca`].
    pub fn master(&self, name: &str) -> Result<&MasterEntry, String> {
        self.master.get(name).ok_or_else(|| unknown("master key [keys.NAME]", name, &self.master))
    }

    /// The names of the schemes' keys.
    pub fn ca_names(&self) -> impl Iterator<Item = &str> {
        self.ca.keys().map(String::as_str)
    }
}

/// Adds a key, whose name no other one of its kind may have.
fn put<T>(
    file: &FixtureFile,
    keys: &mut BTreeMap<String, T>,
    kind: &str,
    name: Spanned<String>,
    key: T,
) -> Result<(), FixtureError> {
    if keys.contains_key(name.get_ref()) {
        let message =
            format!("there is a {kind} key of this name already, in a file that is read before this one");
        return Err(file.wrong(&name, &message));
    }
    keys.insert(name.into_inner(), key);
    Ok(())
}

fn rsa(file: &FixtureFile, (p, q): Primes<'_>, exponent: u32) -> Result<RsaKey, FixtureError> {
    RsaKey::from_primes(p.get_ref(), q.get_ref(), exponent).map_err(|e| file.wrong(p, &e.to_string()))
}

fn master(file: &FixtureFile, table: &MasterTable) -> Result<MasterEntry, FixtureError> {
    if table.kind.get_ref() != "tdes" {
        return Err(file.wrong(&table.kind, "expected \"tdes\": an issuer's master key is a 3DES one"));
    }
    let key = DesKey::from_hex(table.value.get_ref())
        .ok()
        .filter(|key| key.bytes().len() == 16)
        .ok_or_else(|| file.wrong(&table.value, "expected a 3DES key of 32 hex digits"))?;
    if table.kcv.get_ref().parse::<Kcv>() != Ok(key.kcv()) {
        let message = format!("the key's check value is {}", key.kcv());
        return Err(file.wrong(&table.kcv, &message));
    }
    Ok(MasterEntry { key })
}

fn unknown<T>(what: &str, name: &str, known: &BTreeMap<String, T>) -> String {
    let known: Vec<_> = known.keys().map(String::as_str).collect();
    let rather = payrig_fixture::nearest(name, &known);
    let rather = rather.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    format!("unknown {what} `{}`{rather}", name.escape_debug())
}

impl fmt::Display for CaEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} index {:02X}", hex::encode_upper(self.key.rid), self.key.index)
    }
}
