//! Judges the answers 0210 and 0410 (INTERFACE.md, section 12, answer and reversal).

use heapless::Vec;

use super::amount::Amount;
use super::kind::Kind;
use super::order::Order;
use crate::batch::entry::{Approval, Entry, Reason, Trace};
use crate::clock::DateTime;
use crate::crypto::mac::mac;
use crate::crypto::working_keys::MacKey;
use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::iso8583::message::Message;
use crate::iso8583::six_digits::six_digits;
use crate::panel::text::Text;
use crate::panel::texts::details;
use crate::parameters::Parameters;

const TRANSACTION: [u8; 2] = [0x02, 0x10];
const REVERSAL: [u8; 2] = [0x04, 0x10];

/// Field 39 of an approval.
const APPROVALS: [[u8; 2]; 8] = [*b"00", *b"10", *b"11", *b"16", *b"A2", *b"A4", *b"A5", *b"A6"];

/// What an answer is held against.
pub(crate) struct Asked<'a> {
    mti: [u8; 2],
    kind: Kind,
    amount: Option<Amount>,
    stan: u32,
    parameters: &'a Parameters,
    mak: &'a MacKey,
}

impl<'a> Asked<'a> {
    /// A transaction's request.
    pub(crate) fn transaction(order: &Order, stan: u32, parameters: &'a Parameters, mak: &'a MacKey) -> Self {
        Self { mti: TRANSACTION, kind: order.kind(), amount: order.amount(), stan, parameters, mak }
    }

    /// A record's reversal.
    pub(crate) fn reversal(entry: &Entry, parameters: &'a Parameters, mak: &'a MacKey) -> Self {
        let amount = Some(entry.amount);
        Self { mti: REVERSAL, kind: entry.kind(), amount, stan: entry.id.stan, parameters, mak }
    }
}

/// What the host said to a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is an answer to something else: 0 for the MTI, or the first field that differs.
    Foreign(u8),
    Declined([u8; 2]),
    Approved(Approval),
    /// Of the account: whether it is below zero, and by how much it is not zero. The host's time where it sent one.
    Balance {
        below_zero: bool,
        amount: Amount,
        at: Option<DateTime>,
    },
    /// It is no approval that could be used; why, and field 39 of the reversal.
    Unusable(Diagnosis, Reason),
}

/// What the host said to a reversal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReversalAnswer {
    /// It is an answer to something else.
    Foreign,
    /// The reversal is closed.
    Closed,
    /// It is not; field 39.
    Refused([u8; 2]),
    /// It could not be read or was not authentic.
    Unusable,
}

/// Reads the answer to a transaction.
pub(crate) fn judge(frame: &[u8], asked: &Asked<'_>) -> Answer {
    let message = match Message::decode(frame) {
        Ok(message) => message,
        Err(undecodable) => {
            let diagnosis = Cause::AnswerMalformed.with(Detail::of(details::BYTE, undecodable.offset));
            return Answer::Unusable(diagnosis, Reason::Other);
        }
    };
    if let Some(field) = foreign(&message, asked) {
        return Answer::Foreign(field);
    }
    let Some(code) = response_code(&message) else {
        return Answer::Unusable(malformed(39), Reason::Other);
    };
    if !APPROVALS.contains(&code) {
        return Answer::Declined(code);
    }
    approved(&message, asked).unwrap_or_else(|(diagnosis, reason)| Answer::Unusable(diagnosis, reason))
}

/// Reads the answer to a reversal; `closing` are the codes that close one.
pub(crate) fn judge_reversal(frame: &[u8], asked: &Asked<'_>, closing: &[[u8; 2]]) -> ReversalAnswer {
    let Ok(message) = Message::decode(frame) else { return ReversalAnswer::Unusable };
    if foreign(&message, asked).is_some() {
        return ReversalAnswer::Foreign;
    }
    let Some(code) = response_code(&message) else { return ReversalAnswer::Unusable };
    if code == *b"00" && (check_mac(&message, asked).is_err() || echo_differs(&message, asked).is_some()) {
        return ReversalAnswer::Unusable;
    }
    if closing.contains(&code) { ReversalAnswer::Closed } else { ReversalAnswer::Refused(code) }
}

/// Bytes of an answer's field 55, at most.
pub(crate) const FIELD_55: usize = 255;

/// Field 55 of an answer that [`judge`] found to be ours, for the chip; empty where it has none.
pub(crate) fn issuer_data(frame: &[u8]) -> Vec<u8, FIELD_55> {
    let field = Message::decode(frame).ok().and_then(|message| message.bytes(55).map(Vec::from_slice));
    field.and_then(Result::ok).unwrap_or_default()
}

