//! What a receipt tells.

use std::fmt;

use super::{
    labels::{ReceiptLabel, ReceiptLabels},
    receipt::Receipt,
    slip_error::SlipError,
};

/// The most digits of an amount.
const LONGEST_AMOUNT: usize = 12;

/// What a receipt tells the one to whom it is handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// What was done.
    pub kind: SlipKind,
    /// Whose copy it is.
    pub copy: SlipCopy,
    /// It was printed before.
    pub reprint: bool,
    /// Field 42.
    pub merchant: String,
    /// Field 41.
    pub terminal: String,
    /// The masked card number.
    pub card: String,
    /// How the card came in, as `M` for keyed in; nothing where the receipt does not tell.
    pub entry: Option<String>,
    /// 6 digits.
    pub batch: String,
    /// The voucher number, 6 digits.
    pub stan: String,
    /// A void's: the STAN of the sale.
    pub original: Option<String>,
    /// Field 38, where there was one.
    pub authorisation: Option<String>,
    /// Field 37.
    pub reference: String,
    /// Month, day and time, as they are printed.
    pub date: String,
    /// In the smallest unit of the currency.
    pub amount: u64,
    /// The customer is to sign it.
    pub signature: bool,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipKind {
    /// A sale.
    Sale,
    /// The void of a sale.
    Void,
}

/// Whose copy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipCopy {
    /// The merchant's.
    Merchant,
    /// The customer's.
    Customer,
}

impl Slip {
    /// Reads a receipt by the words of its terminal.
    ///
    /// # Errors
    /// [`SlipError`]: the first line or row that the receipt lacks, or whose value is none.
    pub fn read(receipt: &Receipt, labels: &ReceiptLabels) -> Result<Self, SlipError> {
        let reader = SlipReader { receipt, labels, lines: lines(receipt) };
        reader.line(ReceiptLabel::Title)?.ok_or_else(|| reader.missing("a line", ReceiptLabel::Title))?;
        let kind = reader.kind()?;
        let (card, entry) = reader.card()?;
        Ok(Self {
            kind,
            copy: reader.copy()?,
            reprint: reader.line(ReceiptLabel::Reprint)?.is_some(),
            merchant: reader.value(ReceiptLabel::Merchant, "a merchant number", is_word)?,
            terminal: reader.value(ReceiptLabel::Terminal, "a terminal number", is_word)?,
            card,
            entry,
            batch: reader.value(ReceiptLabel::Batch, "6 digits", is_number)?,
            stan: reader.value(ReceiptLabel::Voucher, "6 digits", is_number)?,
            original: match kind {
                SlipKind::Void => Some(reader.value(ReceiptLabel::Original, "6 digits", is_number)?),
                SlipKind::Sale => None,
            },
            authorisation: match reader.row(ReceiptLabel::Authorisation)? {
                Some(_) => Some(reader.value(ReceiptLabel::Authorisation, "a code", is_word)?),
                None => None,
            },
            reference: reader.value(ReceiptLabel::Reference, "a reference", is_word)?,
            date: reader.value(ReceiptLabel::Date, "date and time", |date| !date.is_empty())?,
            amount: reader.amount()?,
            signature: reader.line(ReceiptLabel::Signature)?.is_some(),
        })
    }
}

/// In a line, without what only tells that it is a receipt.
impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind == SlipKind::Sale { "sale" } else { "void" };
        let copy = if self.copy == SlipCopy::Merchant { "merchant" } else { "customer" };
        let (yuan, cents) = (self.amount / 100, self.amount % 100);
        write!(f, "{kind} {} of batch {}, {yuan}.{cents:02}, {copy}'s copy", self.stan, self.batch)?;
        f.write_str(if self.reprint { ", reprint" } else { "" })
    }
}

/// A line of the paper: its number from 1, its text without blanks at its ends.
type NumberedLine = (usize, String);

fn lines(receipt: &Receipt) -> Vec<NumberedLine> {
    let text = |(number, line): (usize, &super::PrintedLine)| (number, line.text().trim().to_owned());
    (1..).zip(&receipt.lines).map(text).collect()
}

struct SlipReader<'r> {
    receipt: &'r Receipt,
    labels: &'r ReceiptLabels,
    lines: Vec<NumberedLine>,
}

