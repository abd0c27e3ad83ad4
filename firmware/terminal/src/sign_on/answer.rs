//! Judges the sign-on answer, 0810, in the interface's order of causes.

use super::key_field::{Unopened, open, staleness};
use crate::clock::DateTime;
use crate::crypto::keys::Key16;
use crate::crypto::working_keys::WorkingKeys;
use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::iso8583::message::Message;
use crate::iso8583::six_digits::six_digits;
use crate::panel::texts::details;
use crate::parameters::Parameters;

const MTI: [u8; 2] = [0x08, 0x10];

/// What an answer is held against.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    /// The request's STAN.
    pub(crate) stan: u32,
    pub(crate) parameters: &'a Parameters,
    pub(crate) tmk: &'a Key16,
    /// The working keys in use.
    pub(crate) present: Option<&'a WorkingKeys>,
}

/// What a good answer brings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) keys: WorkingKeys,
    pub(crate) batch: u32,
    pub(crate) host_time: DateTime,
}

/// Reads a whole frame.
///
/// # Errors
/// The first of the causes E313, E312, E301 to E304, E313, E311, E310, E314.
pub(crate) fn judge(frame: &[u8], expected: &Expected<'_>) -> Result<Accepted, Diagnosis> {
    let message = Message::decode(frame)
        .map_err(|undecodable| Cause::Malformed.with(Detail::of(details::BYTE, undecodable.offset)))?;
    if message.mti() != MTI {
        return Err(malformed(0));
    }
    check_ours(&message, expected)?;
    check_response(&message)?;
    let (host_time, batch) = read_clock_and_batch(&message)?;
    let keys = read_keys(&message, expected)?;
    Ok(Accepted { keys, batch, host_time })
}

fn malformed(field: u8) -> Diagnosis {
    Cause::Malformed.with(Detail::of(details::FIELD, field))
}

fn check_ours(message: &Message<'_>, expected: &Expected<'_>) -> Result<(), Diagnosis> {
    let stan = six_digits(expected.stan);
    let parameters = expected.parameters;
    let ours = [
        (11_u8, message.digits::<6>(11).is_some_and(|digits| digits == stan.as_bytes())),
        (41, message.bytes(41) == Some(&parameters.terminal_id)),
        (42, message.bytes(42) == Some(&parameters.merchant_id)),
    ];
    match ours.iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(Cause::NotOurs.with(Detail::of(details::FIELD, *field))),
        None => Ok(()),
    }
}

/// A missing response code is found later, with the other mandatory fields.
fn check_response(message: &Message<'_>) -> Result<(), Diagnosis> {
    let Some(&[first, second]) = message.bytes(39) else { return Ok(()) };
    let cause = match [first, second] {
        [b'0', b'0'] => return Ok(()),
        [b'0', b'3'] => Cause::MerchantUnknown,
        [b'5', b'8'] => Cause::TerminalNotAllowed,
        [b'9', b'7'] => Cause::TerminalNotProven,
        _ => Cause::RefusedByHost,
    };
    Err(cause.with(Detail::of(details::CODE, [first, second])))
}

fn read_clock_and_batch(message: &Message<'_>) -> Result<(DateTime, u32), Diagnosis> {
    let time = message.digits::<6>(12).ok_or(malformed(12))?;
    // Checked on a day that always is, so that a wrong time is blamed on its own field.
    DateTime::date(b"0101").and_then(|day| day.at(&time)).ok_or(malformed(12))?;
    let date = message.digits::<4>(13).and_then(|digits| DateTime::date(&digits)).ok_or(malformed(13))?;
    message.bytes(39).ok_or(malformed(39))?;
    let batch = message.digits::<32>(60).and_then(|digits| batch(&digits)).ok_or(malformed(60))?;
    Ok((date.at(&time).ok_or(malformed(12))?, batch))
}

/// Field 60.2: six digits behind the two of 60.1.
fn batch(digits: &[u8]) -> Option<u32> {
    let batch = digits.get(2..8)?;
    if !batch.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(batch).ok()?.parse().ok()
}