/// Fields 37 and 13 of an answer that [`judge`] found to be ours, as far as it has them.
pub(crate) fn trace(frame: &[u8]) -> Trace {
    let Ok(message) = Message::decode(frame) else { return Trace::default() };
    let day = message.digits::<4>(13).and_then(|digits| DateTime::date(&digits));
    Trace { reference: printable(message.bytes(37)), at: host_time(&message).ok().or(day) }
}

fn malformed(field: u8) -> Diagnosis {
    Cause::AnswerMalformed.with(Detail::of(details::FIELD, field))
}

/// The first sign that a message answers something else.
fn foreign(message: &Message<'_>, asked: &Asked<'_>) -> Option<u8> {
    let stan = six_digits(asked.stan);
    let ours = [
        (0, message.mti() == asked.mti),
        (11, message.digits::<6>(11).is_some_and(|digits| digits == stan.as_bytes())),
        (41, message.bytes(41) == Some(&asked.parameters.terminal_id)),
        (42, message.bytes(42) == Some(&asked.parameters.merchant_id)),
    ];
    ours.iter().find(|(_, same)| !same).map(|(field, _)| *field)
}

fn response_code(message: &Message<'_>) -> Option<[u8; 2]> {
    message.bytes(39)?.try_into().ok()
}

fn approved(message: &Message<'_>, asked: &Asked<'_>) -> Result<Answer, (Diagnosis, Reason)> {
    check_mac(message, asked).map_err(|said| (Cause::NotAuthentic.with(said), Reason::WrongMac))?;
    if let Some(field) = echo_differs(message, asked) {
        return Err((Cause::AnswerNotOurs.with(Detail::of(details::FIELD, field)), Reason::Other));
    }
    let unusable = |field| (malformed(field), Reason::Unusable);
    if asked.kind == Kind::Balance {
        let (below_zero, amount) = message.bytes(54).and_then(balance).ok_or(unusable(54))?;
        return Ok(Answer::Balance { below_zero, amount, at: host_time(message).ok() });
    }
    let at = host_time(message).map_err(unusable)?;
    let reference = printable::<12>(message.bytes(37)).ok_or(unusable(37))?;
    let authorisation = printable::<6>(message.bytes(38));
    Ok(Answer::Approved(Approval { reference, authorisation, at }))
}

/// Fields 13 and 12.
///
/// # Errors
/// The first of them, 12 before 13, that is missing or impossible.
fn host_time(message: &Message<'_>) -> Result<DateTime, u8> {
    let time = message.digits::<6>(12).ok_or(12)?;
    // Checked on a day that always is, so that a wrong time is blamed on its own field.
    DateTime::date(b"0101").and_then(|day| day.at(&time)).ok_or(12)?;
    let date = message.digits::<4>(13).and_then(|digits| DateTime::date(&digits)).ok_or(13)?;
    date.at(&time).ok_or(12)
}

/// Whether field 64 is the MAC of the message, and what is wrong with it.
fn check_mac(message: &Message<'_>, asked: &Asked<'_>) -> Result<(), Text> {
    match (message.covered_by(64), message.bytes(64)) {
        (Some(covered), Some(stated)) if mac(asked.mak, covered) == stated => Ok(()),
        (Some(_), Some(_)) => Err(details::MAC_WRONG),
        _ => Err(details::MAC_MISSING),
    }
}

/// The first of fields 3 and 4 that is not the request's.
fn echo_differs(message: &Message<'_>, asked: &Asked<'_>) -> Option<u8> {
    let processing = message.digits::<6>(3).is_some_and(|digits| digits == asked.kind.processing_code());
    let amount = asked.amount.is_none_or(|amount| {
        message.digits::<12>(4).is_some_and(|digits| digits == amount.digits().as_bytes())
    });
    match (processing, amount) {
        (false, _) => Some(3),
        (true, false) => Some(4),
        (true, true) => None,
    }
}

fn printable<const N: usize>(field: Option<&[u8]>) -> Option<[u8; N]> {
    let characters: [u8; N] = field?.try_into().ok()?;
    characters.iter().all(|character| matches!(character, b' '..=b'~')).then_some(characters)
}

