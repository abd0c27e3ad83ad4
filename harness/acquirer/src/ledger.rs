//! The account book: cards, and what was done with them. It knows of no message.

mod chips;

use zeroize::Zeroizing;

use crate::book::{self, Book, CardAccount, State, Transaction, TransactionKind};
use crate::card::{Card, CardStatus};
use crate::chip::{self, ChipRecord, ChipRequest, ChipRules, Verified};
use crate::judge::{Refusal, refuse};
use crate::profile::MoneyCodes;

/// Wrong PINs in a row that use a card's tries up.
const PIN_TRIES: u8 = 3;

/// Accounts and transactions.
pub(crate) struct Ledger {
    accounts: Vec<Account>,
    transactions: Vec<Transaction>,
    chips: Vec<ChipRecord>,
    rules: ChipRules,
    /// The cryptogram of the request in hand, where it was right.
    pub verified: Option<Verified>,
}

struct Account {
    card: Card,
    tries: u8,
    /// The last ATC that came with a right cryptogram.
    last_atc: Option<u16>,
}

/// What names a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    pub merchant: String,
    pub terminal: String,
    pub batch: String,
    pub stan: String,
}

/// A request to book something.
pub(crate) struct Order {
    pub id: Id,
    /// Field 37 of the answer.
    pub reference: String,
    pub amount: u64,
    /// A code with which the host declines on purpose what it would approve.
    pub declined_with: Option<String>,
}

/// What the terminal says of the card.
pub(crate) struct Presented {
    pub pan: String,
    /// YYMM; a void need not say it.
    pub expiry: Option<String>,
    pub pin: Pin,
    /// Track 2 in clear, where the card was swiped.
    pub track2: Option<Zeroizing<String>>,
    /// What its chip said, where that was read.
    pub chip: Option<ChipRequest>,
}

/// What field 52 brought.
pub(crate) enum Pin {
    None,
    /// Not a PIN block under the PIK in force, and why.
    Unreadable(String),
    Clear(Zeroizing<String>),
}

/// What an approval tells.
#[derive(Debug)]
pub(crate) struct Booked {
    /// The card's name.
    pub card: String,
    /// Field 38.
    pub authorisation: String,
}

/// A code on purpose.
fn on_purpose(order: &Order) -> Result<(), Refusal> {
    order.declined_with.as_ref().map_or(Ok(()), |code| refuse(code, "on purpose"))
}

impl Ledger {
    pub fn new(cards: Vec<Card>, rules: ChipRules) -> Self {
        let (accounts, transactions, chips) = (Vec::new(), Vec::new(), Vec::new());
        let mut ledger = Self { accounts, transactions, chips, rules, verified: None };
        cards.into_iter().for_each(|card| ledger.add(card));
        ledger
    }

    /// Opens an account, in the place of one of the same number.
    pub fn add(&mut self, card: Card) {
        self.accounts.retain(|account| account.card.pan != card.pan);
        self.accounts.push(Account { card, tries: PIN_TRIES, last_atc: None });
        self.accounts.sort_by(|a, b| a.card.name.cmp(&b.card.name));
    }

    pub fn book(&self) -> Book {
        let account = |account: &Account| CardAccount {
            card: account.card.name.clone(),
            pan: account.card.masked(),
            balance: account.card.balance,
            pin_tries: account.tries,
        };
        Book {
            cards: self.accounts.iter().map(account).collect(),
            transactions: self.transactions.clone(),
            batches: book::totals(&self.transactions),
        }
    }

    /// Books a sale, approved or declined.
    pub fn sale(
        &mut self,
        order: &Order,
        card: &Presented,
        codes: &MoneyCodes,
        month: &str,
    ) -> Result<Booked, Refusal> {
        let checked = self.debit(order, card, codes, month);
        self.keep_chip(order, card);
        self.write(TransactionKind::Sale, order, &card.pan, None, checked)
    }

    fn debit(
        &mut self,
        order: &Order,
        card: &Presented,
        codes: &MoneyCodes,
        month: &str,
    ) -> Result<String, Refusal> {
        let account = self.presented(card, codes, month)?;
        let amount = order.amount.cast_signed();
        if account.card.limit.is_some_and(|limit| order.amount > limit) {
            return refuse(&codes.limit, format!("{amount} is more than the card's limit"));
        }
        if amount > account.card.balance {
            let reason = format!("{amount} asked, the account has {}", account.card.balance);
            return refuse(&codes.no_funds, reason);
        }
        on_purpose(order)?;
        account.card.balance -= amount;
        Ok(account.card.name.clone())
    }

