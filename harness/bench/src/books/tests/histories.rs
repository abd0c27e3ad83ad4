//! Histories of a terminal that did as it should, and what each book says of them.

use payrig_acquirer::{BatchTotals, Book, State, Transaction, TransactionKind};
use proptest::prelude::*;

use crate::books::{Allowed, Books, Journal, Origin, RecordState, Tally, TerminalRecord, Told, Totals};

pub(super) const MERCHANT: &str = "001430170119999";
pub(super) const TERMINAL: &str = "99999906";
const CARD: &str = "621234******1232";

/// What became of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Captured,
    /// A chip approved it, and the host was not asked.
    Offline,
    Voided,
    /// The host declined it.
    Declined,
    /// Reversed; the host had it so.
    Reversed(AtHost),
    /// Its reversal was given up.
    Open(AtHost),
    /// A void of a captured sale was reversed.
    VoidReversed(AtHost),
    /// A void of a captured sale was given up.
    VoidOpen(AtHost),
    /// The host declined a void of a captured sale.
    VoidDeclined,
}

/// What the host has of what the terminal could not finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtHost {
    InForce,
    Nothing,
    Declined,
}

fn at_host() -> impl Strategy<Value = AtHost> {
    prop_oneof![Just(AtHost::InForce), Just(AtHost::Nothing), Just(AtHost::Declined)]
}

pub(super) fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Captured),
        Just(Fate::Offline),
        Just(Fate::Voided),
        Just(Fate::Declined),
        at_host().prop_map(Fate::Reversed),
        at_host().prop_map(Fate::Open),
        at_host().prop_map(Fate::VoidReversed),
        at_host().prop_map(Fate::VoidOpen),
        Just(Fate::VoidDeclined),
    ]
}

/// A day at a till, its books and what they must come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Day {
    pub(super) records: Vec<TerminalRecord>,
    pub(super) host: Vec<Transaction>,
    pub(super) told: Vec<Told>,
    pub(super) tally: Tally,
    stan: u32,
}

pub(super) fn day(fates: &[(Fate, u64)]) -> Day {
    let mut day = Day { stan: 1, ..Day::default() };
    fates.iter().for_each(|(fate, amount)| day.purchase(*fate, *amount));
    day
}

impl Day {
    fn purchase(&mut self, fate: Fate, amount: u64) {
        use RecordState as T;
        use TransactionKind::{Sale, Void};
        let sale = self.next();
        match fate {
            Fate::Captured => {
                self.both(Sale, &sale, None, amount, T::Captured, State::Captured);
                self.tell(Sale, &sale, None, amount);
                self.tally.captured += 1;
            }
            Fate::Offline => {
                self.records.push(record(Sale, &sale, None, amount, T::Captured));
                let before = self.told.len();
                self.tell(Sale, &sale, None, amount);
                self.told.iter_mut().skip(before).for_each(|told| told.offline = true);
                self.tally.offline += 1;
            }
            Fate::Voided => {
                self.both(Sale, &sale, None, amount, T::Voided, State::Voided);
                self.tell(Sale, &sale, None, amount);
                let void = self.next();
                self.both(Void, &void, Some(&sale), amount, T::Captured, State::Captured);
                self.tell(Void, &void, Some(&sale), amount);
                self.tally.voided += 1;
            }
            Fate::Declined => {
                self.book(Sale, &sale, None, amount, State::Declined);
                self.tally.declined += 1;
            }
            Fate::Reversed(host) => {
                self.unfinished(Sale, &sale, None, amount, T::Reversed, host);
                self.tally.reversed += 1;
            }
            Fate::Open(host) => {
                self.unfinished(Sale, &sale, None, amount, T::ReversalOpen, host);
                self.tally.open += 1;
            }
            Fate::VoidReversed(host) => {
                self.sold_then(&sale, amount, State::Captured);
                let void = self.next();
                self.unfinished(Void, &void, Some(&sale), amount, T::Reversed, host);
                self.tally.captured += 1;
                self.tally.reversed += 1;
            }
            Fate::VoidOpen(host) => {
                let voided = host == AtHost::InForce;
                self.sold_then(&sale, amount, if voided { State::Voided } else { State::Captured });
                let void = self.next();
                self.unfinished(Void, &void, Some(&sale), amount, T::ReversalOpen, host);
                self.tally.captured += usize::from(!voided);
                self.tally.open += 1;
            }
            Fate::VoidDeclined => {
                self.sold_then(&sale, amount, State::Captured);
                let void = self.next();
                self.book(Void, &void, Some(&sale), amount, State::Declined);
                self.tally.captured += 1;
                self.tally.declined += 1;
            }
        }
    }

    /// The STAN of the next transaction.
    pub(super) fn following(&self) -> String {
        format!("{:06}", self.stan + 1)
    }

    fn next(&mut self) -> String {
        self.stan += 1;
        format!("{:06}", self.stan)
    }

    /// A sale that is captured at the terminal.
    fn sold_then(&mut self, stan: &str, amount: u64, host: State) {
        self.both(TransactionKind::Sale, stan, None, amount, RecordState::Captured, host);
        self.tell(TransactionKind::Sale, stan, None, amount);
    }

