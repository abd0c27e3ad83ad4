//! What the host has booked, for those who compare it with the terminal.

use std::collections::BTreeMap;

use serde::Serialize;

/// The host's book at one moment. It holds no PIN and no whole PAN: a card goes by its name in the acquirer's fixture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Book {
    /// The accounts, in the order of their names.
    pub cards: Vec<CardAccount>,
    /// Every transaction that came with a right MAC and could be read, in the order of its coming.
    pub transactions: Vec<Transaction>,
    /// The totals of each batch.
    pub batches: Vec<BatchTotals>,
}

/// A card's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardAccount {
    /// The card's name in the fixture.
    pub card: String,
    /// Its number, masked.
    pub pan: String,
    /// What is left, in the currency's smallest unit.
    pub balance: i64,
    /// Wrong PINs that may still be tried.
    pub pin_tries: u8,
}

/// A sale or a void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transaction {
    /// Which of the two.
    pub kind: TransactionKind,
    /// Field 42, without the spaces at its end.
    pub merchant_id: String,
    /// Field 41, without the spaces at its end.
    pub terminal_id: String,
    /// Field 60.2 of the request.
    pub batch: String,
    /// Field 11.
    pub stan: String,
    /// Field 4, in the currency's smallest unit.
    pub amount: u64,
    /// The card's name in the fixture; nothing for a card that the host does not know.
    pub card: Option<String>,
    /// Its number, masked.
    pub pan: String,
    /// What has become of it.
    pub state: State,
    /// Field 37 of the answer.
    pub reference: String,
    /// Field 38 of the answer, where it was approved.
    pub authorisation: Option<String>,
    /// Field 39 of the answer.
    pub code: String,
    /// What a void voids: batch and STAN of the sale.
    pub original: Option<(String, String)>,
    /// Field 39 of the reversal, where there was one.
    pub reversed_for: Option<String>,
}

/// What is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransactionKind {
    /// The cardholder pays.
    Sale,
    /// A sale is undone by the merchant.
    Void,
}

/// What has become of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Approved and in force: money has moved.
    Captured,
    /// A sale that a void in force has undone.
    Voided,
    /// Undone by a reversal.
    Reversed,
    /// Never in force.
    Declined,
}

/// The totals of a terminal's batch, as a settlement counts them: a voided sale is a debit, its void a credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BatchTotals {
    /// Field 42.
    pub merchant_id: String,
    /// Field 41.
    pub terminal_id: String,
    /// Field 60.2.
    pub batch: String,
    /// Sum of the sales.
    pub debit: u64,
    /// How many they are.
    pub debit_count: u32,
    /// Sum of the voids.
    pub credit: u64,
    /// How many they are.
    pub credit_count: u32,
}

impl Book {
    /// The sales that are captured now: each is one that its customer pays.
    pub fn captured(&self) -> impl Iterator<Item = &Transaction> {
        self.transactions.iter().filter(|t| t.kind == TransactionKind::Sale && t.state == State::Captured)
    }

    /// The book as JSON, indented.
    ///
    /// # Errors
    /// None that a book can cause; what the serialiser says.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

/// The totals of each batch, in the order of merchant, terminal and batch.
pub(crate) fn totals(transactions: &[Transaction]) -> Vec<BatchTotals> {
    let mut batches = BTreeMap::new();
    for transaction in transactions {
        let (merchant_id, terminal_id) = (&transaction.merchant_id, &transaction.terminal_id);
        let totals =
            batches.entry((merchant_id, terminal_id, &transaction.batch)).or_insert_with(|| BatchTotals {
                merchant_id: merchant_id.clone(),
                terminal_id: terminal_id.clone(),
                batch: transaction.batch.clone(),
                debit: 0,
                debit_count: 0,
                credit: 0,
                credit_count: 0,
            });
        let in_force = matches!(transaction.state, State::Captured | State::Voided);
        match transaction.kind {
            TransactionKind::Sale if in_force => {
                totals.debit += transaction.amount;
                totals.debit_count += 1;
            }
            TransactionKind::Void if in_force => {
                totals.credit += transaction.amount;
                totals.credit_count += 1;
            }
            TransactionKind::Sale | TransactionKind::Void => {}
        }
    }
    batches.into_values().collect()
}
