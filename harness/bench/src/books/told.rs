//! What customers were told.

use payrig_acquirer::TransactionKind;

/// That a transaction was approved, as somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// A sale or a void.
    pub kind: TransactionKind,
    /// The voucher number.
    pub stan: String,
    /// The batch; a screen does not say it.
    pub batch: Option<String>,
    /// A void's sale, by its STAN; a screen does not say it.
    pub original: Option<String>,
    /// In the currency's smallest unit.
    pub amount: u64,
    /// By what.
    pub origin: Origin,
    /// Whether the card approved it without the host, as a chip may.
    pub offline: bool,
}

/// By what somebody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// By the terminal's screen.
    Screen,
    /// By a receipt: either copy, or a reprint of it.
    Receipt,
}

impl Origin {
    /// The word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Receipt => "receipt",
        }
    }
}

/// What was told once, by a screen, by copies of a receipt, or by both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tale {
    pub(crate) told: Told,
    pub(crate) origins: Vec<Origin>,
}

impl Tale {
    /// The same transaction, as far as both say it.
    fn is_copy(&self, other: &Told) -> bool {
        let agrees = |mine: &Option<String>, other: &Option<String>| match (mine, other) {
            (Some(mine), Some(other)) => mine == other,
            _ => true,
        };
        let told = &self.told;
        (told.kind, &told.stan, told.amount) == (other.kind, &other.stan, other.amount)
            && agrees(&told.batch, &other.batch)
            && agrees(&told.original, &other.original)
    }

    fn take(&mut self, other: &Told) {
        if !self.origins.contains(&other.origin) {
            self.origins.push(other.origin);
            self.origins.sort_unstable();
        }
        self.told.offline |= other.offline;
        self.told.original = self.told.original.take().or_else(|| other.original.clone());
    }
}

/// Each transaction that was told of, once. What says most comes first, so that what says less finds it.
pub(crate) fn tales(told: &[Told]) -> Vec<Tale> {
    let mut tales: Vec<Tale> = Vec::new();
    let (whole, vague): (Vec<_>, Vec<_>) = told.iter().partition(|told| told.batch.is_some());
    for told in whole.into_iter().chain(vague) {
        match tales.iter_mut().find(|tale| tale.is_copy(told)) {
            Some(tale) => tale.take(told),
            None => tales.push(Tale { told: told.clone(), origins: vec![told.origin] }),
        }
    }
    tales
}
