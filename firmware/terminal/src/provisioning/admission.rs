//! What an accepted record changes.

use heapless::{String, Vec};

use super::chip;
use super::record::{Record, hex_bytes};
use super::record_key::{RecordKey, RecordKind};
use super::refusal::{Reason, Refusal};
use super::rule::{codes, host_and_port, number};
use crate::access::Access;
use crate::chip_records::record::ChipRecord;
use crate::crypto::kcv::Kcv;
use crate::crypto::keys::Key16;
use crate::crypto::sm4;
use crate::keystore::secrets::Secrets;
use crate::language::Language;
use crate::parameters::{CLOSING_CODES, Parameters, ProofLengths, REVERSAL_CLOSING, REVERSAL_TRIES};
use crate::sign_on::key_scheme::KeyScheme;

/// Seconds for the host's answer where the record says nothing.
const HOST_TIMEOUT_S: u16 = 60;
/// Tries of a sign-on where the record says nothing.
const TRIES: u8 = 3;

/// What a record changes.
#[derive(Debug)]
pub(crate) enum Change {
    /// A factory record: everything.
    Factory(Secrets, Parameters),
    /// A key record: a new TMK, and the working keys erased.
    MasterKey(Secrets),
    /// A chip record.
    Chip(ChipRecord),
}

/// Judges a record against what the terminal has.
///
/// # Errors
/// R01 to R06, R09 or R10, with the line; R11 where it does not fit is for the store to say.
pub(crate) fn admit(text: &[u8], present: Option<&Secrets>) -> Result<Change, Refusal> {
    let record = Record::parse(text)?;
    if record.is_empty() {
        record.require(RecordKey::Tmk)?;
    }
    if let Some(kind) = record.kind().filter(|kind| *kind != RecordKind::Terminal) {
        let present = present.ok_or(Refusal::new(Reason::NotProvisioned, 1))?;
        return chip::admit(&record, kind, present.factory_key()).map(Change::Chip);
    }
    match (record.is_factory_record(), present) {
        (true, Some(_)) => Err(Refusal::new(Reason::ProvisionedAlready, 1)),
        (true, None) => factory(&record),
        (false, None) => Err(Refusal::new(Reason::NotProvisioned, 1)),
        (false, Some(present)) => {
            record.require(RecordKey::Tmk)?;
            record.require(RecordKey::TmkKcv)?;
            let tmk = master_key(&record, present.factory_key())?;
            Ok(Change::MasterKey(present.with_master_key(tmk)))
        }
    }
}

fn factory(record: &Record<'_>) -> Result<Change, Refusal> {
    for key in RecordKey::FACTORY {
        record.require(key)?;
    }
    let of_access: &[RecordKey] = match access(record) {
        Access::Sim800 | Access::Ec20 => &RecordKey::CELLULAR,
        Access::Line => &RecordKey::LINE,
    };
    for key in of_access {
        record.require(*key)?;
    }
    if record.get(RecordKey::Tmk).is_some() || record.get(RecordKey::TmkKcv).is_some() {
        record.require(RecordKey::Tmk)?;
        record.require(RecordKey::TmkKcv)?;
    }
    let factory_key = key(record, RecordKey::FactoryKey)?;
    check_kcv(record, RecordKey::FactoryKcv, Kcv::sm4(&factory_key))?;
    let tmk = match record.get(RecordKey::Tmk) {
        Some(_) => Some(master_key(record, &factory_key)?),
        None => None,
    };
    let device_id = text(record, RecordKey::DeviceId)?;
    let serial = array(record, RecordKey::Serial)?;
    let secrets = Secrets::new(device_id, serial, factory_key);
    let secrets = match tmk {
        Some(tmk) => secrets.with_master_key(tmk),
        None => secrets,
    };
    Ok(Change::Factory(secrets, parameters(record)?))
}

/// Decrypts the TMK under the factory key and checks its KCV.
fn master_key(record: &Record<'_>, factory_key: &Key16) -> Result<Key16, Refusal> {
    let entry = record.require(RecordKey::Tmk)?;
    let mut block = hex_bytes(entry.value).ok_or(Refusal::new(Reason::BadValue, entry.line))?;
    sm4::decrypt(factory_key, &mut block);
    let tmk = Key16::take(&mut block);
    check_kcv(record, RecordKey::TmkKcv, Kcv::double(&tmk))?;
    Ok(tmk)
}

