//! What the operator asks for.

use core::fmt;

use heapless::String;
use zeroize::Zeroize;

use super::amount::Amount;
use super::entry_mode::EntryMode;
use super::kind::Kind;
use crate::batch::card_seal;
use crate::batch::card_seal::Card;
use crate::batch::chip_part::ChipPart;
use crate::batch::entry::{Entry, Id, Original, Reason, State, Trace};
use crate::crypto::keys::Key16;

/// Digits of the longest PIN.
pub(crate) const LONGEST_PIN: usize = 12;
/// Digits of the shortest.
pub(crate) const SHORTEST_PIN: usize = 4;

/// A PIN of 4 to 12 digits: it does not print, and is erased when dropped.
pub(crate) struct Pin(String<LONGEST_PIN>);

impl Pin {
    /// Takes the digits; `None` where they are too few.
    pub(crate) fn new(digits: String<LONGEST_PIN>) -> Option<Self> {
        let pin = Self(digits);
        (pin.0.len() >= SHORTEST_PIN).then_some(pin)
    }

    pub(crate) fn digits(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pin(..)")
    }
}

/// A sale, void or balance before it has a STAN.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) card: Card,
    /// How the card was presented; a void's is its sale's.
    pub(crate) mode: EntryMode,
    /// Nothing where the cardholder gives none.
    pub(crate) pin: Option<Pin>,
    pub(crate) what: What,
}

/// What an order is about.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one exists at a time, and there is no heap to put it on")]
pub(crate) enum What {
    Sale(Amount),
    /// The captured sale.
    Void(Entry),
    Balance,
}

impl Order {
    pub(crate) fn kind(&self) -> Kind {
        match self.what {
            What::Sale(_) => Kind::Sale,
            What::Void(_) => Kind::Void,
            What::Balance => Kind::Balance,
        }
    }

    /// Whether its request has the tracks that were swiped for it.
    pub(crate) fn has_tracks(&self) -> bool {
        self.mode.is_swiped() && self.kind() != Kind::Void
    }

    /// Field 4; nothing for a balance.
    pub(crate) fn amount(&self) -> Option<Amount> {
        match &self.what {
            What::Sale(amount) => Some(*amount),
            What::Void(sale) => Some(sale.amount),
            What::Balance => None,
        }
    }

    /// The sale that a void undoes.
    pub(crate) fn original(&self) -> Option<Original> {
        let What::Void(sale) = &self.what else { return None };
        let approval = sale.approval?;
        Some(Original { id: sale.id, at: approval.at, authorisation: approval.authorisation })
    }

    /// The record that stands in the journal before the request goes out; nothing for a balance.
    pub(crate) fn entry(&self, id: Id, factory_key: &Key16) -> Option<Entry> {
        let amount = self.amount()?;
        Some(Entry {
            id,
            state: State::Due,
            amount,
            card: self.card.number.masked(),
            sealed_card: card_seal::seal(factory_key, &self.card, id.stan),
            with_pin: self.pin.is_some(),
            mode: self.mode,
            original: self.original(),
            approval: None,
            trace: Trace::default(),
            reason: Reason::NoAnswer,
            tries: 0,
            chip: None,
        })
    }

    /// What is kept of a balance whose card had scripts.
    pub(crate) fn balance_entry(&self, id: Id, factory_key: &Key16, chip: ChipPart) -> Entry {
        Entry {
            id,
            state: State::Dropped,
            amount: Amount::default(),
            card: self.card.number.masked(),
            sealed_card: card_seal::seal(factory_key, &self.card, id.stan),
            with_pin: self.pin.is_some(),
            mode: self.mode,
            original: None,
            approval: None,
            trace: Trace::default(),
            reason: Reason::NoAnswer,
            tries: 0,
            chip: Some(chip),
        }
    }
}