impl SlipReader<'_> {
    fn kind(&self) -> Result<SlipKind, SlipError> {
        let (number, value) = self.required(ReceiptLabel::Type)?;
        let is = |label| self.labels.texts(label).iter().any(|text| text == value);
        match (is(ReceiptLabel::Sale), is(ReceiptLabel::Void)) {
            (true, _) => Ok(SlipKind::Sale),
            (_, true) => Ok(SlipKind::Void),
            _ => {
                let (sale, void) =
                    (self.labels.named(ReceiptLabel::Sale), self.labels.named(ReceiptLabel::Void));
                let expected = format!("{sale} or {void}");
                Err(self.wrong(ReceiptLabel::Type, number, &expected, Some(value)))
            }
        }
    }

    fn copy(&self) -> Result<SlipCopy, SlipError> {
        let [merchant, customer] = [ReceiptLabel::MerchantCopy, ReceiptLabel::CustomerCopy];
        match (self.line(merchant)?, self.line(customer)?) {
            (Some(_), None) => Ok(SlipCopy::Merchant),
            (None, Some(_)) => Ok(SlipCopy::Customer),
            (Some(first), Some(second)) => {
                let labels =
                    format!("either {} or {}", self.labels.named(merchant), self.labels.named(customer));
                Err(SlipError::Twice { labels, first, second })
            }
            (None, None) => {
                let labels = format!("{} or {}", self.labels.named(merchant), self.labels.named(customer));
                let what = "a line that names the copy,".into();
                Err(SlipError::Missing { what, labels, cut_short: self.receipt.cut_short })
            }
        }
    }

    /// The masked card number, and how it came in. Whatever else stands there is not shown.
    fn card(&self) -> Result<(String, Option<String>), SlipError> {
        let (number, value) = self.required(ReceiptLabel::Card)?;
        let (card, entry) = value.split_once(' ').map_or((value, None), |(card, entry)| (card, Some(entry)));
        let digits = card.bytes().filter(u8::is_ascii_digit).count();
        let masked = card.bytes().all(|b| b.is_ascii_digit() || b == b'*');
        if masked && (13..=19).contains(&card.len()) && digits <= 10 {
            return Ok((card.to_owned(), entry.map(|entry| entry.trim().to_owned())));
        }
        let expected =
            "a card number of 13 to 19 places that shows no more than its first six and last four digits";
        Err(self.wrong(ReceiptLabel::Card, number, expected, None))
    }

    /// The amount, a decimal point and two decimals behind the currency.
    fn amount(&self) -> Result<u64, SlipError> {
        let (number, value) = self.required(ReceiptLabel::Amount)?;
        let currencies = self.labels.texts(ReceiptLabel::Currency);
        let figure = currencies.iter().find_map(|currency| value.strip_prefix(currency.as_str()));
        let smallest = figure.and_then(|figure| {
            let (whole, decimals) = figure.trim_start_matches(' ').split_once('.')?;
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let plain = digits(whole) && digits(decimals) && decimals.len() == 2;
            let all = format!("{whole}{decimals}");
            all.parse().ok().filter(|_| plain && all.len() <= LONGEST_AMOUNT)
        });
        smallest.ok_or_else(|| {
            let expected = format!(
                "{} and an amount of at most {LONGEST_AMOUNT} digits, two of them behind a point,",
                self.labels.named(ReceiptLabel::Currency)
            );
            self.wrong(ReceiptLabel::Amount, number, &expected, Some(value))
        })
    }

    /// The value of a row that must be there.
    fn value(
        &self,
        label: ReceiptLabel,
        expected: &str,
        is_right: fn(&str) -> bool,
    ) -> Result<String, SlipError> {
        let (number, value) = self.required(label)?;
        match is_right(value) {
            true => Ok(value.to_owned()),
            false => Err(self.wrong(label, number, expected, Some(value))),
        }
    }

    fn required(&self, label: ReceiptLabel) -> Result<(usize, &str), SlipError> {
        self.row(label)?.ok_or_else(|| self.missing("a row", label))
    }

    /// The number of a label's line.
    fn line(&self, label: ReceiptLabel) -> Result<Option<usize>, SlipError> {
        let found = self.lines.iter().filter(|(_, line)| self.labels.line(line) == Some(label));
        self.once(label, found.map(|(number, _)| (*number, ()))).map(|found| found.map(|(number, ())| number))
    }

    /// The number and the value of a label's row.
    fn row(&self, label: ReceiptLabel) -> Result<Option<(usize, &str)>, SlipError> {
        let rows = self.lines.iter().filter(|(_, line)| self.labels.line(line).is_none());
        let rows = rows.filter_map(|(number, line)| Some((*number, self.labels.row(line)?)));
        let found = rows.filter(|(_, (of, _))| *of == label).map(|(number, (_, value))| (number, value));
        self.once(label, found)
    }

    fn once<T>(
        &self,
        label: ReceiptLabel,
        mut found: impl Iterator<Item = (usize, T)>,
    ) -> Result<Option<(usize, T)>, SlipError> {
        let first = found.next();
        match (&first, found.next()) {
            (Some((first, _)), Some((second, _))) => {
                Err(SlipError::Twice { labels: self.labels.named(label), first: *first, second })
            }
            _ => Ok(first),
        }
    }

    fn missing(&self, what: &str, label: ReceiptLabel) -> SlipError {
        let what = format!("{what} for `{}`,", label.name());
        SlipError::Missing { what, labels: self.labels.named(label), cut_short: self.receipt.cut_short }
    }

    fn wrong(&self, label: ReceiptLabel, line: usize, expected: &str, found: Option<&str>) -> SlipError {
        SlipError::Value {
            line,
            labels: self.labels.named(label),
            expected: expected.to_owned(),
            found: found.map(str::to_owned),
        }
    }
}

fn is_word(value: &str) -> bool {
    !value.is_empty() && !value.contains(' ')
}

fn is_number(value: &str) -> bool {
    value.len() == 6 && value.bytes().all(|b| b.is_ascii_digit())
}
