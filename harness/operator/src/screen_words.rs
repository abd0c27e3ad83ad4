//! What a terminal's screens call what they tell: the `[screens]` section of a panel.

use std::collections::BTreeMap;

use payrig_fixture::{FixtureError, FixtureFile};
use serde::Deserialize;
use toml::Spanned;

use crate::template::Template;

/// Something that a screen says in words of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScreenWord {
    /// A sale, where its kind stands alone.
    Sale,
    /// A void, where its kind stands alone.
    Void,
    /// It was approved.
    Approved,
    /// It was approved without the host.
    ApprovedOffline,
    /// A voucher: its STAN.
    Voucher,
    /// A page of the records: which one, of how many.
    Record,
    /// A sale among the records: its STAN.
    RecordOfSale,
    /// A void among the records: its STAN and the sale's.
    RecordOfVoid,
    /// A batch: its number.
    Batch,
    /// A record's state.
    Captured,
    /// A record's state.
    Voided,
    /// A record's state.
    ReversalDue,
    /// A record's state.
    Reversed,
    /// A record's state.
    ReversalOpen,
    /// A record's state.
    InDoubt,
    /// The title of an empty journal.
    Records,
    /// The journal is empty.
    NoRecords,
    /// The title of the totals.
    Totals,
    /// How many sales there are.
    Sales,
    /// How many voids there are.
    Voids,
}

impl ScreenWord {
    const ALL: [Self; 20] = [
        Self::Sale,
        Self::Void,
        Self::Approved,
        Self::ApprovedOffline,
        Self::Voucher,
        Self::Record,
        Self::RecordOfSale,
        Self::RecordOfVoid,
        Self::Batch,
        Self::Captured,
        Self::Voided,
        Self::ReversalDue,
        Self::Reversed,
        Self::ReversalOpen,
        Self::InDoubt,
        Self::Records,
        Self::NoRecords,
        Self::Totals,
        Self::Sales,
        Self::Voids,
    ];

    /// Its name in the panel's fixture.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Void => "void",
            Self::Approved => "approved",
            Self::ApprovedOffline => "approved-offline",
            Self::Voucher => "voucher",
            Self::Record => "record",
            Self::RecordOfSale => "record-of-sale",
            Self::RecordOfVoid => "record-of-void",
            Self::Batch => "batch",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::ReversalDue => "reversal-due",
            Self::Reversed => "reversed",
            Self::ReversalOpen => "reversal-open",
            Self::InDoubt => "in-doubt",
            Self::Records => "records",
            Self::NoRecords => "no-records",
            Self::Totals => "totals",
            Self::Sales => "sales",
            Self::Voids => "voids",
        }
    }

    /// How many values its text has places for.
    const fn places(self) -> usize {
        match self {
            Self::Record | Self::RecordOfVoid => 2,
            Self::Voucher | Self::RecordOfSale | Self::Batch | Self::Sales | Self::Voids => 1,
            _ => 0,
        }
    }
}

/// The `[screens]` section as it is written.
pub(crate) type RawWords = BTreeMap<ScreenWord, Spanned<Vec<Spanned<String>>>>;

/// The words of a terminal's screens, in each language that it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenWords(BTreeMap<ScreenWord, Vec<Template>>);

impl ScreenWords {
    /// Takes a section that names every word, each with as many places for values as it has.
    pub(crate) fn read(file: &FixtureFile, raw: &Spanned<RawWords>) -> Result<Self, FixtureError> {
        let section = raw.get_ref();
        if let Some(word) = ScreenWord::ALL.iter().find(|word| !section.contains_key(word)) {
            let problem = format!("expected `{}` in [screens]; add it", word.name());
            return Err(file.wrong(raw, &problem));
        }
        let taken = section.iter().map(|(word, texts)| Ok((*word, templates(file, *word, texts)?)));
        Ok(Self(taken.collect::<Result<_, FixtureError>>()?))
    }

    /// The values in a row that says this in any language.
    #[must_use]
    pub fn values<'r>(&self, word: ScreenWord, row: &'r str) -> Option<Vec<&'r str>> {
        self.templates(word).iter().find_map(|template| template.values(row))
    }

    /// The row that says this with these values in place of those of `like`, in the language of `like`: a row that says the same of other
    /// values.
    #[must_use]
    pub fn in_place_of(&self, word: ScreenWord, like: &str, values: &[&str]) -> Option<String> {
        let template = self.templates(word).iter().find(|template| template.values(like).is_some())?;
        Some(template.with(values))
    }

    /// The texts of a word, for a message.
    #[must_use]
    pub fn named(&self, word: ScreenWord) -> String {
        let texts: Vec<_> =
            self.templates(word).iter().map(|template| format!("`{}`", template.text())).collect();
        texts.join(" or ")
    }

    fn templates(&self, word: ScreenWord) -> &[Template] {
        self.0.get(&word).map_or(&[], Vec::as_slice)
    }
}

fn templates(
    file: &FixtureFile,
    word: ScreenWord,
    texts: &Spanned<Vec<Spanned<String>>>,
) -> Result<Vec<Template>, FixtureError> {
    if texts.get_ref().is_empty() {
        return Err(file.wrong(texts, "expected at least one text"));
    }
    let template = |text: &Spanned<String>| {
        let plain = text.get_ref();
        if plain.is_empty() || plain.trim() != plain {
            return Err(file.wrong(text, "expected a text without blanks at its ends"));
        }
        let places = word.places();
        Template::new(plain).filter(|template| template.places() == places).ok_or_else(|| {
            let problem = format!("expected {places} places for values, such as `«n»`, with words between");
            file.wrong(text, &problem)
        })
    };
    texts.get_ref().iter().map(template).collect()
}