/// Field 54: account type and amount type (two characters each), currency (three), C or D, twelve digits.
fn balance(field: &[u8]) -> Option<(bool, Amount)> {
    let (sign, digits) = field.get(7..20)?.split_first()?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(sign, b'C' | b'D') {
        return None;
    }
    let units = core::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((*sign == b'D', Amount::new(units)?))
}

#[cfg(test)]
mod tests {
    use super::{Answer, Asked, ReversalAnswer, issuer_data, judge, judge_reversal, trace};
    use crate::batch::entry::tests::sale;
    use crate::crypto::mac::mac;
    use crate::crypto::working_keys::MacKey;
    use crate::iso8583::message::Message;
    use crate::iso8583::writer::Writer;
    use crate::keystore::store::tests::sm4 as sm4_keys;
    use crate::money::amount::Amount;
    use crate::money::entry_mode::EntryMode;
    use crate::money::order::{Order, What};
    use crate::money::request::tests::{card, keys};
    use crate::parameters::tests::example;
    use proptest::prelude::*;
    use rstest::rstest;
    use std::collections::BTreeMap;
    use std::format;
    use std::string::String;
    use std::vec;
    use std::vec::Vec;

    type Fields = BTreeMap<u8, Vec<u8>>;

    fn good(what: &What) -> Fields {
        let fields: &[(u8, &str)] = match what {
            What::Balance => &[(3, "310000"), (54, "0002156C000000001234")],
            _ => &[(3, "000000"), (4, "000000001234"), (37, "221301000002"), (38, "500001")],
        };
        let common = [
            (11, "000007"),
            (12, "221301"),
            (13, "0720"),
            (39, "00"),
            (41, "99999906"),
            (42, "001430170119999"),
        ];
        fields.iter().chain(&common).map(|(field, value)| (*field, value.as_bytes().to_vec())).collect()
    }

    /// `field=value` replaces a field, `field=` takes it away; `64=wrong` spoils the MAC.
    fn frame(mti: [u8; 2], fields: Fields, changes: &str) -> Vec<u8> {
        frame_under(&keys().mak, mti, fields, changes)
    }

    fn frame_under(mak: &MacKey, mti: [u8; 2], mut fields: Fields, changes: &str) -> Vec<u8> {
        let mut mac_is = "right";
        for (field, value) in changes.split_terminator(';').filter_map(|change| change.split_once('=')) {
            match (field, value) {
                ("64", value) => mac_is = value,
                (field, "") => drop(fields.remove(&field.parse().unwrap())),
                (field, value) => drop(fields.insert(field.parse().unwrap(), value.into())),
            }
        }
        let mut writer = Writer::<512>::new(&[0x60, 0, 0, 0x01, 0x38], mti).unwrap();
        for (field, value) in &fields {
            writer.put(*field, value).unwrap();
        }
        if mac_is.is_empty() {
            return writer.finish().unwrap().to_vec();
        }
        writer.put(64, &[0; 8]).unwrap();
        let mut frame = writer.finish().unwrap().to_vec();
        let end = frame.len() - 8;
        let right = mac(mak, &frame[13..end]);
        frame[end..].copy_from_slice(&right);
        frame[end] ^= u8::from(mac_is == "wrong");
        frame
    }

    fn shown(frame: &[u8], what: What) -> String {
        shown_under(&keys().mak, frame, what)
    }

    fn shown_under(mak: &MacKey, frame: &[u8], what: What) -> String {
        let order = Order { card: card(), mode: EntryMode::Keyed, pin: None, what };
        let parameters = example();
        match judge(frame, &Asked::transaction(&order, 7, &parameters, mak)) {
            Answer::Foreign(field) => format!("foreign {field}"),
            Answer::Declined(code) => format!("declined {}", String::from_utf8_lossy(&code)),
            Answer::Approved(approval) => {
                format!("approved {} {}", String::from_utf8_lossy(&approval.reference), approval.at)
            }
            Answer::Balance { below_zero, amount, at } => {
                let at = at.map_or("without time".into(), |at| format!("{at}"));
                format!("balance {below_zero} {amount} {at}")
            }
            Answer::Unusable(diagnosis, reason) => {
                let code = String::from_utf8_lossy(reason.code()).into_owned();
                format!("{} {} reversal {code}", diagnosis.cause.message().id, diagnosis.detail)
            }
        }
    }

    /// What a 3DES MAC encrypts first: the exclusive-or of the covered blocks. All but the end, which is field 64.
    fn sum_of_blocks(frame: &[u8]) -> [u8; 8] {
        let (covered, stated) = frame[13..].split_at(frame.len() - 13 - 8);
        let mut sum: [u8; 8] = stated.try_into().unwrap();
        covered.iter().enumerate().for_each(|(at, byte)| sum[at % 8] ^= byte);
        sum
    }