fn key(record: &Record<'_>, key: RecordKey) -> Result<Key16, Refusal> {
    let entry = record.require(key)?;
    let mut bytes = hex_bytes(entry.value).ok_or(Refusal::new(Reason::BadValue, entry.line))?;
    Ok(Key16::take(&mut bytes))
}

fn check_kcv(record: &Record<'_>, key: RecordKey, computed: Kcv) -> Result<(), Refusal> {
    let entry = record.require(key)?;
    match hex_bytes(entry.value) {
        Some(stated) if Kcv(stated) == computed => Ok(()),
        _ => Err(Refusal::new(Reason::Kcv, entry.line)),
    }
}

fn parameters(record: &Record<'_>) -> Result<Parameters, Refusal> {
    let tpdu = record.require(RecordKey::Tpdu)?;
    let (host, port) = host(record)?;
    let word = |key, word| is_word(record, key, word);
    let count = |key| record.get(key).and_then(|entry| number(entry.value));
    let few = |key| count(key).and_then(|number| u8::try_from(number).ok());
    Ok(Parameters {
        terminal_id: array(record, RecordKey::TerminalId)?,
        merchant_id: array(record, RecordKey::MerchantId)?,
        tpdu: hex_bytes(tpdu.value).ok_or(Refusal::new(Reason::BadValue, tpdu.line))?,
        access: access(record),
        apn: text_or_none(record, RecordKey::Apn)?,
        host,
        port,
        dial: text_or_none(record, RecordKey::Dial)?,
        rotate_daily: word(RecordKey::RotateDaily, "yes"),
        rotate_hours: few(RecordKey::RotateHours).unwrap_or(0),
        host_timeout_s: count(RecordKey::HostTimeout).unwrap_or(HOST_TIMEOUT_S),
        tries: few(RecordKey::Tries).unwrap_or(TRIES),
        accept_stale_keys: word(RecordKey::FreshKeys, "accept"),
        proof_lengths: match word(RecordKey::ProofLengths, "2") {
            true => ProofLengths::Two,
            false => ProofLengths::Three,
        },
        key_scheme: record
            .get(RecordKey::KeyScheme)
            .and_then(|entry| KeyScheme::named(entry.value))
            .unwrap_or_default(),
        language: match word(RecordKey::Language, "zh") {
            true => Language::Chinese,
            false => Language::English,
        },
        track_3: word(RecordKey::Track3, "yes"),
        reversal_tries: few(RecordKey::ReversalTries).unwrap_or(REVERSAL_TRIES),
        reversal_closing: match record.get(RecordKey::ReversalClosing) {
            // The record's rule lets no more of them in than there is room for.
            Some(entry) => codes(entry.value).flatten().take(CLOSING_CODES).collect(),
            None => Vec::from_array(REVERSAL_CLOSING),
        },
    })
}

/// The way to the host; its record says nothing of the module where it is a SIM800.
fn access(record: &Record<'_>) -> Access {
    match is_word(record, RecordKey::Access, "line") {
        true => Access::Line,
        false if is_word(record, RecordKey::Modem, "ec20") => Access::Ec20,
        false => Access::Sim800,
    }
}

/// The host's address and port; nothing and 0 where the record has none.
fn host(record: &Record<'_>) -> Result<(String<64>, u16), Refusal> {
    let Some(entry) = record.get(RecordKey::Host) else { return Ok((String::new(), 0)) };
    let parts = host_and_port(entry.value);
    let host = parts.and_then(|(address, port)| Some((String::try_from(address).ok()?, port)));
    host.ok_or(Refusal::new(Reason::BadValue, entry.line))
}

fn is_word(record: &Record<'_>, key: RecordKey, word: &str) -> bool {
    record.get(key).is_some_and(|entry| entry.value == word.as_bytes())
}

/// The text of a key that may be left out.
fn text_or_none<const N: usize>(record: &Record<'_>, key: RecordKey) -> Result<String<N>, Refusal> {
    match record.get(key) {
        Some(_) => text(record, key),
        None => Ok(String::new()),
    }
}

fn text<const N: usize>(record: &Record<'_>, key: RecordKey) -> Result<String<N>, Refusal> {
    let entry = record.require(key)?;
    let text = core::str::from_utf8(entry.value).ok().and_then(|text| String::try_from(text).ok());
    text.ok_or(Refusal::new(Reason::BadValue, entry.line))
}

