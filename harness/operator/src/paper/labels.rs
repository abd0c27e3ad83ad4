//! What a terminal's receipts call what they tell: the `[receipt]` section of a panel.

use std::collections::BTreeMap;

use payrig_fixture::{FixtureError, FixtureFile};
use serde::Deserialize;
use toml::Spanned;

use super::receipt::Receipt;

/// Something that a receipt says in words of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptLabel {
    /// A line: it is a receipt of a card payment.
    Title,
    /// A line: it is the record of a TMK ceremony, and no receipt of a payment.
    Ceremony,
    /// A line: the copy that the merchant keeps.
    MerchantCopy,
    /// A line: the copy that the customer keeps.
    CustomerCopy,
    /// A line: it was printed before.
    Reprint,
    /// A line: the customer signs here.
    Signature,
    /// A row: field 42.
    Merchant,
    /// A row: field 41.
    Terminal,
    /// A row: the masked card number, and behind a blank how it was entered.
    Card,
    /// A row: the kind of transaction.
    Type,
    /// A row: 6 digits.
    Batch,
    /// A row: the STAN.
    Voucher,
    /// A row of a void: the STAN of the sale.
    Original,
    /// A row: field 38.
    Authorisation,
    /// A row: field 37.
    Reference,
    /// A row: month, day and time.
    Date,
    /// A row: a chip's cryptogram, 16 hex digits.
    Cryptogram,
    /// A row: the amount.
    Amount,
    /// The value of the type's row for a sale.
    Sale,
    /// The value of the type's row for a void.
    Void,
    /// What stands before an amount.
    Currency,
}

impl ReceiptLabel {
    /// Those that are a whole line.
    pub(super) const LINES: [Self; 6] =
        [Self::Title, Self::Ceremony, Self::MerchantCopy, Self::CustomerCopy, Self::Reprint, Self::Signature];
    /// Those with which a row begins.
    pub(super) const ROWS: [Self; 12] = [
        Self::Merchant,
        Self::Terminal,
        Self::Card,
        Self::Type,
        Self::Batch,
        Self::Voucher,
        Self::Original,
        Self::Authorisation,
        Self::Reference,
        Self::Date,
        Self::Cryptogram,
        Self::Amount,
    ];
    /// Those that are part of a row's value.
    const VALUES: [Self; 3] = [Self::Sale, Self::Void, Self::Currency];

    fn all() -> impl Iterator<Item = Self> {
        Self::LINES.into_iter().chain(Self::ROWS).chain(Self::VALUES)
    }

    /// Its name in the panel's fixture.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Ceremony => "ceremony",
            Self::MerchantCopy => "merchant-copy",
            Self::CustomerCopy => "customer-copy",
            Self::Reprint => "reprint",
            Self::Signature => "signature",
            Self::Merchant => "merchant",
            Self::Terminal => "terminal",
            Self::Card => "card",
            Self::Type => "type",
            Self::Batch => "batch",
            Self::Voucher => "voucher",
            Self::Original => "original",
            Self::Authorisation => "authorisation",
            Self::Reference => "reference",
            Self::Date => "date",
            Self::Cryptogram => "cryptogram",
            Self::Amount => "amount",
            Self::Sale => "sale",
            Self::Void => "void",
            Self::Currency => "currency",
        }
    }
}

/// The `[receipt]` section as it is written.
pub(crate) type RawLabels = BTreeMap<ReceiptLabel, Spanned<Vec<Spanned<String>>>>;

/// The words of a terminal's receipts, in each language that it prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLabels(BTreeMap<ReceiptLabel, Vec<String>>);