fn read_keys(message: &Message<'_>, expected: &Expected<'_>) -> Result<WorkingKeys, Diagnosis> {
    let (scheme, field) = (expected.parameters.key_scheme, message.bytes(62).unwrap_or_default());
    let keys = open(expected.tmk, scheme, field).map_err(|unopened| match unopened {
        Unopened::Length => {
            let lengths = [field.len().into(), scheme.field_length().into()];
            Cause::KeyFieldLength.with(Detail::Words(details::BYTES, lengths))
        }
        Unopened::Check(name) => Cause::KeyCheckFailed.with(format_args!("{}", name.text())),
    })?;
    match staleness(&keys, expected.present) {
        Some((name, why)) if !expected.parameters.accept_stale_keys => {
            Err(Cause::KeysNotFresh.with(Detail::of(why.text(), name.text())))
        }
        _ => Ok(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::{Expected, judge};
    use crate::crypto::working_keys::WorkingKeys;
    use crate::iso8583::writer::Writer;
    use crate::parameters::Parameters;
    use crate::parameters::tests::example;
    use crate::sign_on::key_field::tests::vector;
    use crate::sign_on::key_scheme::KeyScheme;
    use crate::vectors::Vectors;
    use proptest::prelude::*;
    use rstest::rstest;
    use std::collections::BTreeMap;
    use std::format;
    use std::string::{String, ToString};
    use std::vec;
    use std::vec::Vec;

    /// An answer's fields; packed and character fields as ASCII.
    type Fields = BTreeMap<u8, Vec<u8>>;

    fn key_field() -> Vec<u8> {
        vector(KeyScheme::DoubleWithTrack).1
    }

    fn keys() -> WorkingKeys {
        vector(KeyScheme::DoubleWithTrack).2
    }

    fn parameters(key_scheme: KeyScheme) -> Parameters {
        Parameters { key_scheme, ..example() }
    }

    /// The published answer's fields, with the vectors' layout 004 in field 62.
    fn good() -> Fields {
        let case = Vectors::load("cup_frames").named("easy8583_signin_rsp");
        let mut fields: Fields = case.outputs["fields"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(field, value)| (field.parse().unwrap(), value.as_str().unwrap().as_bytes().to_vec()))
            .collect();
        fields.insert(62, key_field());
        fields
    }

    fn frame(mti: [u8; 2], fields: &Fields) -> Vec<u8> {
        let mut writer = Writer::<1024>::new(&[0x60, 0, 0, 0x01, 0x38], mti).unwrap();
        for (field, value) in fields {
            writer.put(*field, value).unwrap();
        }
        writer.finish().unwrap().to_vec()
    }

    /// How an answer to STAN 500211 ends: what the screen would say, or the batch and time.
    fn outcome(frame: &[u8], present: Option<&WorkingKeys>, parameters: &Parameters) -> String {
        let (tmk, _, keys) = vector(parameters.key_scheme);
        match judge(frame, &Expected { stan: 500_211, parameters, tmk: &tmk, present }) {
            Ok(accepted) => {
                assert_eq!(accepted.keys, keys);
                format!("{:06} {}", accepted.batch, accepted.host_time)
            }
            Err(diagnosis) => {
                format!("{} {}", diagnosis.cause.message().id, diagnosis.detail).trim_end().to_string()
            }
        }
    }

    fn judged(changes: &[(u8, &[u8])], mti: [u8; 2]) -> String {
        let mut fields = good();
        for (field, value) in changes {
            if value.is_empty() {
                fields.remove(field);
            } else {
                fields.insert(*field, value.to_vec());
            }
        }
        outcome(&frame(mti, &fields), None, &example())
    }

    #[rstest]
    #[case::good("", "000519 07-20 22:13:01")]
    #[case::optional_fields_missing("32=;37=", "000519 07-20 22:13:01")]
    #[case::another_stan("11=500212", "E312 field 11")]
    #[case::no_stan("11=", "E312 field 11")]
    #[case::another_terminal("41=99999907", "E312 field 41")]
    #[case::no_terminal("41=", "E312 field 41")]
    #[case::another_merchant("42=001430170119998", "E312 field 42")]
    #[case::stan_before_merchant("11=;42=", "E312 field 11")]
    #[case::ours_before_response("42=;39=03", "E312 field 42")]
    #[case::merchant_unknown("39=03", "E301 code 03")]
    #[case::not_allowed("39=58", "E302 code 58")]
    #[case::not_proven("39=97", "E303 code 97")]
    #[case::another_code("39=A0", "E304 code A0")]
    #[case::a_refusal_needs_no_keys("39=97;12=;13=;60=;62=", "E303 code 97")]
    #[case::no_time("12=", "E313 field 12")]
    #[case::impossible_time("12=246000", "E313 field 12")]
    #[case::no_date("13=", "E313 field 13")]
    #[case::impossible_date("13=0231", "E313 field 13")]
    #[case::no_response("39=", "E313 field 39")]
    #[case::time_before_response("12=;39=", "E313 field 12")]
    #[case::no_batch("60=", "E313 field 60")]
    #[case::short_batch("60=0000051", "E313 field 60")]
    #[case::malformed_before_keys("60=;62=", "E313 field 60")]
    #[case::no_keys("62=", "E311 0 of 60 bytes")]
    #[case::one_byte("62=x", "E311 1 of 60 bytes")]
    fn causes(#[case] changes: &str, #[case] expected: &str) {
        let changes: Vec<(u8, &[u8])> = changes
            .split_terminator(';')
            .filter_map(|change| change.split_once('='))
            .map(|(field, value)| (field.parse().unwrap(), value.as_bytes()))
            .collect();
        assert_eq!(judged(&changes, [0x08, 0x10]), expected);
    }

    #[test]
    fn another_message_type_is_field_0_whatever_else_is_wrong() {
        assert_eq!(judged(&[], [0x08, 0x00]), "E313 field 0");
        assert_eq!(judged(&[(11, b"")], [0x02, 0x10]), "E313 field 0");
    }

    #[rstest]
    #[case(KeyScheme::Single, 24)]
    #[case(KeyScheme::Double, 40)]
    #[case(KeyScheme::DoubleWithTrack, 60)]
    #[case(KeyScheme::Sm4, 60)]
    #[case(KeyScheme::Sm4By006, 60)]
    fn field_62_of_every_length_but_the_scheme_s_is_refused(#[case] scheme: KeyScheme, #[case] right: usize) {
        for length in 0..=200 {
            let field: Vec<u8> = vector(scheme).1.into_iter().chain(vec![0; 200]).take(length).collect();
            let mut fields = good();
            fields.insert(62, field);
            let expected = match length == right {
                true => "000519 07-20 22:13:01".into(),
                false => format!("E311 {length} of {right} bytes"),
            };
            assert_eq!(outcome(&frame([0x08, 0x10], &fields), None, &parameters(scheme)), expected);
        }
    }

    /// The published answer's field 60 says 003; the vectors' keys are those of the parameter.
    #[test]
    fn the_parameter_alone_chooses_the_scheme() {
        let is_sm4 = |scheme| matches!(scheme, KeyScheme::Sm4 | KeyScheme::Sm4By006);
        let pairs = KeyScheme::ALL.into_iter().flat_map(|scheme| KeyScheme::ALL.map(|sent| (scheme, sent)));
        for (scheme, sent) in pairs {
            for network_code in ["001", "003", "004", "005", "006"] {
                let mut fields = good();
                fields.insert(60, format!("00000519{network_code}").into_bytes());
                fields.insert(62, vector(sent).1);
                let expected = match (sent.field_length(), scheme.field_length()) {
                    _ if scheme == sent || is_sm4(scheme) && is_sm4(sent) => "000519 07-20 22:13:01".into(),
                    // As long as the scheme's own, but of another cipher.
                    (60, 60) => "E310 PIK".into(),
                    (sent, right) => format!("E311 {sent} of {right} bytes"),
                };
                let answer = frame([0x08, 0x10], &fields);
                assert_eq!(outcome(&answer, None, &parameters(scheme)), expected, "60.3 = {network_code}");
            }
        }
    }

    #[rstest]
    #[case(0, "E310 PIK")]
    #[case(16, "E310 PIK")]
    #[case(20, "E310 MAK")]
    #[case(36, "E310 MAK")]
    #[case(40, "E310 TDK")]
    #[case(59, "E310 TDK")]
    fn a_damaged_key_or_check_value(#[case] at: usize, #[case] expected: &str) {
        let mut field = key_field();
        field[at] ^= 0x80;
        assert_eq!(judged(&[(62, &field)], [0x08, 0x10]), expected);
    }

    #[test]
    fn a_wrong_key_under_the_right_check_value_is_found_by_recomputing() {
        // The TDK's ciphertext in the PIK's place, with the PIK's check value.
        let mut field = key_field();
        let tdk: [u8; 16] = field[40..56].try_into().unwrap();
        field[..16].copy_from_slice(&tdk);
        assert_eq!(judged(&[(62, &field)], [0x08, 0x10]), "E310 PIK");
    }

    #[test]
    fn the_keys_in_use_are_refused_unless_the_parameter_takes_them() {
        let frame = frame([0x08, 0x10], &good());
        assert_eq!(outcome(&frame, Some(&keys()), &example()), "E314 PIK unchanged");
        let accepting = Parameters { accept_stale_keys: true, ..example() };
        assert_eq!(outcome(&frame, Some(&keys()), &accepting), "000519 07-20 22:13:01");
    }

    #[test]
    fn tpdu_header_and_padding_are_no_reason_to_refuse() {
        let mut frame = frame([0x08, 0x10], &good());
        frame[2..13].fill(0xEE);
        frame.extend([0; 7]);
        assert_eq!(outcome(&frame, None, &example()), "000519 07-20 22:13:01");
    }

    #[test]
    fn an_answer_cut_anywhere_is_malformed_at_its_end() {
        let frame = frame([0x08, 0x10], &good());
        for length in 0..frame.len() {
            let shown = outcome(&frame[..length], None, &example());
            assert!(
                shown.starts_with("E313 byte ") || shown.starts_with("E313 field 0"),
                "{length}: {shown}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_damaged_answer_brings_the_sent_keys_or_none(
            flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
        ) {
            let mut frame = frame([0x08, 0x10], &good());
            for (index, flip) in flips {
                let at = index.index(frame.len());
                frame[at] ^= flip;
            }
            // `outcome` asserts that accepted keys are the vectors'.
            let _ = outcome(&frame, None, &example());
        }
    }
}
