//! The acquirer's profile: what hosts differ in.

use std::collections::BTreeMap;
use std::path::Path;

mod chip;
mod money;

use payrig_fixture::FixtureError;
use payrig_keys::{Layout, LengthDigits};
use serde::Deserialize;
use toml::Spanned;

use crate::behaviour::BatchRule;
use crate::card::Card;
use chip::IssuerTable;
pub(crate) use money::month_holds;
use money::{CardTable, MoneyTable};
pub use money::{Money, MoneyCodes};

/// Why a profile was refused; the message names file, line and column.
pub type ProfileError = FixtureError;

/// How a host answers, read from a file such as `fixtures/acquirers/cup.toml`.
#[derive(Clone, Debug)]
pub struct AcquirerProfile {
    /// Its name in plain words.
    pub title: String,
    /// Field 32.
    pub acquirer_id: String,
    /// Whether an answer's TPDU has destination and source exchanged.
    pub swap_tpdu: bool,
    /// An answer's header; the request's where there is none.
    pub header: Option<[u8; 6]>,
    /// Field 13, MMDD.
    pub date: String,
    /// Field 12, hhmmss.
    pub time: String,
    /// The batch that a terminal gets at its first sign-on.
    pub first_batch: u32,
    /// What becomes of its batch at a later one.
    pub batch_rule: BatchRule,
    /// Whether field 62 must name the device.
    pub device_id_required: bool,
    /// Whether field 59 must prove it.
    pub proof_required: bool,
    /// How the proof's lengths may be written.
    pub proof_lengths: Vec<LengthDigits>,
    /// Layout of field 62 by field 60.3.
    pub sign_on: BTreeMap<String, Layout>,
    /// Field 39 by reason.
    pub codes: Codes,
    /// How transactions are served.
    pub money: Money,
    /// The cards that the host knows from the start.
    pub cards: Vec<Card>,
}

