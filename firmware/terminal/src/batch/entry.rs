//! One entry of the batch: a transaction as it stands from here on.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 1 | layout version |
//! | 1 | 4 | the entry's place in the log |
//! | 5 | 1 | sale 1, void 2, balance 3 |
//! | 6 | 1 | state |
//! | 7 | 2 | field 39 of its reversal |
//! | 9 | 1 | reversal tries made |
//! | 10 | 1 | bit 0: with PIN, bit 1: has an authorisation, bit 2: the original has one, bits 3 and 4: typed, swiped, chip, fallback, bit 5: has a chip's part |
//! | 11 | 4 | batch |
//! | 15 | 4 | STAN |
//! | 19 | 8 | amount |
//! | 27 | 1 | digits of the card number |
//! | 28 | 5 | its first six and last four digits, packed |
//! | 33 | 16 | card number and expiry, encrypted |
//! | 49 | 12 | field 37 of the answer; zeros where there is none |
//! | 61 | 6 | field 38 of the answer |
//! | 67 | 5 | the host's month, day, hour, minute, second; zeros where no answer has said them |
//! | 72 | 4 | a void's: batch of the sale |
//! | 76 | 4 | STAN of the sale |
//! | 80 | 2 | month and day of the sale |
//! | 82 | 6 | field 38 of the sale |
//! | 88 | 35 | zeros |
//! | 123 | 4 | CRC-32 over all before it |
//! | 127 | 1 | 0x5A, written last |
//! | 128 | 128 | a chip's part (`chip_part`); without one, erased |

use crc::{CRC_32_ISO_HDLC, Crc};

use super::chip_part::{ChipPart, Script};
use crate::clock::DateTime;
use crate::money::amount::Amount;
use crate::money::card_number::MaskedNumber;
use crate::money::entry_mode::EntryMode;
use crate::money::kind::Kind;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// An entry of version 1 had 128 bytes: a log of them does not read back.
const VERSION: u8 = 2;
/// Bytes of a half that its check value covers.
const COVERED: usize = HALF - 5;
/// What the last byte of a whole half is. A write that the power cut leaves the erased 0xFF there.
const CLOSING: u8 = 0x5A;
const ERASED: u8 = 0xFF;
/// Among the flags: a chip's part is in the second half.
const WITH_CHIP: u8 = 1 << 5;

/// Bytes of an entry.
pub(crate) const ENTRY: usize = 2 * HALF;
/// Bytes of what every entry has, and of a chip's part behind it.
pub(crate) const HALF: usize = 128;

/// How a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Its request may be on its way: due to be reversed.
    Due,
    /// Approved.
    Captured,
    /// Declined, so that nothing is left of it.
    Dropped,
    /// Its reversal was accepted.
    Reversed,
    /// The tries of its reversal are used up.
    Open,
    /// It would be due, but an entry behind it was lost, which may have captured it. Written where its script result goes on.
    InDoubt,
}

impl State {
    const ALL: [(u8, Self); 6] = [
        (1, Self::Due),
        (2, Self::Captured),
        (3, Self::Dropped),
        (4, Self::Reversed),
        (5, Self::Open),
        (6, Self::InDoubt),
    ];

    fn code(self) -> u8 {
        Self::ALL.iter().find(|(_, state)| *state == self).map_or(0, |(code, _)| *code)
    }

    fn of(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == code).map(|(_, state)| *state)
    }
}

/// Field 39 of a reversal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// 98.
    NoAnswer,
    /// 96.
    Unusable,
    /// A0.
    WrongMac,
    /// 06.
    Other,
}

impl Reason {
    pub(crate) fn code(self) -> &'static [u8; 2] {
        match self {
            Self::NoAnswer => b"98",
            Self::Unusable => b"96",
            Self::WrongMac => b"A0",
            Self::Other => b"06",
        }
    }

    fn of(code: [u8; 2]) -> Option<Self> {
        [Self::NoAnswer, Self::Unusable, Self::WrongMac, Self::Other]
            .into_iter()
            .find(|reason| *reason.code() == code)
    }
}

/// What names a transaction of this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    pub(crate) batch: u32,
    pub(crate) stan: u32,
}

/// The sale that a void undoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Original {
    pub(crate) id: Id,
    /// Month and day of the sale, as fields 13 and 61 have them.
    pub(crate) at: DateTime,
    /// Field 38 of the sale.
    pub(crate) authorisation: Option<[u8; 6]>,
}

/// What the host's approval brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Approval {
    /// Field 37.
    pub(crate) reference: [u8; 12],
    /// Field 38.
    pub(crate) authorisation: Option<[u8; 6]>,
    /// Fields 13 and 12.
    pub(crate) at: DateTime,
}

