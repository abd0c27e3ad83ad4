//! What a terminal fixture says of chip cards, and the records that bring it to a terminal (INTERFACE.md, section 5).

use std::{collections::BTreeMap, fmt, path::PathBuf};

use payrig_fixture::{FixtureError, FixtureFile};
use serde::Deserialize;
use toml::Spanned;

use crate::record::ProvisioningRecord;

/// What a terminal knows of chip cards. It prints no card number.
#[derive(Clone)]
pub struct ChipParameters {
    /// The year of the dates that the host sends without one, two digits.
    pub year: String,
    /// The files with the schemes' keys.
    pub key_files: Vec<PathBuf>,
    /// The schemes' keys that it has, by their names there.
    pub ca_keys: Vec<String>,
    /// The issuers' certificates that it does not take any more.
    pub revocations: Vec<Revocation>,
    /// The applications that it knows, in the order in which they are sent: rows as in their records.
    pub applications: Vec<BTreeMap<String, String>>,
    /// Names of issuers by the first six digits of their cards.
    pub issuers: BTreeMap<String, String>,
    /// Card numbers that it does not take. They are test cards', which were never issued.
    pub exceptions: Vec<String>,
}

/// An issuer's certificate that was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The scheme's key that it was made with, by its name.
    pub ca: String,
    /// Its serial number, three bytes in hex.
    pub serial: String,
}

/// `[chip]` of a terminal fixture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawChip {
    year: Spanned<String>,
    key_files: Vec<String>,
    #[serde(default)]
    ca_keys: Vec<String>,
    #[serde(default)]
    revocations: Vec<Spanned<Revocation>>,
    #[serde(default)]
    applications: Vec<BTreeMap<String, Spanned<String>>>,
    #[serde(default)]
    issuers: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    exceptions: Vec<Spanned<String>>,
}

/// The rows of an application's record, what each takes, and whether it may be left out.
const APPLICATION: [(&str, Takes, bool); 12] = [
    ("aid", Takes::Hex(10, 32), false),
    ("aid-match", Takes::Match, false),
    ("aid-version", Takes::Hex(4, 4), false),
    ("aid-tac-denial", Takes::Hex(10, 10), false),
    ("aid-tac-online", Takes::Hex(10, 10), false),
    ("aid-tac-default", Takes::Hex(10, 10), false),
    ("aid-floor", Takes::Digits(1, 12), false),
    ("aid-threshold", Takes::Digits(1, 12), false),
    ("aid-target", Takes::Digits(1, 2), false),
    ("aid-max-target", Takes::Digits(1, 2), false),
    ("aid-ddol", Takes::Hex(2, 64), false),
    ("aid-tdol", Takes::Hex(2, 64), true),
];

/// What a row's value must be.
#[derive(Clone, Copy)]
enum Takes {
    /// So many hex digits, an even number.
    Hex(usize, usize),
    /// So many digits.
    Digits(usize, usize),
    /// `partial` or `exact`.
    Match,
    /// So many printable characters.
    Text(usize, usize),
}

impl Takes {
    fn accepts(self, value: &str) -> bool {
        let length = value.len();
        match self {
            Self::Hex(least, most) => {
                (least..=most).contains(&length)
                    && length.is_multiple_of(2)
                    && value.bytes().all(|b| b.is_ascii_hexdigit())
            }
            Self::Digits(least, most) => {
                (least..=most).contains(&length) && value.bytes().all(|b| b.is_ascii_digit())
            }
            Self::Match => matches!(value, "partial" | "exact"),
            Self::Text(least, most) => {
                (least..=most).contains(&length) && value.bytes().all(|b| matches!(b, b' '..=b'~'))
            }
        }
    }

    fn expects(self) -> String {
        match self {
            Self::Hex(least, most) if least == most => format!("{least} hex digits"),
            Self::Hex(least, most) => format!("{least} to {most} hex digits"),
            Self::Digits(least, most) if least == most => format!("{least} digits"),
            Self::Digits(least, most) => format!("{least} to {most} digits"),
            Self::Match => "`partial` or `exact`".into(),
            Self::Text(least, most) => format!("{least} to {most} printable ASCII characters"),
        }
    }