    fn both(
        &mut self,
        kind: TransactionKind,
        stan: &str,
        original: Option<&str>,
        amount: u64,
        terminal: RecordState,
        host: State,
    ) {
        self.records.push(record(kind, stan, original, amount, terminal));
        self.book(kind, stan, original, amount, host);
    }

    /// What has no good answer: in the journal as `terminal` says, at the host as `host` says, by its state after a reversal where that came.
    fn unfinished(
        &mut self,
        kind: TransactionKind,
        stan: &str,
        original: Option<&str>,
        amount: u64,
        terminal: RecordState,
        host: AtHost,
    ) {
        self.records.push(record(kind, stan, original, amount, terminal));
        match host {
            AtHost::Nothing => {}
            AtHost::Declined => self.book(kind, stan, original, amount, State::Declined),
            AtHost::InForce if terminal == RecordState::Reversed => {
                self.book(kind, stan, original, amount, State::Reversed);
            }
            AtHost::InForce => self.book(kind, stan, original, amount, State::Captured),
        }
    }

    fn book(&mut self, kind: TransactionKind, stan: &str, original: Option<&str>, amount: u64, state: State) {
        self.host.push(Transaction {
            kind,
            merchant_id: MERCHANT.into(),
            terminal_id: TERMINAL.into(),
            batch: "000001".into(),
            stan: stan.into(),
            amount,
            card: Some("debit".into()),
            pan: CARD.into(),
            state,
            reference: String::new(),
            authorisation: None,
            code: "00".into(),
            original: original.map(|stan| ("000001".into(), stan.into())),
            reversed_for: None,
        });
    }

    /// A screen, and three copies of the receipt; of each third transaction the screen only.
    fn tell(&mut self, kind: TransactionKind, stan: &str, original: Option<&str>, amount: u64) {
        let told = Told {
            kind,
            stan: stan.into(),
            batch: None,
            original: None,
            amount,
            origin: Origin::Screen,
            offline: false,
        };
        self.told.push(told.clone());
        if !self.stan.is_multiple_of(3) {
            let (batch, original) = (Some("000001".to_owned()), original.map(str::to_owned));
            let receipt = Told { batch, original, origin: Origin::Receipt, ..told };
            self.told.extend([receipt.clone(), receipt.clone(), receipt]);
        }
    }

    pub(super) fn books(&self) -> Books {
        let journal = Journal { records: self.records.clone(), totals: Totals::of(&self.records) };
        let mut host = self.host.clone();
        // Another terminal's, which is none of this one's business.
        let others = self.host.iter().map(|mine| Transaction {
            terminal_id: "99999907".into(),
            amount: 1,
            ..mine.clone()
        });
        host.extend(others.collect::<Vec<_>>());
        let batches = [totals(&host, TERMINAL), totals(&host, "99999907")].concat();
        let book = Book { cards: Vec::new(), transactions: host, batches };
        Books::new(journal, book, self.told.clone(), MERCHANT, TERMINAL)
    }
}

fn record(
    kind: TransactionKind,
    stan: &str,
    original: Option<&str>,
    amount: u64,
    state: RecordState,
) -> TerminalRecord {
    let original = original.map(str::to_owned);
    TerminalRecord {
        kind,
        stan: stan.into(),
        original,
        batch: "000001".into(),
        amount,
        card: CARD.into(),
        state,
    }
}

/// As the host counts them, counted here once more.
fn totals(transactions: &[Transaction], terminal_id: &str) -> Vec<BatchTotals> {
    let mut batches: Vec<BatchTotals> = Vec::new();
    for booked in transactions.iter().filter(|booked| booked.terminal_id == terminal_id) {
        let at = batches.iter().position(|totals| totals.batch == booked.batch).unwrap_or_else(|| {
            batches.push(BatchTotals {
                merchant_id: MERCHANT.into(),
                terminal_id: terminal_id.into(),
                batch: booked.batch.clone(),
                debit: 0,
                debit_count: 0,
                credit: 0,
                credit_count: 0,
            });
            batches.len() - 1
        });
        let totals = &mut batches[at];
        match (booked.kind, booked.state) {
            (_, State::Reversed | State::Declined) => {}
            (TransactionKind::Sale, _) => {
                totals.debit += booked.amount;
                totals.debit_count += 1;
            }
            (TransactionKind::Void, _) => {
                totals.credit += booked.amount;
                totals.credit_count += 1;
            }
        }
    }
    batches
}

proptest! {
    /// Whatever became of each purchase, the books of a terminal and a host that did as they should agree, on the counts of what became of them.
    #[test]
    fn the_books_of_a_day_without_a_fault_agree(
        fates in proptest::collection::vec((fate(), 1_u64..1_000_000_000), 0..24),
        mixed in any::<proptest::sample::Index>(),
    ) {
        let mut day = day(&fates);
        prop_assert_eq!(day.books().compare(Allowed::default()), Ok(day.tally), "{}", day.books().table());
        // The order in which the terminal shows its records, and in which somebody was told, says nothing.
        day.records.reverse();
        if !day.told.is_empty() {
            let at = mixed.index(day.told.len());
            day.told.rotate_left(at);
        }
        prop_assert_eq!(day.books().compare(Allowed::default()), Ok(day.tally));
    }
}