fn array<const N: usize>(record: &Record<'_>, key: RecordKey) -> Result<[u8; N], Refusal> {
    let entry = record.require(key)?;
    entry.value.try_into().map_err(|_| Refusal::new(Reason::BadValue, entry.line))
}

#[cfg(test)]
mod tests {
    use super::{Change, admit};
    use crate::access::Access;
    use crate::crypto::kcv::Kcv;
    use crate::crypto::keys::Key16;
    use crate::keystore::secrets::Secrets;
    use crate::keystore::store::tests::working;
    use crate::language::Language;
    use crate::parameters::tests::example;
    use crate::parameters::{Parameters, ProofLengths};
    use crate::provisioning::crc::crc16;
    use crate::provisioning::refusal::{Reason, Refusal};
    use crate::sign_on::key_scheme::KeyScheme;
    use crate::vectors::{Vectors, bytes};
    use proptest::prelude::*;
    use rstest::rstest;
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    /// The interface's example, line by line.
    const EXAMPLE: [&str; 12] = [
        "device-id=30600000290210015708",
        "serial=0000290210015708",
        "factory-key=00112233445566778899AABBCCDDEEFF",
        "factory-kcv=72EBA303",
        "terminal-id=99999906",
        "merchant-id=001430170119999",
        "tpdu=6000030000",
        "access=cellular",
        "apn=cmnet",
        "host=192.0.2.10:5000",
        "host-timeout=60",
        "tries=3",
    ];

    fn closed(body: &str) -> String {
        format!("{body}%END {:04X}\n", crc16(body.as_bytes()))
    }