/// Where the host has what it did not approve, or what was not captured all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// Field 37 of its answer.
    pub(crate) reference: Option<[u8; 12]>,
    /// Field 13, with the time of field 12 where there is one.
    pub(crate) at: Option<DateTime>,
}

/// A transaction as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) state: State,
    pub(crate) amount: Amount,
    pub(crate) card: MaskedNumber,
    /// Card number and expiry, encrypted for this terminal.
    pub(crate) sealed_card: [u8; 16],
    pub(crate) with_pin: bool,
    pub(crate) mode: EntryMode,
    /// Nothing for a sale.
    pub(crate) original: Option<Original>,
    /// Nothing before it is captured.
    pub(crate) approval: Option<Approval>,
    /// Nothing of what is captured: the approval has it.
    pub(crate) trace: Trace,
    /// Why it is, or was, to be reversed.
    pub(crate) reason: Reason,
    /// Tries of its reversal that were made.
    pub(crate) tries: u8,
    /// Of a chip's sale: what its receipt, its reversal and its script results need. Of a balance only a script result is
    /// kept.
    pub(crate) chip: Option<ChipPart>,
}

impl Entry {
    pub(crate) fn kind(&self) -> Kind {
        match (&self.original, &self.chip) {
            (Some(_), _) => Kind::Void,
            (None, Some(chip)) if chip.of_balance => Kind::Balance,
            (None, _) => Kind::Sale,
        }
    }

    /// Whether the card approved it without the host.
    pub(crate) fn is_offline(&self) -> bool {
        self.chip.as_ref().is_some_and(|chip| chip.offline)
    }

    /// Whether the result of a script is still to be sent.
    pub(crate) fn owes_script_result(&self) -> bool {
        self.script_stan().is_some()
    }

    /// The STAN of a script result that is still to be sent.
    pub(crate) fn script_stan(&self) -> Option<u32> {
        match self.chip.as_ref()?.script {
            Script::Due { stan, .. } => Some(stan),
            Script::None | Script::Done => None,
        }
    }

    /// Field 37 of the host's answer.
    pub(crate) fn reference(&self) -> Option<[u8; 12]> {
        self.approval.map(|approval| approval.reference).or(self.trace.reference)
    }

    /// When the host answered.
    pub(crate) fn answered_at(&self) -> Option<DateTime> {
        self.approval.map(|approval| approval.at).or(self.trace.at)
    }

    /// Bytes of it that are written.
    pub(crate) fn written(&self) -> usize {
        if self.chip.is_some() { ENTRY } else { HALF }
    }

    /// The bytes for a place in the log, of which [`Self::written`] are written.
    pub(crate) fn encode(&self, place: u32) -> [u8; ENTRY] {
        let mut bytes = [ERASED; ENTRY];
        let (front, back) = bytes.split_at_mut(HALF);
        self.encode_front(place, front);
        if let Some(chip) = &self.chip {
            back.fill(0);
            chip.encode(back);
            close(back);
        }
        bytes
    }

    fn encode_front(&self, place: u32, bytes: &mut [u8]) {
        bytes.fill(0);
        let mut at = 0;
        let mut put = |part: &[u8]| {
            if let Some(space) = bytes.get_mut(at..at + part.len()) {
                space.copy_from_slice(part);
            }
            at += part.len();
        };
        let original = self.original.as_ref();
        let authorisation = self.approval.and_then(|approval| approval.authorisation);
        let original_authorisation = original.and_then(|original| original.authorisation);
        let flags = u8::from(self.with_pin)
            | u8::from(authorisation.is_some()) << 1
            | u8::from(original_authorisation.is_some()) << 2
            | self.mode.code() << 3
            | if self.chip.is_some() { WITH_CHIP } else { 0 };
        put(&[VERSION]);
        put(&place.to_be_bytes());
        let kind = match self.kind() {
            Kind::Sale => 1,
            Kind::Void => 2,
            Kind::Balance => 3,
        };
        put(&[kind, self.state.code()]);
        put(self.reason.code());
        put(&[self.tries, flags]);
        put(&self.id.batch.to_be_bytes());
        put(&self.id.stan.to_be_bytes());
        put(&self.amount.units().to_be_bytes());
        put(&[self.card.length]);
        put(&self.card.shown);
        put(&self.sealed_card);
        put(&self.reference().unwrap_or_default());
        put(&authorisation.unwrap_or_default());
        put(&self.answered_at().map_or([0; 5], DateTime::numbers));
        put(&original.map_or(0, |original| original.id.batch).to_be_bytes());
        put(&original.map_or(0, |original| original.id.stan).to_be_bytes());
        let [month, day, ..] = original.map_or([0; 5], |original| original.at.numbers());
        put(&[month, day]);
        put(&original_authorisation.unwrap_or_default());
        close(bytes);
    }

