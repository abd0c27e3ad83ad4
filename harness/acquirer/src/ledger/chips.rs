//! The sales that were made with chips.

use super::{Id, Ledger, Order, Presented};
use crate::book::{Transaction, TransactionKind};
use crate::chip::ChipRecord;

impl Ledger {
    /// Keeps what a sale's chip said.
    pub(super) fn keep_chip(&mut self, order: &Order, card: &Presented) {
        let Some(request) = &card.chip else { return };
        let id = order.id.clone();
        self.chips.push(ChipRecord {
            merchant_id: id.merchant,
            terminal_id: id.terminal,
            batch: id.batch,
            stan: id.stan,
            atc: request.atc,
            tvr: request.tvr,
            arqc_right: self.verified.is_some(),
            scripts: Vec::new(),
        });
    }

    /// The sales that were made with chips.
    pub fn chips(&self) -> &[ChipRecord] {
        &self.chips
    }

    /// What is kept of a chip's sale.
    pub fn chip_of(&self, id: &Id) -> Option<&ChipRecord> {
        self.chips.iter().find(|record| id.names(record))
    }

    /// The same, to be written to.
    pub fn chip_of_mut(&mut self, id: &Id) -> Option<&mut ChipRecord> {
        self.chips.iter_mut().find(|record| id.names(record))
    }

    /// The sale of that name.
    pub fn sale_of(&self, id: &Id) -> Option<&Transaction> {
        self.transactions.get(self.original(id)?).filter(|t| t.kind == TransactionKind::Sale)
    }
}

impl Id {
    fn names(&self, record: &ChipRecord) -> bool {
        (&record.merchant_id, &record.terminal_id, &record.batch, &record.stan)
            == (&self.merchant, &self.terminal, &self.batch, &self.stan)
    }
}
