//! The message that tells what became of the issuer's scripts, and its answer (INTERFACE.md, section 21, script results).

use core::fmt::Write;

use heapless::{String, Vec};

use super::chip_data;
use super::kind::Kind;
use super::request::{put_original, put_parties, put_sequence, sealed};
use crate::batch::card_seal::Card;
use crate::batch::chip_part::{ChipPart, Script};
use crate::batch::entry::Entry;
use crate::crypto::working_keys::WorkingKeys;
use crate::iso8583::frame::REQUEST;
use crate::iso8583::message::Message;
use crate::iso8583::six_digits::six_digits;
use crate::iso8583::writer::{EncodeError, Writer};
use crate::parameters::Parameters;

const SCRIPT_RESULT: [u8; 2] = [0x06, 0x20];
const ANSWER: [u8; 2] = [0x06, 0x30];

/// Tries of a script result in all.
const TRIES: u8 = 3;

/// The entry with a try of its script result more, counted before it goes out; nothing where no try is left, or where no
/// script result is due.
pub(crate) fn tried(entry: &Entry) -> Option<Entry> {
    let chip = entry.chip.as_ref()?;
    let Script::Due { stan, tries } = chip.script else { return None };
    let tries = tries.checked_add(1).filter(|tries| *tries <= TRIES)?;
    Some(with_script(entry, chip, Script::Due { stan, tries }))
}

/// The entry once its script result was answered, or its last try was not.
pub(crate) fn done(entry: &Entry, is_answered: bool) -> Option<Entry> {
    let chip = entry.chip.as_ref()?;
    let is_over = is_answered || matches!(chip.script, Script::Due { tries, .. } if tries >= TRIES);
    is_over.then(|| with_script(entry, chip, Script::Done))
}

fn with_script(entry: &Entry, chip: &ChipPart, script: Script) -> Entry {
    Entry { chip: Some(ChipPart { script, ..chip.clone() }), ..entry.clone() }
}

/// Writes the script result of an entry, with the STAN that it was given.
///
/// # Errors
/// When a parameter cannot be sent, which no provisioning record can bring about.
pub(crate) fn script_result(
    entry: &Entry,
    chip: &ChipPart,
    stan: u32,
    card: &Card,
    serial: &[u8; 16],
    parameters: &Parameters,
    keys: &WorkingKeys,
) -> Result<Vec<u8, REQUEST>, EncodeError> {
    let mut writer = Writer::new(&parameters.tpdu, SCRIPT_RESULT)?;
    writer.put(2, card.number.digits().as_bytes())?;
    writer.put(3, entry.kind().processing_code())?;
    if entry.kind() != Kind::Balance {
        writer.put(4, entry.amount.digits().as_bytes())?;
    }
    writer.put(11, six_digits(stan).as_bytes())?;
    writer.put(22, entry.mode.field_22(entry.with_pin))?;
    put_sequence(&mut writer, chip.sequence)?;
    if let Some(reference) = entry.reference() {
        writer.put(37, &reference)?;
    }
    put_parties(&mut writer, parameters)?;
    writer.put(55, &chip_data::of_script_result(chip, serial))?;
    let mut field = String::<13>::new();
    let _ = write!(field, "00{}95150", six_digits(entry.id.batch));
    writer.put(60, field.as_bytes())?;
    put_original(&mut writer, entry.id, &date(entry, chip))?;
    sealed(writer, keys)
}

/// The day of the transaction, MMDD: the host's, or the terminal's where the host gave none.
fn date(entry: &Entry, chip: &ChipPart) -> String<4> {
    if let Some(at) = entry.answered_at() {
        return at.month_and_day();
    }
    let [_, month, day] = chip.date;
    let mut digits = String::new();
    let _ = write!(digits, "{month:02X}{day:02X}");
    digits
}

/// Whether a frame answers the script result of this STAN. What field 39 says does not matter.
pub(crate) fn is_answer(frame: &[u8], stan: u32, parameters: &Parameters) -> bool {
    let Ok(message) = Message::decode(frame) else { return false };
    message.mti() == ANSWER
        && message.digits::<6>(11).is_some_and(|digits| digits == six_digits(stan).as_bytes())
        && message.bytes(41) == Some(&parameters.terminal_id)
        && message.bytes(42) == Some(&parameters.merchant_id)
}

