//! What the operator is told where a chip's part ends before its time (INTERFACE.md, section 21, E540 to E547).

use super::failure::{Failure, ToBeReversed};
use super::screens::Stopped;
use crate::detail::{Detail, Value};
use crate::diagnosis::{Cause, Diagnosis};
use crate::emv::cardholder::Interruption;
use crate::emv::fault::{CardError, Ending};
use crate::emv::tag::Tag;
use crate::emv::tvr::Tvr;
use crate::panel::text::Text;
use crate::panel::texts::details;
use crate::slot::apdu::StatusWord;
use crate::slot::fault::SlotFault;

/// Why a chip's order was not served.
#[derive(Debug)]
pub(super) enum ChipFailure {
    /// E540: the stripe may be taken.
    NotRead(Diagnosis),
    /// The order is over.
    Failed(Failure),
}

impl<F: Into<Failure>> From<F> for ChipFailure {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

impl From<Ending> for ChipFailure {
    fn from(ending: Ending) -> Self {
        let diagnosis = match ending {
            Ending::Card(CardError::Slot(fault)) if fault != SlotFault::Removed => {
                return Self::NotRead(Cause::ChipNotRead.with(of_fault(fault)));
            }
            Ending::Card(error) => of_error(error),
            Ending::NoApplication => Cause::CardNotSupported.bare(),
            Ending::Blocked => Cause::CardBlocked.bare(),
            Ending::Interrupted(Interruption::Cancelled) => return Stopped::Cancelled.into(),
            Ending::Interrupted(Interruption::TimedOut) => return Stopped::Timeout.into(),
            Ending::Interrupted(Interruption::Removed) => Cause::CardRemoved.bare(),
            Ending::Declined(tvr) => Cause::DeclinedOffline.with(of_tvr(tvr)),
        };
        Self::Failed(Failure::Failed(diagnosis, ToBeReversed::No))
    }
}

/// E542 or E546.
pub(super) fn of_error(error: CardError) -> Diagnosis {
    let detail = match error {
        CardError::Slot(SlotFault::Removed) | CardError::LateSlot(SlotFault::Removed) => {
            return Cause::CardRemoved.bare();
        }
        CardError::Slot(fault) | CardError::LateSlot(fault) => of_fault(fault),
        CardError::Missing(tag) => of_tag(details::TAG_MISSING, tag),
        CardError::Wrong(tag) => of_tag(details::TAG_WRONG, tag),
        CardError::Status(StatusWord(status)) => Detail::of(details::STATUS, Value::Status(status)),
    };
    Cause::CardDataWrong.with(detail)
}

/// A TVR as a detail.
pub(super) fn of_tvr(tvr: Tvr) -> Detail {
    Detail::of(details::TVR, Value::Tvr(*tvr.bytes()))
}

fn of_tag(text: Text, Tag(tag): Tag) -> Detail {
    // No tag that the kernel knows has more than two bytes.
    Detail::of(text, Value::Tag(u16::try_from(tag).unwrap_or(u16::MAX)))
}

fn of_fault(fault: SlotFault) -> Detail {
    let text = match fault {
        // A removal has a cause of its own, without a detail.
        SlotFault::Removed | SlotFault::NoAnswer => details::NO_ANSWER,
        SlotFault::NoAtr => details::NO_ATR,
        SlotFault::AtrWrong => details::ATR_WRONG,
        SlotFault::CharactersHarmed => details::CHARACTERS_HARMED,
        SlotFault::BlocksHarmed => details::BLOCKS_HARMED,
        SlotFault::EndedByCard => details::ENDED_BY_CARD,
        SlotFault::AnswerTooLong => details::ANSWER_TOO_LONG,
    };
    text.into()
}