    /// Reads what [`Self::encode`] made for the place. What stands in a half that is not used does not count.
    pub(crate) fn decode(bytes: &[u8; ENTRY], place: u32) -> Read {
        if bytes.iter().all(|byte| *byte == ERASED) {
            return Read::Erased;
        }
        let (front, back) = bytes.split_at(HALF);
        let is_torn = |half: &[u8]| half.last() == Some(&ERASED);
        let Some((mut entry, flags)) = covered(front).and_then(|front| Self::decode_front(front, place))
        else {
            return if is_torn(front) { Read::Torn } else { Read::Damaged };
        };
        if flags & WITH_CHIP != 0 {
            entry.chip = covered(back).and_then(ChipPart::decode);
            match entry.chip {
                Some(_) => {}
                None if is_torn(back) => return Read::Torn,
                None => return Read::Damaged,
            }
        }
        Read::Entry(entry)
    }

    /// Whether it was an entry of the place, or is one, by how it begins.
    pub(crate) fn begins(bytes: &[u8; ENTRY], place: u32) -> bool {
        let [version, own_place @ ..] = bytes.first_chunk::<5>().copied().unwrap_or_default();
        (version, u32::from_be_bytes(own_place)) == (VERSION, place)
    }

    /// What every entry has, and its flags.
    fn decode_front(covered: &[u8], place: u32) -> Option<(Self, u8)> {
        let mut rest = covered;
        let [version] = take(&mut rest)?;
        let own_place = u32::from_be_bytes(take(&mut rest)?);
        if (version, own_place) != (VERSION, place) {
            return None;
        }
        let [kind, state] = take(&mut rest)?;
        let reason = Reason::of(take(&mut rest)?)?;
        let [tries, flags] = take(&mut rest)?;
        let id = Id { batch: number(&mut rest)?, stan: number(&mut rest)? };
        let amount = Amount::new(u64::from_be_bytes(take(&mut rest)?))?;
        let [length] = take(&mut rest)?;
        let card = MaskedNumber { length, shown: take(&mut rest)? };
        let sealed_card = take(&mut rest)?;
        let state = State::of(state)?;
        let reference = take(&mut rest)?;
        let authorisation = Some(take(&mut rest)?).filter(|_| flags & 2 != 0);
        let at = DateTime::of_numbers(take(&mut rest)?);
        let is_captured = state == State::Captured;
        let approval = at.filter(|_| is_captured).map(|at| Approval { reference, authorisation, at });
        let trace = match is_captured {
            true => Trace::default(),
            false => Trace { reference: Some(reference).filter(|reference| *reference != [0; 12]), at },
        };
        let original_id = Id { batch: number(&mut rest)?, stan: number(&mut rest)? };
        let [month, day] = take(&mut rest)?;
        let authorisation = Some(take(&mut rest)?).filter(|_| flags & 4 != 0);
        let original = match kind {
            1 | 3 => None,
            2 => {
                let at = DateTime::of_numbers([month, day, 0, 0, 0])?;
                Some(Original { id: original_id, at, authorisation })
            }
            _ => return None,
        };
        let with_pin = flags & 1 != 0;
        let mode = EntryMode::of_code(flags >> 3 & 3)?;
        let chip = None;
        let entry = Self {
            id,
            state,
            amount,
            card,
            sealed_card,
            with_pin,
            mode,
            original,
            approval,
            trace,
            reason,
            tries,
            chip,
        };
        Some((entry, flags))
    }
}

/// Closes a half with the check value over it.
fn close(half: &mut [u8]) {
    let Some((covered, end)) = half.split_at_mut_checked(COVERED) else { return };
    let [high, middle, low, last] = CRC.checksum(covered).to_be_bytes();
    end.copy_from_slice(&[high, middle, low, last, CLOSING]);
}

/// What a half holds, if it is whole.
fn covered(half: &[u8]) -> Option<&[u8]> {
    let (covered, end) = half.split_at_checked(COVERED)?;
    let (crc, closing) = end.split_first_chunk::<4>()?;
    (*crc == CRC.checksum(covered).to_be_bytes() && closing == [CLOSING]).then_some(covered)
}

/// What stands at a place of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one exists at a time, and there is no heap to put it on")]
pub(crate) enum Read {
    /// Nothing yet.
    Erased,
    /// What a power cut left of a write: it never took effect.
    Torn,
    /// Something that was whole once.
    Damaged,
    Entry(Entry),
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(u32::from_be_bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Approval, ENTRY, Entry, HALF, Id, Original, Read, Reason, State, Trace};
    use crate::batch::chip_part::tests::part;
    use crate::batch::chip_part::{ChipPart, Script};
    use crate::clock::DateTime;
    use crate::money::amount::Amount;
    use crate::money::card_number::CardNumber;
    use crate::money::entry_mode::EntryMode;