    /// The balance of a card; nothing is booked.
    pub fn balance(
        &mut self,
        card: &Presented,
        codes: &MoneyCodes,
        month: &str,
        declined_with: Option<&String>,
    ) -> Result<(String, i64), Refusal> {
        let account = self.presented(card, codes, month)?;
        let told = (account.card.name.clone(), account.card.balance);
        declined_with.map_or(Ok(told), |code| refuse(code, "on purpose"))
    }

    /// Books the void of the sale `batch` and `stan` of the same terminal, approved or declined.
    pub fn void(
        &mut self,
        order: &Order,
        original: (&str, &str, &str),
        card: Option<&Presented>,
        codes: &MoneyCodes,
        month: &str,
    ) -> Result<Booked, Refusal> {
        let (batch, stan, reference) = original;
        let id = Id { batch: batch.to_owned(), stan: stan.to_owned(), ..order.id.clone() };
        let found = self
            .original(&id)
            .filter(|at| self.transactions.get(*at).is_some_and(|t| t.reference == reference.trim_end()));
        let Some(found) = found else {
            let reason = format!(
                "no transaction of this terminal has batch {batch}, STAN {stan} and reference {reference}"
            );
            return self.unbooked(order, card, refuse(&codes.original_not_found, reason));
        };
        let checked = self.credit(order, found, card, codes, month);
        let pan = self.transactions.get(found).map(|t| t.pan.clone()).unwrap_or_default();
        self.write(TransactionKind::Void, order, &pan, Some((batch.to_owned(), stan.to_owned())), checked)
    }

    /// A void without an original is declined all the same: a reversal of it finds it.
    fn unbooked(
        &mut self,
        order: &Order,
        card: Option<&Presented>,
        refused: Result<String, Refusal>,
    ) -> Result<Booked, Refusal> {
        let pan = card.map(|c| c.pan.clone()).unwrap_or_default();
        self.write(TransactionKind::Void, order, &pan, None, refused)
    }

    fn credit(
        &mut self,
        order: &Order,
        found: usize,
        card: Option<&Presented>,
        codes: &MoneyCodes,
        month: &str,
    ) -> Result<String, Refusal> {
        let Some(original) = self.transactions.get(found).cloned() else {
            return refuse(&codes.original_not_found, "the original is gone");
        };
        if original.kind == TransactionKind::Void {
            return refuse(&codes.original_not_found, "the original is a void: only a sale can be voided");
        }
        undone(&original, order.amount, codes)?;
        if let Some(card) = card {
            let name = self.presented(card, codes, month)?.card.name.clone();
            if Some(&name) != original.card.as_ref() {
                return refuse(&codes.card_unknown, format!("card {name} is not the one of the sale"));
            }
        }
        on_purpose(order)?;
        self.move_money(&original, original.amount.cast_signed());
        self.mark(found, State::Voided);
        Ok(original.card.unwrap_or_default())
    }

    /// Undoes a sale or a void whose answer the terminal could not use.
    pub fn reverse(
        &mut self,
        id: &Id,
        kind: TransactionKind,
        amount: u64,
        why: &str,
        codes: &MoneyCodes,
    ) -> Result<String, Refusal> {
        let found = self.original(id).and_then(|at| Some((at, self.transactions.get(at)?.clone())));
        let Some((at, original)) = found.filter(|(_, original)| original.kind == kind) else {
            let reason = format!("no such transaction has batch {} and STAN {}", id.batch, id.stan);
            return refuse(&codes.original_not_found, reason);
        };
        undone(&original, amount, codes)?;
        match &original.original {
            // The sale is in force again.
            Some((batch, stan)) => {
                self.move_money(&original, -original.amount.cast_signed());
                let id = Id { batch: batch.clone(), stan: stan.clone(), ..id.clone() };
                if let Some(sale) = self.original(&id) {
                    self.mark(sale, State::Captured);
                }
            }
            None => self.move_money(&original, original.amount.cast_signed()),
        }
        self.mark(at, State::Reversed);
        if let Some(transaction) = self.transactions.get_mut(at) {
            transaction.reversed_for = Some(why.to_owned());
        }
        Ok(original.card.unwrap_or_default())
    }

    fn original(&self, id: &Id) -> Option<usize> {
        self.transactions.iter().position(|t| {
            (&t.merchant_id, &t.terminal_id, &t.batch, &t.stan)
                == (&id.merchant, &id.terminal, &id.batch, &id.stan)
        })
    }

    fn mark(&mut self, at: usize, state: State) {
        if let Some(transaction) = self.transactions.get_mut(at) {
            transaction.state = state;
        }
    }

