//! Reads the rows of the terminal's screens about money (INTERFACE.md, section 4).

use payrig_acquirer::TransactionKind;
use payrig_operator::{Screen, ScreenWord, ScreenWords};

use super::{Origin, RecordState, Sum, TerminalRecord, Told, Totals, money};
use crate::Finding;

/// A screen whose rows are read one by one, in the words of its terminal.
#[derive(Clone, Copy)]
struct Rows<'s>(&'s Screen, &'s ScreenWords);

impl<'s> Rows<'s> {
    fn text(&self, row: usize) -> &'s str {
        self.0.rows.get(row - 1).map_or("", |text| text.trim_end())
    }

    /// What `read` makes of a row, counted from 1.
    fn read<T>(&self, row: usize, expected: &str, read: impl Fn(&'s str) -> Option<T>) -> Result<T, Finding> {
        let text = self.text(row);
        read(text).ok_or_else(|| {
            Finding::terminal(format!("expected {expected} in row {row}, it reads `{text}`:\n{}", self.0))
        })
    }

    /// What `read` makes of the values in a row of these words.
    fn values<T>(
        &self,
        row: usize,
        word: ScreenWord,
        read: impl Fn(&[&'s str]) -> Option<T>,
    ) -> Result<T, Finding> {
        self.read(row, &self.1.named(word), |text| read(&self.1.values(word, text)?))
    }

    fn words(&self, row: usize, word: ScreenWord) -> Result<(), Finding> {
        self.values(row, word, |_| Some(()))
    }

    fn amount(&self, row: usize) -> Result<u64, Finding> {
        self.read(row, "`CNY` and an amount", |text| money::read(text.strip_prefix("CNY ")?))
    }

    fn card(&self, row: usize) -> Result<String, Finding> {
        self.read(row, "a card number that shows six and four digits", |text| {
            is_masked(text).then(|| text.to_owned())
        })
    }

    fn six(&self, row: usize, word: ScreenWord) -> Result<String, Finding> {
        self.values(row, word, |values| six(values.first()?))
    }

    fn count(&self, row: usize, word: ScreenWord) -> Result<u64, Finding> {
        self.values(row, word, |values| number(values.first()?))
    }

    /// Which of these words a row reads.
    fn one_of<T: Copy>(&self, row: usize, words: &[(ScreenWord, T)]) -> Result<T, Finding> {
        let named: Vec<_> = words.iter().map(|(word, _)| self.1.named(*word)).collect();
        self.read(row, &named.join(" or "), |text| {
            words.iter().find(|(word, _)| self.1.values(*word, text).is_some()).map(|(_, meaning)| *meaning)
        })
    }
}

/// A page of the records, M240.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RecordPage {
    /// Which one it is, from 1.
    pub(crate) number: u64,
    /// Of so many.
    pub(crate) of: u64,
    pub(crate) record: TerminalRecord,
}

impl RecordPage {
    pub(crate) fn read(screen: &Screen, words: &ScreenWords) -> Result<Self, Finding> {
        let rows = Rows(screen, words);
        let (number, of) = rows.values(2, ScreenWord::Record, |values| match values {
            [number, of] => Some((number_from_one(number)?, number_from_one(of)?)),
            _ => None,
        })?;
        let (kind, stan, original) = rows.transaction(3)?;
        let batch = rows.six(4, ScreenWord::Batch)?;
        let (amount, card) = (rows.amount(5)?, rows.card(6)?);
        let state = rows.one_of(7, &RecordState::ALL.map(|state| (state.screen_word(), state)))?;
        Ok(Self { number, of, record: TerminalRecord { kind, stan, original, batch, amount, card, state } })
    }

    /// Row 2 of the page behind this one, in the language of this one.
    pub(crate) fn next_title(&self, screen: &Screen, words: &ScreenWords) -> Option<String> {
        let (next, of) = ((self.number + 1).to_string(), self.of.to_string());
        words.in_place_of(ScreenWord::Record, Rows(screen, words).text(2), &[&next, &of])
    }
}

/// The totals, M242.
pub(crate) fn totals(screen: &Screen, words: &ScreenWords) -> Result<Totals, Finding> {
    let rows = Rows(screen, words);
    rows.words(2, ScreenWord::Totals)?;
    let sales = Sum { count: rows.count(3, ScreenWord::Sales)?, amount: rows.amount(4)? };
    let voids = Sum { count: rows.count(5, ScreenWord::Voids)?, amount: rows.amount(6)? };
    Ok(Totals { sales, voids })
}

/// An empty journal, M241.
pub(crate) fn no_records(screen: &Screen, words: &ScreenWords) -> Result<(), Finding> {
    let rows = Rows(screen, words);
    rows.words(2, ScreenWord::Records)?;
    rows.words(3, ScreenWord::NoRecords)
}

/// An approval, M211; nothing where it is one without the host, whose voucher number only its receipt tells.
pub(crate) fn approval(screen: &Screen, words: &ScreenWords) -> Result<Option<Told>, Finding> {
    let rows = Rows(screen, words);
    let kinds = [(ScreenWord::Sale, TransactionKind::Sale), (ScreenWord::Void, TransactionKind::Void)];
    let kind = rows.one_of(2, &kinds)?;
    rows.words(3, ScreenWord::Approved)?;
    let amount = rows.amount(4)?;
    rows.card(5)?;
    if kind == TransactionKind::Sale && words.values(ScreenWord::ApprovedOffline, rows.text(6)).is_some() {
        return Ok(None);
    }
    let stan = rows.six(6, ScreenWord::Voucher)?;
    let (batch, original, origin) = (None, None, Origin::Screen);
    Ok(Some(Told { kind, stan, batch, original, amount, origin, offline: false }))
}

impl Rows<'_> {
    /// A sale with its STAN, or a void with its own and the sale's.
    fn transaction(&self, row: usize) -> Result<(TransactionKind, String, Option<String>), Finding> {
        let words = self.1;
        let expected =
            format!("{} or {}", words.named(ScreenWord::RecordOfSale), words.named(ScreenWord::RecordOfVoid));
        self.read(row, &expected, |text| {
            if let Some([stan]) = words.values(ScreenWord::RecordOfSale, text).as_deref() {
                return Some((TransactionKind::Sale, six(stan)?, None));
            }
            match words.values(ScreenWord::RecordOfVoid, text)?.as_slice() {
                [stan, original] => Some((TransactionKind::Void, six(stan)?, Some(six(original)?))),
                _ => None,
            }
        })
    }
}

fn six(text: &str) -> Option<String> {
    (text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned())
}

fn number(text: &str) -> Option<u64> {
    let plain = text == "0" || !text.starts_with('0');
    (plain && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn number_from_one(text: &str) -> Option<u64> {
    number(text).filter(|number| *number > 0)
}

/// 13 to 19 characters: digits, and `*` for all but the first six and the last four.
fn is_masked(text: &str) -> bool {
    let hidden = 6..text.len().saturating_sub(4);
    let right =
        |(at, byte): (usize, u8)| if hidden.contains(&at) { byte == b'*' } else { byte.is_ascii_digit() };
    (13..=19).contains(&text.len()) && text.bytes().enumerate().all(right)
}
