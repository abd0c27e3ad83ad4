//! Whether the books agree.

use payrig_acquirer::{Book, State, TransactionKind};

use super::{
    Disagreement, Journal, RecordState, Tally, TerminalRecord, Told, Totals, What,
    entry::{Entry, entries},
};

/// The three books of one terminal at one moment: after recovery, before settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// The terminal's.
    pub journal: Journal,
    /// The host's, of this terminal only.
    pub host: Book,
    /// What customers were told; copies and reprints may be among it.
    pub told: Vec<Told>,
}

/// What is no disagreement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Transactions of which the terminal does not know.
    pub in_doubt: bool,
    /// Reversals that the host has done, and that the terminal gave up because no answer came.
    pub open_but_reversed: bool,
}

/// What a transaction has come to, as all sides see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Captured,
    /// A sale that the card approved, of which the host knows nothing as yet.
    Offline,
    Voided,
    /// A sale that the host has voided, by a void that is open at the terminal, or due or in doubt.
    Contested,
    Reversed,
    Declined,
    Open,
    /// The host has done the reversal, which the terminal does not know: it tried as often as it may, and heard nothing.
    OpenButReversed,
    InDoubt,
}

impl Books {
    /// The books of the terminal with these ids. What the host has of others is left out.
    #[must_use]
    pub fn new(
        journal: Journal,
        mut host: Book,
        told: Vec<Told>,
        merchant_id: &str,
        terminal_id: &str,
    ) -> Self {
        let ids = (merchant_id.trim_end(), terminal_id.trim_end());
        host.transactions.retain(|t| (t.merchant_id.as_str(), t.terminal_id.as_str()) == ids);
        host.batches.retain(|b| (b.merchant_id.as_str(), b.terminal_id.as_str()) == ids);
        Self { journal, host, told }
    }

    /// Holds them against each other.
    ///
    /// # Errors
    /// Everything on which they disagree, in the order of batches and STANs.
    pub fn compare(&self, allowed: Allowed) -> Result<Tally, Vec<Disagreement>> {
        let entries = entries(&self.journal, &self.host, &self.told);
        let mut tally = Tally::default();
        let mut disagreements = Vec::new();
        for entry in &entries {
            match self.stands(entry, allowed) {
                Ok(standing) => tally.count(standing, entry),
                Err(what) => disagreements.push(disagreement(what, entry)),
            }
        }
        if disagreements.is_empty() {
            disagreements.extend(self.totals_differ(&entries));
        }
        if disagreements.is_empty() { Ok(tally) } else { Err(disagreements) }
    }

    /// What a transaction has come to.
    fn stands(&self, entry: &Entry<'_>, allowed: Allowed) -> Result<Standing, What> {
        same_everywhere(entry)?;
        let standing = match (entry.at_terminal(), entry.at_host()) {
            (Some(RecordState::Captured), Some(State::Voided)) if self.has_open_void(entry) => {
                Standing::Contested
            }
            (Some(RecordState::Captured), None) if entry.is_offline() => Standing::Offline,
            (terminal, host) => standing(terminal, host, allowed)?,
        };
        match standing {
            Standing::Captured | Standing::Voided | Standing::Contested if entry.told.is_empty() => {
                return Err(What::NeverTold);
            }
            Standing::Reversed | Standing::Declined | Standing::Open | Standing::OpenButReversed
                if !entry.told.is_empty() =>
            {
                return Err(What::ToldInVain);
            }
            _ => {}
        }
        if self.is_paired(entry) { Ok(standing) } else { Err(What::VoidWithoutSale) }
    }

    /// Whether the terminal does not know what the host has done with a void of this sale.
    fn has_open_void(&self, sale: &Entry<'_>) -> bool {
        let unknown = |void: &TerminalRecord| {
            use RecordState::{InDoubt, ReversalDue, ReversalOpen};
            matches!(void.state, ReversalDue | ReversalOpen | InDoubt)
        };
        sale.terminal.first().is_some_and(|sale| self.voids(sale).any(unknown))
    }

    /// Whether a voided sale has one void, and a captured void a voided sale, in the terminal's journal.
    fn is_paired(&self, entry: &Entry<'_>) -> bool {
        let Some(record) = entry.terminal.first() else { return true };
        match (record.kind, record.state) {
            (TransactionKind::Sale, RecordState::Voided) => {
                self.voids(record).filter(|void| void.state == RecordState::Captured).count() == 1
            }
            (TransactionKind::Void, RecordState::Captured) => {
                let is_sale = |sale: &TerminalRecord| {
                    (&sale.batch, Some(&sale.stan)) == (&record.batch, record.original.as_ref())
                        && (sale.kind, sale.amount) == (TransactionKind::Sale, record.amount)
                };
                self.journal.records.iter().any(|sale| is_sale(sale) && sale.state == RecordState::Voided)
            }
            _ => true,
        }
    }

    /// The terminal's voids of a sale.
    fn voids<'b>(&'b self, sale: &'b TerminalRecord) -> impl Iterator<Item = &'b TerminalRecord> {
        self.journal
            .records
            .iter()
            .filter(|void| (&void.batch, void.original.as_ref()) == (&sale.batch, Some(&sale.stan)))
    }

