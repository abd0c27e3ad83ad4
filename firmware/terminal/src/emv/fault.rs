//! Why a chip's part of a transaction ends before its time (INTERFACE.md, section 21; E540 to E547).

use super::cardholder::Interruption;
use super::tag::Tag;
use super::tlv::Malformed;
use super::tvr::Tvr;
use crate::slot::apdu::StatusWord;
use crate::slot::fault::SlotFault;

/// What is wrong with what a card said, or with its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardError {
    /// A mandatory object is not there: E546, `tag «tag» missing`.
    Missing(Tag),
    /// An object that cannot be used: E546, `tag «tag» wrong`.
    Wrong(Tag),
    /// A status that ends the transaction: E546, `SW «sw»`.
    Status(StatusWord),
    /// The slot's line, before the first GENERATE AC went out: E540, or E542 of a card that is gone.
    Slot(SlotFault),
    /// The slot's line, after that: E546 with the same detail, or E542.
    LateSlot(SlotFault),
}

impl CardError {
    /// What an error of the slot is once the first GENERATE AC went out.
    pub(crate) fn late(self) -> Self {
        match self {
            Self::Slot(fault) => Self::LateSlot(fault),
            other => other,
        }
    }

    /// A malformed template, by its name.
    pub(crate) fn malformed(template: Tag) -> impl Fn(Malformed) -> Self {
        move |Malformed| Self::Wrong(template)
    }
}

impl From<SlotFault> for CardError {
    fn from(fault: SlotFault) -> Self {
        Self::Slot(fault)
    }
}

/// How a transaction ends that does not come to its online request or its offline outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// E540, E542, E546.
    Card(CardError),
    /// E543: no application that terminal and card both have.
    NoApplication,
    /// E544: the card, or every application that both have, is blocked.
    Blocked,
    /// Cancel, a time that is over, or a card that was pulled out while a person was asked.
    Interrupted(Interruption),
    /// E545.
    Declined(Tvr),
}

impl From<CardError> for Ending {
    fn from(error: CardError) -> Self {
        Self::Card(error)
    }
}

impl From<Interruption> for Ending {
    fn from(interruption: Interruption) -> Self {
        Self::Interrupted(interruption)
    }
}