    fn sale_of_1234() -> What {
        What::Sale(Amount::new(1234).unwrap())
    }

    #[rstest]
    #[case::good("", "approved 221301000002 07-20 22:13:01")]
    #[case::another_approval("39=11", "approved 221301000002 07-20 22:13:01")]
    #[case::no_authorisation("38=", "approved 221301000002 07-20 22:13:01")]
    #[case::declined("39=51", "declined 51")]
    #[case::declined_without_mac("39=51;64=", "declined 51")]
    #[case::declined_with_a_wrong_mac("39=05;64=wrong;4=", "declined 05")]
    #[case::mac_wrong("64=wrong", "E522 MAC wrong reversal A0")]
    #[case::mac_missing("64=", "E522 MAC missing reversal A0")]
    #[case::mac_before_amount("4=000000001235;64=wrong", "E522 MAC wrong reversal A0")]
    #[case::another_amount("4=000000001235", "E523 field 4 reversal 06")]
    #[case::no_amount("4=", "E523 field 4 reversal 06")]
    #[case::another_processing_code("3=200000", "E523 field 3 reversal 06")]
    #[case::no_processing_code("3=", "E523 field 3 reversal 06")]
    #[case::another_stan("11=000008", "foreign 11")]
    #[case::no_stan("11=", "foreign 11")]
    #[case::another_terminal("41=99999907", "foreign 41")]
    #[case::another_merchant("42=001430170119998", "foreign 42")]
    #[case::no_code("39=", "E524 field 39 reversal 06")]
    #[case::no_time("12=", "E524 field 12 reversal 96")]
    #[case::impossible_time("12=246000", "E524 field 12 reversal 96")]
    #[case::no_date("13=", "E524 field 13 reversal 96")]
    #[case::impossible_date("13=0231", "E524 field 13 reversal 96")]
    #[case::no_reference("37=", "E524 field 37 reversal 96")]
    fn answers_to_a_sale(#[case] changes: &str, #[case] expected: &str) {
        let what = sale_of_1234();
        assert_eq!(shown(&frame([0x02, 0x10], good(&what), changes), what), expected);
    }

    #[rstest]
    #[case::good("", "balance false 12.34 07-20 22:13:01")]
    #[case::no_time("12=", "balance false 12.34 without time")]
    #[case::impossible_date("13=0231", "balance false 12.34 without time")]
    #[case::below_zero("54=0002156D000000000001", "balance true 0.01 07-20 22:13:01")]
    #[case::missing("54=", "E524 field 54 reversal 96")]
    #[case::short("54=0002156C", "E524 field 54 reversal 96")]
    #[case::no_sign("54=0002156X000000001234", "E524 field 54 reversal 96")]
    #[case::no_digits("54=0002156C0000000012 4", "E524 field 54 reversal 96")]
    #[case::mac_wrong("64=wrong", "E522 MAC wrong reversal A0")]
    fn answers_to_a_balance(#[case] changes: &str, #[case] expected: &str) {
        assert_eq!(shown(&frame([0x02, 0x10], good(&What::Balance), changes), What::Balance), expected);
    }

    /// The same host's message, whichever key the terminal has for it.
    #[test]
    fn a_mac_is_right_under_its_own_key_and_cipher_alone() {
        let keys = [keys().mak, sm4_keys(2).mak, sm4_keys(4).mak];
        for (by_host, by_terminal) in keys.iter().flat_map(|host| keys.iter().map(move |own| (host, own))) {
            let frame = frame_under(by_host, [0x02, 0x10], good(&sale_of_1234()), "");
            let shown = shown_under(by_terminal, &frame, sale_of_1234());
            match by_host == by_terminal {
                true => assert_eq!(shown, "approved 221301000002 07-20 22:13:01"),
                false => assert_eq!(shown, "E522 MAC wrong reversal A0"),
            }
            let entry = sale(7);
            let parameters = example();
            let frame = frame_under(by_host, [0x04, 0x10], good(&sale_of_1234()), "");
            let closed =
                judge_reversal(&frame, &Asked::reversal(&entry, &parameters, by_terminal), &[*b"00"]);
            assert_eq!(closed == ReversalAnswer::Closed, by_host == by_terminal);
        }
    }

