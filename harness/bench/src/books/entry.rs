//! A transaction as each of the books has it.

use std::collections::BTreeMap;

use payrig_acquirer::{Book, State, Transaction, TransactionKind};

use super::{
    RecordState, TerminalRecord,
    money::shown,
    told::{Tale, tales},
};
use crate::books::{Journal, Told};

/// What the books say of one transaction: a batch, which is nothing where it was only told by a screen, and a STAN.
#[derive(Debug, Default)]
pub(crate) struct Entry<'b> {
    pub(crate) batch: Option<String>,
    pub(crate) stan: String,
    pub(crate) terminal: Vec<&'b TerminalRecord>,
    pub(crate) host: Vec<&'b Transaction>,
    pub(crate) told: Vec<Tale>,
}

/// Every transaction of the books, in the order of batches and STANs.
pub(crate) fn entries<'b>(journal: &'b Journal, host: &'b Book, told: &[Told]) -> Vec<Entry<'b>> {
    let mut entries: BTreeMap<(Option<String>, String), Entry<'b>> = BTreeMap::new();
    let named = |batch: &str, stan: &str| (Some(batch.to_owned()), stan.to_owned());
    for record in &journal.records {
        entries.entry(named(&record.batch, &record.stan)).or_default().terminal.push(record);
    }
    for transaction in &host.transactions {
        entries.entry(named(&transaction.batch, &transaction.stan)).or_default().host.push(transaction);
    }
    for tale in tales(told) {
        let key = match &tale.told.batch {
            Some(batch) => named(batch, &tale.told.stan),
            None => (batch_of(&tale.told, &entries), tale.told.stan.clone()),
        };
        entries.entry(key).or_default().told.push(tale);
    }
    let with_names = |((batch, stan), entry)| Entry { batch, stan, ..entry };
    entries.into_iter().map(with_names).collect()
}

/// The batch of the transaction that a screen told of: one of its STAN, kind and amount, or else one of its STAN.
fn batch_of(told: &Told, entries: &BTreeMap<(Option<String>, String), Entry<'_>>) -> Option<String> {
    let of_stan = || entries.iter().filter(|((_, stan), _)| *stan == told.stan);
    let is_it = |entry: &Entry<'_>| {
        let mut said = entry.amounts().into_iter().zip(entry.kinds());
        said.any(|said| said == (told.amount, told.kind))
    };
    // A STAN comes again after a million: the last one is the one that is on a screen.
    let found = of_stan().rfind(|(_, entry)| is_it(entry)).or_else(|| of_stan().next_back());
    found.and_then(|((batch, _), _)| batch.clone())
}

impl Entry<'_> {
    /// The kinds that the books say, one for each of its mentions.
    pub(crate) fn kinds(&self) -> Vec<TransactionKind> {
        let terminal = self.terminal.iter().map(|record| record.kind);
        let host = self.host.iter().map(|transaction| transaction.kind);
        terminal.chain(host).chain(self.told.iter().map(|tale| tale.told.kind)).collect()
    }

    /// The amounts, likewise.
    pub(crate) fn amounts(&self) -> Vec<u64> {
        let terminal = self.terminal.iter().map(|record| record.amount);
        let host = self.host.iter().map(|transaction| transaction.amount);
        terminal.chain(host).chain(self.told.iter().map(|tale| tale.told.amount)).collect()
    }

    /// The sales that a void is said to be of, wherever that is said.
    pub(crate) fn originals(&self) -> Vec<&str> {
        let terminal = self.terminal.iter().filter_map(|record| record.original.as_deref());
        let host = self.host.iter().filter_map(|transaction| Some(transaction.original.as_ref()?.1.as_str()));
        terminal
            .chain(host)
            .chain(self.told.iter().filter_map(|tale| tale.told.original.as_deref()))
            .collect()
    }

    /// What the terminal says has become of it.
    pub(crate) fn at_terminal(&self) -> Option<RecordState> {
        self.terminal.first().map(|record| record.state)
    }

    /// What the host says has become of it.
    pub(crate) fn at_host(&self) -> Option<State> {
        self.host.first().map(|transaction| transaction.state)
    }

    /// Whether a card approved it without the host, as was told.
    pub(crate) fn is_offline(&self) -> bool {
        self.told.iter().any(|tale| tale.told.offline)
    }

    /// What the terminal says, in words.
    pub(crate) fn terminal_says(&self) -> String {
        said(self.terminal.iter().map(|record| {
            let original = record.original.as_deref();
            format!(
                "{}, {}",
                transaction(record.kind, original, record.amount),
                record.state.words().to_lowercase()
            )
        }))
    }

    /// What the host says, in words.
    pub(crate) fn host_says(&self) -> String {
        said(self.host.iter().map(|booked| {
            let original = booked.original.as_ref().map(|(_, stan)| stan.as_str());
            format!("{}, {}", transaction(booked.kind, original, booked.amount), state(booked.state))
        }))
    }

    /// What was told, in words.
    pub(crate) fn told_says(&self) -> String {
        said(self.told.iter().map(|tale| {
            let Told { kind, original, amount, .. } = &tale.told;
            let origins: Vec<_> = tale.origins.iter().map(|origin| origin.word()).collect();
            format!("{} by {}", transaction(*kind, original.as_deref(), *amount), origins.join(" and "))
        }))
    }
}

fn said(each: impl Iterator<Item = String>) -> String {
    let each: Vec<_> = each.collect();
    if each.is_empty() { "nothing".into() } else { each.join(" and ") }
}

/// `sale of 5.00`, `void of 000002 of 5.00`.
pub(crate) fn transaction(kind: TransactionKind, original: Option<&str>, amount: u64) -> String {
    let amount = shown(amount);
    match (kind, original) {
        (TransactionKind::Sale, _) => format!("sale of {amount}"),
        (TransactionKind::Void, Some(original)) => format!("void of {original} of {amount}"),
        (TransactionKind::Void, None) => format!("void of {amount}"),
    }
}

/// The word for a kind.
pub(crate) fn kind(kind: TransactionKind) -> &'static str {
    match kind {
        TransactionKind::Sale => "sale",
        TransactionKind::Void => "void",
    }
}

/// The host's word for a state.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Captured => "captured",
        State::Voided => "voided",
        State::Reversed => "reversed",
        State::Declined => "declined",
    }
}