/// Field 39 by reason.
#[derive(Clone, Debug)]
pub struct Codes {
    /// No terminal of that merchant is known.
    pub merchant_unknown: String,
    /// The terminal or device is unknown, or not the merchant's.
    pub terminal_unknown: String,
    /// The proof is missing or wrong.
    pub not_proven: String,
    /// A message that this host does not serve.
    pub unsupported: String,
    /// A field that is missing or malformed.
    pub format: String,
    /// A STAN that the device has used before.
    pub duplicate: String,
    /// A fault of the host's own, such as a TMK that cannot encrypt the layout's keys.
    pub system: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    title: String,
    acquirer_id: Spanned<String>,
    tpdu: TpduRule,
    header: Spanned<String>,
    clock: ClockTable,
    batch: BatchTable,
    identity: IdentityTable,
    sign_on: BTreeMap<Spanned<String>, LayoutName>,
    codes: CodesTable,
    money: MoneyTable,
    #[serde(default)]
    issuer: BTreeMap<String, IssuerTable>,
    #[serde(default)]
    card: BTreeMap<Spanned<String>, CardTable>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum TpduRule {
    Swap,
    Echo,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockTable {
    date: Spanned<String>,
    time: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchTable {
    first: Spanned<u32>,
    then: BatchRule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct IdentityTable {
    device_id: Demand,
    proof: Demand,
    proof_lengths: Spanned<Vec<u8>>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Demand {
    Required,
    Optional,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CodesTable {
    merchant_unknown: Spanned<String>,
    terminal_unknown: Spanned<String>,
    not_proven: Spanned<String>,
    unsupported: Spanned<String>,
    format: Spanned<String>,
    duplicate: Spanned<String>,
    system: Spanned<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum LayoutName {
    Single,
    Double,
    DoubleWithTrack,
    Triple,
    TripleWithTrack,
    Sm4,
}

impl AcquirerProfile {
    /// Reads a profile file.
    ///
    /// # Errors
    /// A sentence with file, line and column, or a file that cannot be read.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        Self::from_toml(&path.display().to_string(), &FixtureError::read(path)?)
    }

    /// Reads a profile from the text of its file; `name` is the file's name for messages.
    ///
    /// # Errors
    /// A sentence with file, line and column.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, ProfileError> {
        let file: File = payrig_fixture::parse(name, text)?;
        Checker { file: name, text }.profile(file)
    }
}

/// Holds the text for messages.
struct Checker<'a> {
    file: &'a str,
    text: &'a str,
}

impl Checker<'_> {
    fn profile(&self, file: File) -> Result<AcquirerProfile, ProfileError> {
        let first_batch = *file.batch.first.get_ref();
        let batch = (1..=999_999).contains(&first_batch);
        self.must(batch, &file.batch.first, "a batch number is 1 to 999999")?;
        let issuers = self.issuers(file.issuer)?;
        let acquirer_id = self.digits(file.acquirer_id, 1..=11, "an acquirer id has 1 to 11 digits")?;
        Ok(AcquirerProfile {
            title: file.title,
            acquirer_id,
            swap_tpdu: file.tpdu == TpduRule::Swap,
            header: self.header(file.header)?,
            date: self.date(file.clock.date)?,
            time: self.time(file.clock.time)?,
            first_batch,
            batch_rule: file.batch.then,
            device_id_required: file.identity.device_id == Demand::Required,
            proof_required: file.identity.proof == Demand::Required,
            proof_lengths: self.lengths(&file.identity.proof_lengths)?,
            sign_on: self.layouts(file.sign_on)?,
            codes: self.codes(file.codes)?,
            money: self.money(file.money)?,
            cards: self.cards(file.card, &issuers)?,
        })
    }

    fn must<T>(&self, holds: bool, place: &Spanned<T>, message: &str) -> Result<(), ProfileError> {
        if holds { Ok(()) } else { Err(FixtureError::at(self.file, self.text, place.span(), message)) }
    }

    /// What was read, where something was.
    fn there<T, V>(&self, value: Option<T>, place: &Spanned<V>, message: &str) -> Result<T, ProfileError> {
        value.ok_or_else(|| FixtureError::at(self.file, self.text, place.span(), message))
    }

    fn digits(
        &self,
        value: Spanned<String>,
        count: std::ops::RangeInclusive<usize>,
        message: &str,
    ) -> Result<String, ProfileError> {
        let digits = value.get_ref();
        let holds = count.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        self.must(holds, &value, message)?;
        Ok(value.into_inner())
    }

    fn header(&self, header: Spanned<String>) -> Result<Option<[u8; 6]>, ProfileError> {
        if header.get_ref() == "echo" {
            return Ok(None);
        }
        let mut bytes = [0; 6];
        let read = hex::decode_to_slice(header.get_ref(), &mut bytes);
        self.must(read.is_ok(), &header, "expected \"echo\" or the header's twelve digits")?;
        Ok(Some(bytes))
    }

    fn date(&self, date: Spanned<String>) -> Result<String, ProfileError> {
        let message = "expected a date as MMDD";
        let span = date.span();
        let date = self.digits(date, 4..=4, message)?;
        let number: u32 = date.parse().unwrap_or(0);
        let holds = (1..=12).contains(&(number / 100)) && (1..=31).contains(&(number % 100));
        self.must(holds, &Spanned::new(span, ()), message)?;
        Ok(date)
    }

    fn time(&self, time: Spanned<String>) -> Result<String, ProfileError> {
        let message = "expected a time as hhmmss";
        let span = time.span();
        let time = self.digits(time, 6..=6, message)?;
        let number: u32 = time.parse().unwrap_or(0);
        let holds = number / 10_000 < 24 && number / 100 % 100 < 60 && number % 100 < 60;
        self.must(holds, &Spanned::new(span, ()), message)?;
        Ok(time)
    }

    fn lengths(&self, lengths: &Spanned<Vec<u8>>) -> Result<Vec<LengthDigits>, ProfileError> {
        let known = |n: &u8| match n {
            3 => Some(LengthDigits::Three),
            2 => Some(LengthDigits::Two),
            _ => None,
        };
        let read: Option<Vec<_>> = lengths.get_ref().iter().map(known).collect();
        let read = read.filter(|l| !l.is_empty());
        self.must(read.is_some(), lengths, "expected [3], [2], [3, 2] or [2, 3]")?;
        Ok(read.unwrap_or_default())
    }

    fn layouts(
        &self,
        table: BTreeMap<Spanned<String>, LayoutName>,
    ) -> Result<BTreeMap<String, Layout>, ProfileError> {
        let named = |(code, layout)| {
            let code = self.digits(code, 3..=3, "field 60.3 has three digits")?;
            Ok((code, Layout::from(layout)))
        };
        table.into_iter().map(named).collect()
    }

    /// Field 39 of a refusal.
    fn refusal(&self, value: Spanned<String>) -> Result<String, ProfileError> {
        let place = Spanned::new(value.span(), ());
        let code = self.response_code(value)?;
        self.must(code != "00", &place, "00 means approved: no reason to refuse")?;
        Ok(code)
    }

    fn response_code(&self, value: Spanned<String>) -> Result<String, ProfileError> {
        let holds = value.get_ref().len() == 2 && value.get_ref().bytes().all(|b| b.is_ascii_alphanumeric());
        self.must(holds, &value, "a response code is two letters or digits")?;
        Ok(value.into_inner())
    }

    fn codes(&self, codes: CodesTable) -> Result<Codes, ProfileError> {
        let code = |value| self.refusal(value);
        Ok(Codes {
            merchant_unknown: code(codes.merchant_unknown)?,
            terminal_unknown: code(codes.terminal_unknown)?,
            not_proven: code(codes.not_proven)?,
            unsupported: code(codes.unsupported)?,
            format: code(codes.format)?,
            duplicate: code(codes.duplicate)?,
            system: code(codes.system)?,
        })
    }
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Single => Self::Single,
            LayoutName::Double => Self::Double,
            LayoutName::DoubleWithTrack => Self::DoubleWithTrack,
            LayoutName::Triple => Self::Triple,
            LayoutName::TripleWithTrack => Self::TripleWithTrack,
            LayoutName::Sm4 => Self::Sm4,
        }
    }
}