    /// The host's totals, less what is open and with what cards approved by themselves, are those of the terminal's screen.
    fn totals_differ(&self, entries: &[Entry<'_>]) -> Option<Disagreement> {
        let mut host = Totals::default();
        for batch in &self.host.batches {
            host.sales.count += u64::from(batch.debit_count);
            host.sales.amount = host.sales.amount.saturating_add(batch.debit);
            host.voids.count += u64::from(batch.credit_count);
            host.voids.amount = host.voids.amount.saturating_add(batch.credit);
        }
        for offline in entries.iter().filter(|entry| entry.is_offline() && entry.host.is_empty()) {
            offline.terminal.iter().for_each(|sale| host.of_kind(sale.kind).add(sale.amount));
        }
        let unknown = |entry: &&Entry<'_>| {
            matches!(entry.at_terminal(), Some(RecordState::ReversalOpen | RecordState::InDoubt))
        };
        let open = entries.iter().filter(unknown).filter_map(|entry| entry.host.first());
        for booked in open.filter(|booked| matches!(booked.state, State::Captured | State::Voided)) {
            let sum = host.of_kind(booked.kind);
            sum.count = sum.count.saturating_sub(1);
            sum.amount = sum.amount.saturating_sub(booked.amount);
        }
        let terminal = self.journal.totals;
        (host != terminal).then(|| Disagreement {
            what: What::TotalsDiffer,
            of: None,
            terminal: terminal.to_string(),
            host: format!("{host} without what is open"),
            told: None,
        })
    }
}

/// Each book has it once at most, and as the same.
fn same_everywhere(entry: &Entry<'_>) -> Result<(), What> {
    let differ = |what: What, same: bool| if same { Ok(()) } else { Err(what) };
    let all_equal = |kinds: &[TransactionKind]| kinds.windows(2).all(|pair| pair[0] == pair[1]);
    differ(What::Twice, entry.terminal.len() <= 1 && entry.host.len() <= 1)?;
    differ(What::KindDiffers, all_equal(&entry.kinds()))?;
    differ(What::AmountDiffers, entry.amounts().windows(2).all(|pair| pair[0] == pair[1]))?;
    differ(What::OriginalDiffers, entry.originals().windows(2).all(|pair| pair[0] == pair[1]))
}

/// What the terminal and the host make of a transaction together.
fn standing(terminal: Option<RecordState>, host: Option<State>, allowed: Allowed) -> Result<Standing, What> {
    use RecordState as T;
    match (terminal, host) {
        (Some(T::ReversalDue), _) => Err(What::RecoveryNotOver),
        (Some(T::InDoubt), _) if allowed.in_doubt => Ok(Standing::InDoubt),
        (Some(T::InDoubt), _) => Err(What::InDoubt),
        (Some(T::Captured), Some(State::Captured)) => Ok(Standing::Captured),
        (Some(T::Voided), Some(State::Voided)) => Ok(Standing::Voided),
        (Some(T::Captured | T::ReversalOpen), Some(State::Voided))
        | (Some(T::Voided), Some(State::Captured)) => Err(What::VoidedOnOneSide),
        (Some(T::Captured | T::Voided), Some(State::Reversed)) => Err(What::ReversedAtHost),
        (Some(T::Captured | T::Voided), Some(State::Declined) | None) => Err(What::OnlyAtTerminal),
        (Some(T::Reversed), Some(State::Captured | State::Voided)) => Err(What::ReversedAtTerminal),
        (Some(T::Reversed), Some(State::Reversed | State::Declined) | None) => Ok(Standing::Reversed),
        (Some(T::ReversalOpen), Some(State::Reversed)) if allowed.open_but_reversed => {
            Ok(Standing::OpenButReversed)
        }
        (Some(T::ReversalOpen), Some(State::Reversed)) => Err(What::OpenButReversed),
        (Some(T::ReversalOpen), Some(State::Captured | State::Declined) | None) => Ok(Standing::Open),
        (None, Some(State::Declined)) => Ok(Standing::Declined),
        (None, Some(_)) => Err(What::OnlyAtHost),
        (None, None) => Err(What::ToldInVain),
    }
}

fn disagreement(what: What, entry: &Entry<'_>) -> Disagreement {
    Disagreement {
        what,
        of: Some((entry.batch.clone(), entry.stan.clone())),
        terminal: entry.terminal_says(),
        host: entry.host_says(),
        told: Some(entry.told_says()),
    }
}

impl Tally {
    fn count(&mut self, standing: Standing, entry: &Entry<'_>) {
        let is_sale = entry.kinds().first() == Some(&TransactionKind::Sale);
        let count = match standing {
            Standing::Captured if is_sale => &mut self.captured,
            Standing::Offline => &mut self.offline,
            Standing::Voided => &mut self.voided,
            Standing::Reversed => &mut self.reversed,
            Standing::Declined => &mut self.declined,
            Standing::Open | Standing::OpenButReversed => &mut self.open,
            Standing::InDoubt => &mut self.in_doubt,
            // Its void is counted, or its sale.
            Standing::Contested | Standing::Captured => return,
        };
        *count += 1;
    }
}