    #[test]
    fn another_message_type_is_field_0_and_a_cut_message_is_malformed() {
        let what = sale_of_1234();
        assert_eq!(shown(&frame([0x04, 0x10], good(&what), ""), what), "foreign 0");
        let whole = frame([0x02, 0x10], good(&sale_of_1234()), "");
        for length in 0..whole.len() {
            let cut = shown(&whole[..length], sale_of_1234());
            assert!(cut.starts_with("E524 byte ") || cut == "foreign 0", "{length}: {cut}");
        }
    }

    /// An approval's or a decline's, as long as a field can be; of what cannot be decoded there is none.
    #[test]
    fn the_chip_s_field_is_handed_on_whole_or_not_at_all() {
        for (length, code) in [(1, "00"), (255, "00"), (255, "51")] {
            let data = vec![0x91; length];
            let mut fields = good(&sale_of_1234());
            fields.insert(55, data.clone());
            let whole = frame([0x02, 0x10], fields, &format!("39={code}"));
            assert!(shown(&whole, sale_of_1234()).starts_with(if code == "00" {
                "approved"
            } else {
                "declined"
            }));
            assert_eq!(issuer_data(&whole).as_slice(), data);
            for cut in 0..whole.len() {
                let found = issuer_data(&whole[..cut]);
                assert!(found.is_empty() || *found == *data, "{cut}");
            }
        }
        assert!(issuer_data(&frame([0x02, 0x10], good(&sale_of_1234()), "")).is_empty());
    }

    /// Of a decline too, and as much as there is of it.
    #[rstest]
    #[case::both("39=51", "221301000002 07-20 22:13:01")]
    #[case::without_a_mac("39=51;64=", "221301000002 07-20 22:13:01")]
    #[case::no_reference("39=51;37=", "- 07-20 22:13:01")]
    #[case::no_time("39=51;12=", "221301000002 07-20 00:00:00")]
    #[case::no_date("39=51;13=", "221301000002 -")]
    #[case::impossible("39=51;37=;13=0231", "- -")]
    fn an_answer_says_where_the_host_has_it(#[case] changes: &str, #[case] expected: &str) {
        let whole = frame([0x02, 0x10], good(&sale_of_1234()), changes);
        let found = trace(&whole);
        let reference =
            found.reference.map_or("-".into(), |reference| String::from_utf8(reference.to_vec()).unwrap());
        let at = found.at.map_or("-".into(), |at| format!("{at}"));
        assert_eq!(format!("{reference} {at}"), expected);
        for cut in 0..whole.len() {
            assert_eq!(trace(&whole[..cut]), Default::default(), "{cut}");
        }
    }

    #[rstest]
    #[case("", ReversalAnswer::Closed)]
    #[case("39=25", ReversalAnswer::Closed)]
    #[case("39=25;64=;4=", ReversalAnswer::Closed)]
    #[case("39=96", ReversalAnswer::Refused(*b"96"))]
    #[case("64=wrong", ReversalAnswer::Unusable)]
    #[case("64=", ReversalAnswer::Unusable)]
    #[case("4=000000001235", ReversalAnswer::Unusable)]
    #[case("39=", ReversalAnswer::Unusable)]
    #[case("11=000008", ReversalAnswer::Foreign)]
    fn answers_to_a_reversal(#[case] changes: &str, #[case] expected: ReversalAnswer) {
        let (parameters, keys) = (example(), keys());
        let entry = sale(7);
        let asked = Asked::reversal(&entry, &parameters, &keys.mak);
        let frame = frame([0x04, 0x10], good(&sale_of_1234()), changes);
        assert_eq!(judge_reversal(&frame, &asked, &[*b"00", *b"25"]), expected);
        assert_eq!(judge_reversal(&frame[..20], &asked, &[*b"00"]), ReversalAnswer::Unusable);
    }

