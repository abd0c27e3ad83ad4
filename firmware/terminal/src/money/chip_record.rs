//! What of a card's dialogue goes into the request and into the journal.

use heapless::Vec;
use zeroize::Zeroizing;

use super::amount::Amount;
use super::chip_fields::ChipFields;
use super::entry_mode::EntryMode;
use super::order::{Order, Pin, What};
use crate::batch::card_seal::Card;
use crate::batch::chip_part::{ChipPart, Script};
use crate::batch::entry::Approval;
use crate::clock::DateTime;
use crate::emv::completion::{Completed, Verdict};
use crate::emv::course::{Course, World};
use crate::emv::fault::{CardError, Ending};
use crate::emv::field55::Field55;
use crate::emv::pan::TRACK_2;
use crate::emv::tag::Tag;
use crate::emv::transaction::Purpose;
use crate::emv::tvr::Tvr;

/// What the request takes from the card. It holds the card number, and is erased when dropped.
pub(super) struct ChipRequest {
    sequence: Option<u8>,
    track_2: Zeroizing<Vec<u8, TRACK_2>>,
    data: Field55,
    /// What the journal has of the chip while the request is on its way.
    pub(super) part: ChipPart,
}

impl ChipRequest {
    /// What there is once the card has given its first cryptogram.
    pub(super) fn of<W: World, S>(course: &Course<'_, W, S>) -> Result<Self, Ending> {
        let track_2 = course.track_2().ok_or(CardError::Wrong(Tag::TRACK_2))?;
        let data = course.values().field_55().ok_or(CardError::Wrong(Tag::ISSUER_DATA))?;
        Ok(Self { sequence: course.sequence_number(), track_2, data, part: part(course) })
    }

    pub(super) fn fields(&self) -> ChipFields<'_> {
        ChipFields { sequence: self.sequence, track_2: &self.track_2, data: &self.data }
    }
}

/// The order of a card whose records are read.
pub(super) fn order<W: World, S>(
    course: &Course<'_, W, S>,
    purpose: Purpose,
    pin: Option<Pin>,
) -> Result<Order, Ending> {
    let number = course.card_number().ok_or(CardError::Wrong(Tag::PAN))?;
    let expiry = course.expiry().ok_or(CardError::Wrong(Tag::EXPIRATION))?;
    let what = match purpose {
        Purpose::Sale(amount) => What::Sale(amount),
        Purpose::Balance => What::Balance,
    };
    Ok(Order { card: Card { number, expiry }, mode: EntryMode::Chip, pin, what })
}

/// What the journal keeps of a chip, as things stand.
pub(super) fn part<W: World, S>(course: &Course<'_, W, S>) -> ChipPart {
    let values = course.values();
    let results = course.results();
    ChipPart {
        sequence: course.sequence_number(),
        signature: results.needs_signature,
        offline: false,
        of_balance: values.transaction.purpose == Purpose::Balance,
        aid: list(course, Tag::DF_NAME),
        name: course.name().clone(),
        aip: bytes(course, Tag::AIP),
        date: values.transaction.date,
        tvr: *results.tvr.bytes(),
        tsi: *results.tsi.bytes(),
        cryptogram: bytes(course, Tag::CRYPTOGRAM),
        atc: bytes(course, Tag::ATC),
        issuer_data: list(course, Tag::ISSUER_DATA),
        script_results: values.issuer.script_results.clone(),
        script: Script::None,
    }
}

/// An object of this length; zeros where there is none.
fn bytes<W: World, S, const N: usize>(course: &Course<'_, W, S>, tag: Tag) -> [u8; N] {
    course.values().card.array(tag).unwrap_or([0; N])
}

/// An object of this length at most; nothing where there is none.
fn list<W: World, S, const N: usize>(course: &Course<'_, W, S>, tag: Tag) -> Vec<u8, N> {
    course.values().card.find(tag).and_then(|value| Vec::from_slice(value).ok()).unwrap_or_default()
}

/// How a card ended what it had begun.
pub(super) struct LastWord {
    pub(super) verdict: Verdict,
    pub(super) tvr: Tvr,
    /// What the journal keeps of the chip at the end.
    pub(super) part: ChipPart,
    /// Whether the issuer's scripts have results.
    pub(super) has_scripts: bool,
    /// 9F79, of a balance.
    pub(super) on_card: Option<Amount>,
}

impl LastWord {
    pub(super) fn of<W: World>(course: &Course<'_, W, Completed>, on_card: Option<Amount>) -> Self {
        let (verdict, tvr) = (course.verdict(), course.results().tvr);
        Self { verdict, tvr, part: part(course), has_scripts: course.has_script_results(), on_card }
    }
}

/// An approval by the card alone, under its code: there is no host's reference, and no host's time.
pub(super) fn offline_approval(code: [u8; 2], at: DateTime) -> Approval {
    let [first, second] = code;
    let authorisation = Some([first, second, b' ', b' ', b' ', b' ']);
    Approval { reference: [b'0'; 12], authorisation, at }
}