    fn hold(self, file: &FixtureFile, value: &Spanned<String>) -> Result<String, FixtureError> {
        if self.accepts(value.get_ref()) {
            return Ok(value.get_ref().clone());
        }
        Err(file.wrong(value, &format!("expected {}", self.expects())))
    }
}

impl RawChip {
    /// Holds each value against what its record's row takes.
    pub(crate) fn checked(self, file: &FixtureFile) -> Result<ChipParameters, FixtureError> {
        for revoked in &self.revocations {
            if !Takes::Hex(6, 6).accepts(&revoked.get_ref().serial) {
                return Err(file.wrong(revoked, "expected 6 hex digits for `serial`"));
            }
        }
        let exceptions = self
            .exceptions
            .iter()
            .map(|number| Takes::Digits(13, 19).hold(file, number))
            .collect::<Result<_, _>>()?;
        let mut issuers = BTreeMap::new();
        for (bin, name) in &self.issuers {
            if !Takes::Digits(6, 6).accepts(bin) {
                return Err(file.wrong(
                    name,
                    &format!("expected 6 digits in place of `{bin}`: the first ones of its cards"),
                ));
            }
            issuers.insert(bin.clone(), Takes::Text(1, 16).hold(file, name)?);
        }
        Ok(ChipParameters {
            year: Takes::Digits(2, 2).hold(file, &self.year)?,
            key_files: self.key_files.iter().map(|name| file.beside(name)).collect(),
            ca_keys: self.ca_keys,
            revocations: self.revocations.into_iter().map(Spanned::into_inner).collect(),
            applications: self
                .applications
                .iter()
                .map(|rows| application(file, &self.year, rows))
                .collect::<Result<_, _>>()?,
            issuers,
            exceptions,
        })
    }
}

fn application(
    file: &FixtureFile,
    section: &Spanned<String>,
    rows: &BTreeMap<String, Spanned<String>>,
) -> Result<BTreeMap<String, String>, FixtureError> {
    if let Some((name, value)) =
        rows.iter().find(|(name, _)| !APPLICATION.iter().any(|(known, ..)| known == name))
    {
        let known: Vec<_> = APPLICATION.iter().map(|(known, ..)| *known).collect();
        let message = format!("unknown row `{name}` of an application; expected one of {}", known.join(", "));
        return Err(file.wrong(value, &message));
    }
    let mut checked = BTreeMap::new();
    for (name, takes, optional) in APPLICATION {
        match rows.get(name) {
            Some(value) => _ = checked.insert(name.to_owned(), takes.hold(file, value)?),
            None if optional => {}
            None => {
                let place = rows.values().next().unwrap_or(section);
                return Err(
                    file.wrong(place, &format!("expected `{name}` in each of [[chip.applications]]; add it"))
                );
            }
        }
    }
    Ok(checked)
}

impl ChipParameters {
    /// The records of all that needs no key file: calendar, applications, issuers, exceptions.
    #[must_use]
    pub fn plain_records(&self) -> Vec<ProvisioningRecord> {
        let row = |key: &str, value: &str| ProvisioningRecord::new().with(key, value);
        let mut records = vec![row("year", &self.year)];
        records.extend(self.applications.iter().map(record_of));
        records.extend(self.issuers.iter().map(|(bin, name)| row("bin", bin).with("issuer", name)));
        records.extend(self.exceptions.iter().map(|number| row("exception", number)));
        records
    }

    /// The record of these rows. Where they are of an application that the fixture has, those that are left out are as there.
    #[must_use]
    pub fn record_with(&self, rows: &BTreeMap<String, String>) -> ProvisioningRecord {
        let like = rows
            .get("aid")
            .and_then(|aid| self.applications.iter().find(|known| known.get("aid") == Some(aid)));
        let mut all = like.cloned().unwrap_or_default();
        all.extend(rows.clone());
        record_of(&all)
    }
}

impl fmt::Debug for ChipParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChipParameters")
            .field("ca_keys", &self.ca_keys)
            .field("applications", &self.applications)
            .field("exceptions", &self.exceptions.len())
            .finish_non_exhaustive()
    }
}

fn record_of(rows: &BTreeMap<String, String>) -> ProvisioningRecord {
    rows.iter().fold(ProvisioningRecord::new(), |record, (key, value)| record.with(key, value))
}