impl ReceiptLabels {
    /// Takes a section that names every label and no text twice.
    pub(crate) fn read(file: &FixtureFile, raw: &Spanned<RawLabels>) -> Result<Self, FixtureError> {
        let section = raw.get_ref();
        if let Some(label) = ReceiptLabel::all().find(|label| !section.contains_key(label)) {
            let problem = format!("expected `{}` in [receipt]; add it", label.name());
            return Err(file.wrong(raw, &problem));
        }
        let mut taken = BTreeMap::new();
        for (label, texts) in section {
            if texts.get_ref().is_empty() {
                return Err(file.wrong(texts, "expected at least one text"));
            }
            for text in texts.get_ref() {
                if text.get_ref().is_empty() || text.get_ref().trim() != text.get_ref() {
                    return Err(file.wrong(text, "expected a text without blanks at its ends"));
                }
                if let Some(other) = taken.insert(text.get_ref(), *label) {
                    let problem = format!("`{}` stands for `{}` already", text.get_ref(), other.name());
                    return Err(file.wrong(text, &problem));
                }
            }
        }
        let plain = |texts: &Spanned<Vec<Spanned<String>>>| {
            texts.get_ref().iter().map(|text| text.get_ref().clone()).collect()
        };
        Ok(Self(section.iter().map(|(label, texts)| (*label, plain(texts))).collect()))
    }

    /// The texts of a label.
    #[must_use]
    pub fn texts(&self, label: ReceiptLabel) -> &[String] {
        self.0.get(&label).map_or(&[], Vec::as_slice)
    }

    /// The texts of a label, for a message.
    pub(super) fn named(&self, label: ReceiptLabel) -> String {
        let texts: Vec<_> = self.texts(label).iter().map(|text| format!("`{text}`")).collect();
        texts.join(" or ")
    }

    /// Whether a paper is the record of a TMK ceremony, by its first line with text.
    #[must_use]
    pub fn is_ceremony(&self, receipt: &Receipt) -> bool {
        let mut lines = receipt.written().iter().map(|line| line.text().trim().to_owned());
        lines
            .find(|line| !line.is_empty())
            .is_some_and(|line| self.line(&line) == Some(ReceiptLabel::Ceremony))
    }

    /// Whether a paper tells of an approval that no host has made: its authorisation is Y1 or Y3 (EMV Book 4, A6), and its time the terminal's own.
    #[must_use]
    pub fn is_approved_offline(&self, receipt: &Receipt) -> bool {
        receipt.written().iter().any(|line| {
            let text = line.text();
            let row = self.row(text.trim());
            row.is_some_and(|(label, value)| {
                label == ReceiptLabel::Authorisation && matches!(value, "Y1" | "Y3")
            })
        })
    }

    /// A row without the digits of the cryptogram that it tells; another row as it is.
    #[must_use]
    pub fn without_cryptogram(&self, row: &str) -> String {
        let digits = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        match self.row(row.trim_start()) {
            Some((ReceiptLabel::Cryptogram, value)) if digits(value.trim_end()) => {
                row.replace(value.trim_end(), "----------------")
            }
            _ => row.to_owned(),
        }
    }

    /// The label of a whole line.
    pub(super) fn line(&self, line: &str) -> Option<ReceiptLabel> {
        let is = |label: &ReceiptLabel| self.texts(*label).iter().any(|text| text == line);
        ReceiptLabel::LINES.into_iter().find(is)
    }

    /// The label of a row and its value: the longest label with which the line begins, before a blank or a colon.
    pub(super) fn row<'l>(&self, line: &'l str) -> Option<(ReceiptLabel, &'l str)> {
        let texts = ReceiptLabel::ROWS
            .into_iter()
            .flat_map(|label| self.texts(label).iter().map(move |text| (label, text)));
        let begun = texts.filter_map(|(label, text)| {
            let rest = line.strip_prefix(text.as_str())?;
            let ends = rest.is_empty() || rest.starts_with([' ', ':', '：']);
            ends.then(|| (text.len(), label, rest.trim_start_matches([' ', ':', '：'])))
        });
        begun.max_by_key(|(length, ..)| *length).map(|(_, label, value)| (label, value))
    }
}