#[cfg(test)]
mod tests {
    use super::{done, is_answer, script_result, tried};
    use crate::batch::chip_part::tests::part;
    use crate::batch::chip_part::{ChipPart, Script};
    use crate::batch::entry::tests::{captured, chip_sale};
    use crate::batch::entry::{Entry, State, Trace};
    use crate::clock::DateTime;
    use crate::iso8583::writer::Writer;
    use crate::money::request::tests::{SERIAL, card, keys, shown};
    use crate::parameters::tests::example;
    use rstest::rstest;
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn fields(entry: &Entry) -> Vec<String> {
        let chip = entry.chip.as_ref().unwrap();
        let frame = script_result(entry, chip, 77, &card(), SERIAL, &example(), &keys()).unwrap();
        shown(&frame)
    }

    #[test]
    fn a_script_result_names_its_sale_and_says_what_the_chip_did() {
        let data = format!(
            "9F3303E0F8C895050800048000{}{}9F10205A{}9F2608AABBCCDDEEFF00119F3602000182027C00DF3114{}9F1A0201569A03260720",
            "9F1E08",
            hex::encode_upper("10015708"),
            "5A".repeat(31),
            "20".repeat(20),
        );
        assert_eq!(
            fields(&captured(chip_sale(6))),
            [
                "0620",
                "2=6212345678901232",
                "3=000000",
                "4=000000001234",
                "11=000077",
                "22=051",
                "23=001",
                "37=221301000002",
                "41=99999906",
                "42=001430170119999",
                "49=156",
                &format!("55={data}"),
                "60=0000051995150",
                "61=0005190000060720",
            ]
        );
    }

    /// What a decline left has the reference and the day that its answer had; a balance has no amount.
    #[test]
    fn what_is_left_of_a_decline_or_a_balance_says_what_is_known() {
        let trace = Trace { reference: Some(*b"221301000003"), at: DateTime::date(b"0721") };
        let mut known = fields(&Entry { state: State::Dropped, trace, ..chip_sale(6) });
        assert!(known.contains(&"37=221301000003".to_string()));
        assert_eq!(known.pop().unwrap(), "61=0005190000060721");
        let declined = Entry { state: State::Dropped, ..chip_sale(6) };
        let mut known = fields(&declined);
        assert!(!known.iter().any(|field| field.starts_with("37=")));
        assert_eq!(known.pop().unwrap(), "61=0005190000060720");
        let chip = ChipPart { of_balance: true, sequence: None, ..part() };
        let known = fields(&Entry { chip: Some(chip), ..declined });
        assert!(known.contains(&"3=310000".to_string()));
        assert!(!known.iter().any(|field| field.starts_with("4=") || field.starts_with("23=")), "{known:?}");
    }

    /// Three tries with one STAN; an answer ends them, and so does the last.
    #[test]
    fn a_script_result_has_three_tries() {
        let script = |entry: &Entry| entry.chip.as_ref().unwrap().script;
        let chip = ChipPart { script: Script::Due { stan: 77, tries: 0 }, ..part() };
        let mut entry = captured(Entry { chip: Some(chip), ..chip_sale(6) });
        for tries in 1..=3 {
            assert!(done(&entry, false).is_none());
            entry = tried(&entry).unwrap();
            assert_eq!(script(&entry), Script::Due { stan: 77, tries });
            assert_eq!(script(&done(&entry, true).unwrap()), Script::Done);
        }
        assert!(tried(&entry).is_none());
        let ended = done(&entry, false).unwrap();
        assert_eq!((script(&ended), ended.owes_script_result()), (Script::Done, false));
        assert!(tried(&ended).is_none() && tried(&Entry { chip: None, ..entry }).is_none());
    }

    #[rstest]
    #[case::approved([0x06, 0x30], "000077", "99999906", "00", true)]
    #[case::whatever_it_says([0x06, 0x30], "000077", "99999906", "96", true)]
    #[case::another_message([0x02, 0x10], "000077", "99999906", "00", false)]
    #[case::another_stan([0x06, 0x30], "000078", "99999906", "00", false)]
    #[case::another_terminal([0x06, 0x30], "000077", "99999907", "00", false)]
    fn an_answer_is_the_one_to_its_stan(
        #[case] mti: [u8; 2],
        #[case] stan: &str,
        #[case] terminal: &str,
        #[case] code: &str,
        #[case] expected: bool,
    ) {
        let mut writer = Writer::<256>::new(&[0x60, 0, 0, 0, 3], mti).unwrap();
        for (field, value) in [(11, stan), (39, code), (41, terminal), (42, "001430170119999")] {
            writer.put(field, value.as_bytes()).unwrap();
        }
        let frame = writer.finish().unwrap();
        assert_eq!(is_answer(&frame, 77, &example()), expected);
        assert!(!is_answer(&frame[..frame.len() - 1], 77, &example()));
    }
}