    /// A sale of 12.34 whose request is about to go out.
    pub(crate) fn sale(stan: u32) -> Entry {
        Entry {
            id: Id { batch: 519, stan },
            state: State::Due,
            amount: Amount::new(1234).unwrap(),
            card: CardNumber::new("6212345678901232").unwrap().masked(),
            sealed_card: [0xE5; 16],
            with_pin: true,
            mode: EntryMode::Keyed,
            original: None,
            approval: None,
            trace: Trace::default(),
            reason: Reason::NoAnswer,
            tries: 0,
            chip: None,
        }
    }

    /// A chip's sale whose every list is as long as it can be, with a script result of which a try was made.
    pub(crate) fn chip_sale(stan: u32) -> Entry {
        Entry { mode: EntryMode::Chip, chip: Some(part()), ..sale(stan) }
    }

    pub(crate) fn captured(entry: Entry) -> Entry {
        let at = DateTime::of_numbers([7, 20, 22, 13, 1]).unwrap();
        let approval = Approval { reference: *b"221301000002", authorisation: Some(*b"500001"), at };
        Entry { state: State::Captured, approval: Some(approval), ..entry }
    }

    /// The void of a captured sale.
    pub(crate) fn void_of(sale: &Entry, stan: u32) -> Entry {
        let approval = sale.approval.unwrap();
        let original = Original {
            id: sale.id,
            at: DateTime::of_numbers([7, 20, 0, 0, 0]).unwrap(),
            authorisation: approval.authorisation,
        };
        Entry {
            id: Id { stan, ..sale.id },
            state: State::Due,
            original: Some(original),
            approval: None,
            ..sale.clone()
        }
    }

    fn examples() -> [Entry; 12] {
        let done = captured(sale(7));
        let void = void_of(&done, 8);
        let nameless = Entry {
            approval: done.approval.map(|approval| Approval { authorisation: None, ..approval }),
            ..done.clone()
        };
        let given_up = Entry { state: State::Open, reason: Reason::WrongMac, tries: 3, ..void.clone() };
        let swiped = Entry { mode: EntryMode::Stripe, with_pin: false, ..sale(2) };
        let fallback = Entry { mode: EntryMode::Fallback, ..sale(3) };
        let chip = captured(chip_sale(4));
        let void_of_chip = Entry { chip: None, ..void_of(&chip, 5) };
        let balance = ChipPart { of_balance: true, script: Script::Due { stan: 9, tries: 2 }, ..part() };
        let balance = Entry { state: State::Dropped, chip: Some(balance), ..chip_sale(6) };
        let trace = Trace { reference: Some(*b"221301000003"), at: DateTime::date(b"0720") };
        let declined = Entry { state: State::Dropped, trace, ..chip_sale(7) };
        let due = Entry { trace: Trace { at: None, ..trace }, ..chip_sale(8) };
        [
            sale(1),
            done,
            void,
            nameless,
            given_up,
            swiped,
            fallback,
            chip,
            void_of_chip,
            balance,
            declined,
            due,
        ]
    }

    #[test]
    fn every_entry_reads_back_in_its_place_and_in_no_other() {
        for entry in examples() {
            let bytes = entry.encode(41);
            assert_eq!(Entry::decode(&bytes, 41), Read::Entry(entry));
            assert_eq!(Entry::decode(&bytes, 42), Read::Damaged);
        }
    }

    /// The kinds of ways in are kept apart, and a void of a chip's sale has no chip's part of its own.
    #[test]
    fn a_half_that_is_not_used_is_not_written() {
        for entry in examples() {
            let bytes = entry.encode(5);
            let is_long = entry.mode == EntryMode::Chip && entry.original.is_none();
            assert_eq!(entry.written(), if is_long { ENTRY } else { HALF });
            assert_eq!(bytes[HALF..] == [0xFF; HALF], !is_long);
        }
    }

    #[test]
    fn what_the_power_cut_left_is_torn_and_any_flipped_bit_is_damage() {
        for entry in examples() {
            let bytes = entry.encode(5);
            for length in 0..entry.written() {
                let mut torn = [0xFF; ENTRY];
                torn[..length].copy_from_slice(&bytes[..length]);
                let expected = if length == 0 { Read::Erased } else { Read::Torn };
                assert_eq!(Entry::decode(&torn, 5), expected, "{length}");
            }
            for bit in 0..ENTRY * 8 {
                let mut flipped = bytes;
                flipped[bit / 8] ^= 1 << (bit % 8);
                // Beyond what is written there is nothing that could be damaged.
                let is_used = bit / 8 < entry.written();
                let expected = if is_used { Read::Damaged } else { Read::Entry(entry.clone()) };
                assert_eq!(Entry::decode(&flipped, 5), expected, "bit {bit}");
            }
        }
    }
}
