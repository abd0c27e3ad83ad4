//! What the terminal's journal holds, as its records tell it.

use std::fmt;

use payrig_acquirer::TransactionKind;
use payrig_operator::ScreenWord;

/// The terminal's records, and their totals as it shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// In the order in which it shows them.
    pub records: Vec<TerminalRecord>,
    /// What it says that they come to.
    pub totals: Totals,
}

/// A record of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalRecord {
    /// A sale or a void.
    pub kind: TransactionKind,
    /// Field 11: the voucher number, 6 digits.
    pub stan: String,
    /// A void's sale, by its STAN.
    pub original: Option<String>,
    /// Field 60.2, 6 digits.
    pub batch: String,
    /// In the currency's smallest unit.
    pub amount: u64,
    /// The card's number, masked.
    pub card: String,
    /// What has become of it.
    pub state: RecordState,
}

/// What the terminal says has become of a transaction (INTERFACE.md, section 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordState {
    /// Approved and in force.
    Captured,
    /// A sale whose void is captured.
    Voided,
    /// To be reversed before the next transaction.
    ReversalDue,
    /// The host has closed its reversal.
    Reversed,
    /// Its reversal was given up.
    ReversalOpen,
    /// A lost entry may have captured it.
    InDoubt,
}

impl RecordState {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Captured, Self::Voided, Self::ReversalDue, Self::Reversed, Self::ReversalOpen, Self::InDoubt];

    /// What the terminal's screens have words for.
    pub(crate) const fn screen_word(self) -> ScreenWord {
        match self {
            Self::Captured => ScreenWord::Captured,
            Self::Voided => ScreenWord::Voided,
            Self::ReversalDue => ScreenWord::ReversalDue,
            Self::Reversed => ScreenWord::Reversed,
            Self::ReversalOpen => ScreenWord::ReversalOpen,
            Self::InDoubt => ScreenWord::InDoubt,
        }
    }

    /// The words in a report.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Captured => "Captured",
            Self::Voided => "Voided",
            Self::ReversalDue => "Reversal due",
            Self::Reversed => "Reversed",
            Self::ReversalOpen => "Reversal open",
            Self::InDoubt => "In doubt",
        }
    }
}

impl fmt::Display for RecordState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// How many transactions there are of a kind, and what they come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// In the currency's smallest unit.
    pub amount: u64,
}

impl Sum {
    pub(crate) fn add(&mut self, amount: u64) {
        self.count += 1;
        self.amount = self.amount.saturating_add(amount);
    }
}

/// What is in force: a voided sale counts as a sale, its void as a void.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The sales.
    pub sales: Sum,
    /// The voids.
    pub voids: Sum,
}

impl Totals {
    /// What `records` come to.
    #[must_use]
    pub fn of(records: &[TerminalRecord]) -> Self {
        let mut totals = Self::default();
        for record in records {
            if matches!(record.state, RecordState::Captured | RecordState::Voided) {
                totals.of_kind(record.kind).add(record.amount);
            }
        }
        totals
    }

    pub(crate) fn of_kind(&mut self, kind: TransactionKind) -> &mut Sum {
        match kind {
            TransactionKind::Sale => &mut self.sales,
            TransactionKind::Void => &mut self.voids,
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = super::money::shown;
        let Self { sales, voids } = self;
        write!(
            f,
            "{} sales of {}, {} voids of {}",
            sales.count,
            shown(sales.amount),
            voids.count,
            shown(voids.amount)
        )
    }
}