    proptest! {
        /// The MAC covers everything between MTI and field 63: damage to an approval leaves no approval, but where it is in the frame's
        /// beginning, which the host's MAC does not cover, or where flips of one column cancel each other in the MAC's first step, the
        /// sum of all blocks.
        #[test]
        fn a_damaged_approval_is_never_another_approval(
            flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = frame([0x02, 0x10], good(&sale_of_1234()), "");
            let right = shown(&whole, sale_of_1234());
            let mut frame = whole.clone();
            for (index, flip) in flips {
                let at = 13 + index.index(frame.len() - 13);
                frame[at] ^= flip;
            }
            let shown_now = shown(&frame, sale_of_1234());
            prop_assume!(sum_of_blocks(&frame) != sum_of_blocks(&whole));
            prop_assert!(!shown_now.starts_with("approved") || shown_now == right, "{}", shown_now);
            frame.truncate(cut.index(frame.len()) + 1);
            let _ = shown(&frame, sale_of_1234());
        }

        /// A message that is malformed anywhere behind its MTI, bitmap and lengths with it, under a MAC that is right: it approves this
        /// transaction and no other, and it closes this reversal and no other.
        #[test]
        fn a_malformed_message_with_a_right_mac_approves_nothing_else(
            which in 0..3_usize,
            at in any::<prop::sample::Index>(),
            removed in 0..6_usize,
            digits in any::<bool>(),
            inserted in prop::collection::vec(any::<u8>(), 0..6),
        ) {
            let what = || if which == 0 { What::Balance } else { sale_of_1234() };
            let mti = if which == 2 { [0x04, 0x10] } else { [0x02, 0x10] };
            let mut frame = frame(mti, good(&what()), "");
            let body = 15..frame.len() - 8;
            let start = body.start + at.index(body.len());
            let end = (start + removed).min(body.end);
            // What a field can carry is nearer to what is taken for right than any bytes are.
            let inserted = inserted.into_iter().map(|byte| if digits { b'0' + byte % 10 } else { byte });
            frame.splice(start..end, inserted);
            let length = u16::try_from(frame.len() - 2).unwrap();
            frame[..2].copy_from_slice(&length.to_be_bytes());
            let end = frame.len() - 8;
            let right = mac(&keys().mak, &frame[13..end]);
            frame[end..].copy_from_slice(&right);
            let (parameters, keys) = (example(), keys());
            let taken = match which {
                2 => {
                    let entry = sale(7);
                    let asked = Asked::reversal(&entry, &parameters, &keys.mak);
                    judge_reversal(&frame, &asked, &[*b"00"]) == ReversalAnswer::Closed
                }
                _ => {
                    let shown = shown(&frame, what());
                    shown.starts_with("approved") || shown.starts_with("balance")
                }
            };
            if taken {
                let message = Message::decode(&frame).unwrap();
                let processing = if which == 0 { b"310000" } else { b"000000" };
                prop_assert!(message.digits::<6>(3).is_some_and(|digits| digits == processing));
                prop_assert!(which == 0 || message.digits::<12>(4).is_some_and(|digits| digits == b"000000001234"));
                prop_assert!(message.digits::<6>(11).is_some_and(|digits| digits == b"000007"));
                prop_assert_eq!(message.bytes(41), Some(b"99999906".as_slice()));
                prop_assert_eq!(message.bytes(42), Some(b"001430170119999".as_slice()));
                // What must be there to find it again at the host.
                prop_assert!(which != 1 || message.bytes(37).is_some_and(|field| field.len() == 12));
            }
        }

        /// Any field missing, or of another value that it can carry: an approval of this sale or none.
        #[test]
        fn any_field_of_any_content_never_panics_and_approves_nothing_else(
            field in 2_u8..64,
            value in prop::option::of(prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                prop::collection::vec(b'0'..=b'9', 40),
            ]),
            mac_is in prop::sample::select(&["", ";64=wrong", ";64="]),
        ) {
            let mut fields = good(&sale_of_1234());
            match value {
                Some(mut value) => {
                    // As long as the right one is, so that the writer takes it.
                    value.truncate(fields.get(&field).map_or(value.len(), Vec::len));
                    fields.insert(field, value);
                }
                None => drop(fields.remove(&field)),
            }
            let mut writer = Writer::<512>::new(&[0x60, 0, 0, 0x01, 0x38], [0x02, 0x10]).unwrap();
            let written = fields.iter().all(|(field, value)| writer.put(*field, value).is_ok());
            prop_assume!(written);
            let frame = frame([0x02, 0x10], fields.clone(), &format!("2={}", mac_is));
            let outcome = shown(&frame, sale_of_1234());
            let approvals = ["00", "10", "11", "16", "A2", "A4", "A5", "A6"];
            if outcome.starts_with("approved") {
                prop_assert_eq!(&fields[&4], b"000000001234");
                prop_assert_eq!(&fields[&11], b"000007");
                prop_assert!(approvals.iter().any(|code| code.as_bytes() == fields[&39]));
                prop_assert!(mac_is.is_empty());
            }
            // Where no reversal follows, the host has said no.
            if outcome.starts_with("declined") {
                prop_assert!(!approvals.iter().any(|code| code.as_bytes() == fields[&39]));
            }
        }
    }
}