    fn move_money(&mut self, of: &Transaction, amount: i64) {
        if let Some(account) = self.accounts.iter_mut().find(|a| Some(&a.card.name) == of.card.as_ref()) {
            account.card.balance += amount;
        }
    }

    /// The account of a card that may be used, its PIN checked where there is one.
    fn presented(
        &mut self,
        card: &Presented,
        codes: &MoneyCodes,
        month: &str,
    ) -> Result<&mut Account, Refusal> {
        let Some(account) = self.accounts.iter_mut().find(|a| a.card.pan == card.pan) else {
            return refuse(&codes.card_unknown, "no card has this number");
        };
        if card.track2.is_some() && card.track2 != account.card.track2() {
            let reason = format!("field 35 is not what stands on card {}", account.card.name);
            return refuse(&codes.card_unknown, reason);
        }
        if let Some(request) = &card.chip {
            let verified = chip::authenticate(&account.card, account.last_atc, request, codes)?;
            account.last_atc = Some(u16::from_be_bytes(verified.atc));
            self.verified = Some(verified);
            chip::permitted(request, &self.rules, codes)?;
        }
        if account.card.status == CardStatus::Restricted {
            return refuse(&codes.card_restricted, format!("card {} is restricted", account.card.name));
        }
        let known = account.card.expiry.as_str();
        if card.expiry.as_ref().is_some_and(|said| said != known) {
            return refuse(&codes.expired, "field 14 is not the card's expiry date");
        }
        // YYMM compares as text.
        if known < month {
            return refuse(&codes.expired, format!("the card expired in {known}, it is {month}"));
        }
        account.verify(&card.pin, codes)?;
        Ok(account)
    }

    /// Writes a transaction down, whatever came of it.
    fn write(
        &mut self,
        kind: TransactionKind,
        order: &Order,
        pan: &str,
        original: Option<(String, String)>,
        checked: Result<String, Refusal>,
    ) -> Result<Booked, Refusal> {
        let approved = checked.is_ok();
        let authorisation =
            approved.then(|| format!("{:06}", (500_001 + self.transactions.len()) % 1_000_000));
        let known = self.accounts.iter().find(|a| a.card.pan == pan).map(|a| a.card.name.clone());
        self.transactions.push(Transaction {
            kind,
            merchant_id: order.id.merchant.clone(),
            terminal_id: order.id.terminal.clone(),
            batch: order.id.batch.clone(),
            stan: order.id.stan.clone(),
            amount: order.amount,
            card: checked.as_ref().ok().cloned().or(known),
            pan: payrig_iso8583::masked(payrig_iso8583::Secret::Pan, pan),
            state: if approved { State::Captured } else { State::Declined },
            reference: order.reference.clone(),
            authorisation: authorisation.clone(),
            code: checked.as_ref().err().map_or_else(|| "00".to_owned(), |refused| refused.code.clone()),
            original,
            reversed_for: None,
        });
        Ok(Booked { card: checked?, authorisation: authorisation.unwrap_or_default() })
    }
}

/// Whether a transaction can be undone with this amount.
fn undone(original: &Transaction, amount: u64, codes: &MoneyCodes) -> Result<(), Refusal> {
    let (code, said) = match original.state {
        State::Captured if original.amount == amount => return Ok(()),
        State::Captured => {
            let reason = format!("the original's amount is {}, not {amount}", original.amount);
            return refuse(&codes.amount_differs, reason);
        }
        State::Declined => (&codes.original_declined, "declined"),
        State::Reversed => (&codes.already_reversed, "reversed already"),
        State::Voided => (&codes.already_reversed, "voided already"),
    };
    refuse(code, format!("the original, batch {} and STAN {}, was {said}", original.batch, original.stan))
}

impl Account {
    fn verify(&mut self, pin: &Pin, codes: &MoneyCodes) -> Result<(), Refusal> {
        if self.tries == 0 {
            return refuse(&codes.pin_tries, "the PIN tries are used up");
        }
        match pin {
            Pin::None if self.card.pin_bypass => Ok(()),
            Pin::None => refuse(&codes.wrong_pin, "this card asks for a PIN, and there is none"),
            Pin::Unreadable(why) => refuse(&codes.pin_translation, format!("field 52: {why}")),
            Pin::Clear(given) if *given == self.card.pin => {
                self.tries = PIN_TRIES;
                Ok(())
            }
            Pin::Clear(_) => {
                self.tries -= 1;
                match self.tries {
                    0 => refuse(&codes.pin_tries, "the PIN is wrong, and it was the last try"),
                    left => refuse(&codes.wrong_pin, format!("the PIN is wrong, tries left: {left}")),
                }
            }
        }
    }
}
