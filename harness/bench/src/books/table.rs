//! The three books as one text, for people and snapshots.

use std::fmt::Write;

use super::{
    Books,
    entry::{Entry, entries, kind, state},
    money::shown,
};

impl Books {
    /// A row for each transaction, with what each book says of it; card numbers masked. Below it the totals.
    #[must_use]
    pub fn table(&self) -> String {
        let header =
            ["batch", "STAN", "transaction", "amount", "card", "terminal", "host", "told"].map(str::to_owned);
        let entries = entries(&self.journal, &self.host, &self.told);
        let rows: Vec<_> = std::iter::once(header).chain(entries.iter().map(row)).collect();
        let mut widths = [0; 8];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut text = String::new();
        for row in &rows {
            let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
                3 => format!("{cell:>width$}"),
                _ => format!("{cell:<width$}"),
            });
            let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        let _ = writeln!(text, "terminal: {}", self.journal.totals);
        for batch in &self.host.batches {
            let (sales, voids) = (shown(batch.debit), shown(batch.credit));
            let _ = writeln!(
                text,
                "host, batch {}: {} sales of {sales}, {} voids of {voids}",
                batch.batch, batch.debit_count, batch.credit_count
            );
        }
        text
    }
}

fn row(entry: &Entry<'_>) -> [String; 8] {
    let kinds: Vec<_> = entry.kinds().into_iter().map(|said| kind(said).to_owned()).collect();
    let amounts: Vec<_> = entry.amounts().into_iter().map(shown).collect();
    let terminal = entry.terminal.iter().map(|record| record.card.clone());
    let cards: Vec<_> = terminal.chain(entry.host.iter().map(|booked| booked.pan.clone())).collect();
    let originals: Vec<_> = entry.originals().into_iter().map(|stan| format!(" of {stan}")).collect();
    [
        entry.batch.clone().unwrap_or_else(|| "?".into()),
        entry.stan.clone(),
        different(kinds) + &different(originals),
        different(amounts),
        different(cards),
        each(entry.terminal.iter().map(|record| record.state.words().to_lowercase())),
        each(entry.host.iter().map(|booked| state(booked.state).to_owned())),
        each(entry.told.iter().flat_map(|tale| &tale.origins).map(|origin| origin.word().to_owned())),
    ]
}

/// What all say, or the different things that they say.
fn different(said: Vec<String>) -> String {
    let mut each: Vec<String> = Vec::new();
    for word in said {
        if !each.contains(&word) {
            each.push(word);
        }
    }
    each.join("/")
}

fn each(said: impl Iterator<Item = String>) -> String {
    let said: Vec<_> = said.collect();
    if said.is_empty() { "-".into() } else { said.join(", ") }
}