    fn record<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
        let lines: String = lines.into_iter().map(|line| format!("{line}\n")).collect();
        closed(&format!("%PAYRIG-RECORD 1\n{lines}"))
    }

    /// The vectors' TMK under the example's factory key.
    fn master_key() -> [String; 2] {
        let case = Vectors::load("terminal_proof_constructed").named("tmk_under_factory_key");
        let tmk = Key16::take(&mut bytes(case.input("tmk")));
        [format!("tmk={}", case.output("tmk_encrypted_sm4_ecb")), format!("tmk-kcv={}", Kcv::double(&tmk))]
    }

    fn present() -> Secrets {
        match admit(record(EXAMPLE).as_bytes(), None) {
            Ok(Change::Factory(secrets, _)) => secrets,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_interface_s_example_with_its_own_crc() {
        let text = record(EXAMPLE);
        assert!(text.ends_with("%END F7B8\n"), "{text}");
        let Ok(Change::Factory(secrets, parameters)) = admit(text.as_bytes(), None) else { panic!() };
        assert_eq!(secrets.device_id(), "30600000290210015708");
        assert_eq!(secrets.serial(), b"0000290210015708");
        assert_eq!(Kcv::sm4(secrets.factory_key()).to_string(), "72EBA303");
        assert_eq!(secrets.tmk(), None);
        assert_eq!(parameters, example());
    }

    #[test]
    fn options_are_taken_and_have_defaults() {
        let Ok(Change::Factory(_, parameters)) = admit(record(EXAMPLE[..10].to_vec()).as_bytes(), None)
        else {
            panic!()
        };
        assert_eq!(parameters, example());
        let options = [
            "host-timeout=300",
            "tries=9",
            "fresh-keys=accept",
            "proof-lengths=2",
            "key-scheme=single",
            "modem=ec20",
            "dial=0,95516",
            "rotate-daily=yes",
            "rotate-hours=24",
            "language=zh",
            "track-3=yes",
            "reversal-tries=1",
            "reversal-closing=00,A0",
        ];
        let text = record(EXAMPLE[..10].iter().copied().chain(options));
        let Ok(Change::Factory(_, parameters)) = admit(text.as_bytes(), None) else { panic!() };
        let expected = Parameters {
            host_timeout_s: 300,
            tries: 9,
            accept_stale_keys: true,
            proof_lengths: ProofLengths::Two,
            key_scheme: KeyScheme::Single,
            access: Access::Ec20,
            dial: "0,95516".try_into().unwrap(),
            rotate_daily: true,
            rotate_hours: 24,
            language: Language::Chinese,
            track_3: true,
            reversal_tries: 1,
            reversal_closing: heapless::Vec::from_array([*b"00", *b"A0"]),
            ..example()
        };
        assert_eq!(parameters, expected);
    }

    #[test]
    fn a_terminal_on_a_phone_line_needs_a_number_and_no_address() {
        let lines = EXAMPLE.into_iter().filter(|line| !line.starts_with("apn") && !line.starts_with("host="));
        let text = record(
            lines
                .map(|line| if line == "access=cellular" { "access=line" } else { line })
                .chain(["dial=95516"]),
        );
        let Ok(Change::Factory(_, parameters)) = admit(text.as_bytes(), None) else { panic!() };
        assert_eq!((parameters.access, parameters.dial.as_str()), (Access::Line, "95516"));
        assert_eq!((parameters.host.as_str(), parameters.port), ("", 0));
    }

    #[test]
    fn a_master_key_comes_with_the_factory_record_or_alone_and_erases_working_keys() {
        let case = Vectors::load("terminal_proof_constructed").named("tmk_under_factory_key");
        let expected: [u8; 16] = bytes(case.input("tmk"));
        let [tmk, kcv] = master_key();
        let both = record(EXAMPLE.into_iter().chain([tmk.as_str(), kcv.as_str()]));
        let Ok(Change::Factory(secrets, _)) = admit(both.as_bytes(), None) else { panic!() };
        assert_eq!(secrets.tmk().unwrap().bytes(), &expected);
        let signed_on = secrets.with_working_keys(working(20));
        let alone = record([kcv.as_str(), tmk.as_str()]);
        let Ok(Change::MasterKey(secrets)) = admit(alone.as_bytes(), Some(&signed_on)) else { panic!() };
        assert_eq!(secrets.tmk().unwrap().bytes(), &expected);
        assert_eq!(secrets.working(), None);
        assert_eq!(secrets.device_id(), signed_on.device_id());
    }

    #[test]
    fn carriage_returns_belong_to_the_line_s_end_and_hex_may_be_lower_case() {
        let body = format!("%PAYRIG-RECORD 1\r\n{}\r\n", EXAMPLE.join("\r\n")).replace("AABB", "aabb");
        let text = format!("{body}%END {:04x}\r\n", crc16(body.as_bytes()));
        assert!(matches!(admit(text.as_bytes(), None), Ok(Change::Factory(..))));
    }

    /// The example with one line changed; line 1 is the opening.
    fn with(line: usize, text: &str) -> String {
        let mut lines: Vec<String> = EXAMPLE.map(String::from).to_vec();
        lines[line - 2] = text.into();
        record(lines.iter().map(String::as_str))
    }

    fn and(more: &[&str]) -> String {
        record(EXAMPLE.iter().chain(more).copied())
    }

    fn without(line: usize) -> String {
        let lines = EXAMPLE.iter().enumerate().filter(|(index, _)| index + 2 != line);
        record(lines.map(|(_, text)| *text))
    }

    #[rstest]
    #[case::a_damaged_byte(record(EXAMPLE).replace("cmnet", "cmnes"), Reason::Crc, 14)]
    #[case::a_damaged_crc(record(EXAMPLE).replace("F7B8", "F7B9"), Reason::Crc, 14)]
    #[case::no_crc(record(EXAMPLE).replace(" F7B8", ""), Reason::Crc, 14)]
    #[case::a_crc_of_three_digits(record(EXAMPLE).replace("F7B8", "F7B"), Reason::Crc, 14)]
    #[case::crc_before_unknown_key(with(3, "serie=1").replace("cmnet", "cmnes"), Reason::Crc, 14)]
    #[case::only_an_end("%END 1D0F\n".into(), Reason::Crc, 1)]
    #[case::unknown_key(with(3, "serie=0000290210015708"), Reason::UnknownKey, 3)]
    #[case::upper_case_key(with(3, "Serial=0000290210015708"), Reason::UnknownKey, 3)]
    #[case::no_equals_sign(with(4, "factory-key"), Reason::BadValue, 4)]
    #[case::an_empty_line(with(4, ""), Reason::BadValue, 4)]
    #[case::another_version(record(EXAMPLE.into_iter()).replace("RECORD 1", "RECORD 2"), Reason::Crc, 14)]
    #[case::another_version_with_its_crc(closed("%PAYRIG-RECORD 2\ndevice-id=x\n"), Reason::BadValue, 1)]
    #[case::a_value_too_short(with(7, "merchant-id=00143017011999"), Reason::BadValue, 7)]
    #[case::a_value_with_a_blank(with(13, "tries= 3"), Reason::BadValue, 13)]
    #[case::the_first_bad_line_counts(
        and(&["apn=", "serie=1", "tries=3"]), Reason::BadValue, 14
    )]
    #[case::unknown_before_a_bad_value_in_line_order(
        and(&["serie=1", "apn="]), Reason::UnknownKey, 14
    )]
    #[case::another_scheme(and(&["key-scheme=sm4-005"]), Reason::BadValue, 14)]
    #[case::another_language(and(&["language=de"]), Reason::BadValue, 14)]
    #[case::a_reversal_without_a_try(and(&["reversal-tries=0"]), Reason::BadValue, 14)]
    #[case::a_response_code_too_long(and(&["reversal-closing=00,025"]), Reason::BadValue, 14)]
    #[case::twice(and(&["tries=3"]), Reason::Twice, 14)]
    #[case::a_bad_value_twice(and(&["tries=0"]), Reason::BadValue, 14)]
    #[case::a_missing_key(without(10), Reason::KeyMissing, 13)]
    #[case::tmk_without_kcv(and(&["tmk=174D85A54072AA3DB443D82F9B824D32"]), Reason::KeyMissing, 15)]
    #[case::kcv_without_tmk(and(&["tmk-kcv=00000000"]), Reason::KeyMissing, 15)]
    #[case::nothing_to_dial(with(9, "access=line"), Reason::KeyMissing, 14)]
    #[case::no_key_at_all(record([]), Reason::KeyMissing, 2)]
    #[case::missing_before_kcv(
        without(10).replace("72EBA303", "72EBA304"), Reason::Crc, 13
    )]
    #[case::factory_kcv(with(5, "factory-kcv=72EBA304"), Reason::Kcv, 5)]
    #[case::master_kcv(
        and(&["tmk-kcv=00000000", "tmk=174D85A54072AA3DB443D82F9B824D32"]), Reason::Kcv, 14
    )]
    #[case::a_key_record_while_blank(
        record(["tmk=174D85A54072AA3DB443D82F9B824D32", "tmk-kcv=00000000"]), Reason::NotProvisioned, 1
    )]
    #[case::half_a_key_record_while_blank(record(["tmk-kcv=00000000"]), Reason::NotProvisioned, 1)]
    fn refused_while_blank(#[case] text: String, #[case] reason: Reason, #[case] line: u16) {
        assert_eq!(admit(text.as_bytes(), None).err(), Some(Refusal::new(reason, line)));
    }

    #[rstest]
    #[case::a_factory_record(record(EXAMPLE), Reason::ProvisionedAlready, 1)]
    #[case::a_part_of_one(record(["tries=3"]), Reason::ProvisionedAlready, 1)]
    #[case::a_bad_one(with(7, "merchant-id="), Reason::BadValue, 7)]
    #[case::no_kcv(record(["tmk=174D85A54072AA3DB443D82F9B824D32"]), Reason::KeyMissing, 3)]
    #[case::no_tmk(record(["tmk-kcv=00000000"]), Reason::KeyMissing, 3)]
    #[case::another_kcv(
        record(["tmk=174D85A54072AA3DB443D82F9B824D32", "tmk-kcv=00000000"]), Reason::Kcv, 3
    )]
    #[case::no_key_at_all(record([]), Reason::KeyMissing, 2)]
    fn refused_once_provisioned(#[case] text: String, #[case] reason: Reason, #[case] line: u16) {
        let present = present();
        assert_eq!(admit(text.as_bytes(), Some(&present)).err(), Some(Refusal::new(reason, line)));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in prop::collection::vec(any::<u8>(), 0..1024)) {
            prop_assert!(admit(&text, None).is_err());
        }

        #[test]
        fn any_lines_with_a_right_crc_are_judged_without_a_panic(lines in "(\\PC{0,20}=\\PC{0,40}\n){0,20}") {
            let text = closed(&["%PAYRIG-RECORD 1\n", &lines].concat());
            let is_refused = admit(text.as_bytes(), None).is_err();
            prop_assert!(is_refused);
        }

        #[test]
        fn a_flipped_bit_is_called_noise(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
            let mut text = record(EXAMPLE).into_bytes();
            // The last line's end is not covered by the CRC.
            let at = at.index(text.len() - 1);
            text[at] ^= 1_u8 << bit;
            let outcome = admit(&text, None);
            // A hex digit of the CRC may have become the same digit in the other case.
            match outcome {
                Ok(Change::Factory(secrets, _)) => prop_assert_eq!(secrets, present()),
                other => prop_assert_eq!(other.err().map(|refusal| refusal.reason), Some(Reason::Crc)),
            }
        }
    }
}
