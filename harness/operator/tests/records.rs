//! Provisioning records: encoded as INTERFACE.md has it, and what is wrong in one is told with its place.
#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

use std::path::PathBuf;

use payrig_operator::{ProvisioningRecord, TerminalFixture};
use proptest::prelude::*;
use rstest::rstest;

/// The example of INTERFACE.md, section 5.
const EXAMPLE: &str = "\
%PAYRIG-RECORD 1
device-id=30600000290210015708
serial=0000290210015708
factory-key=00112233445566778899AABBCCDDEEFF
factory-kcv=72EBA303
terminal-id=99999906
merchant-id=001430170119999
tpdu=6000030000
access=cellular
apn=cmnet
host=192.0.2.10:5000
host-timeout=60
tries=3
%END F7B8
";

const TMK_WITH_WRONG_KCV: &str = "tmk=174D85A54072AA3DB443D82F9B824D32\ntmk-kcv=EB7A8DF8";
const LONG_NAME: &str =
    "cmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnetcmnet";

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn factory() -> TerminalFixture {
    TerminalFixture::load(&repository().join("fixtures/terminals/factory.toml")).unwrap()
}

fn crc(body: &str) -> u16 {
    crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740).checksum(body.as_bytes())
}

/// The same text with the right CRC, where its closing line has the right form.
fn closed_again(text: &str) -> String {
    let Some((body, rest)) = text.split_once("%END F7B8") else { return text.to_owned() };
    format!("{body}%END {:04X}{rest}", crc(body))
}

#[test]
fn the_factory_record_is_the_example_byte_for_byte() {
    let record = factory().record().unwrap();
    assert_eq!(String::from_utf8(record.encode()).unwrap(), EXAMPLE);
    assert_eq!(ProvisioningRecord::parse("example", EXAMPLE.as_bytes()).unwrap(), record);
}

#[test]
fn the_example_is_that_of_the_specification() {
    let page = std::fs::read_to_string(repository().join("firmware/terminal/INTERFACE.md")).unwrap();
    assert!(page.contains(EXAMPLE));
}

#[rstest]
#[case::empty(EXAMPLE, "", 1, "expected the opening line `%PAYRIG-RECORD 1`")]
#[case::version("RECORD 1", "RECORD 2", 1, "expected the opening line `%PAYRIG-RECORD 1`")]
#[case::no_end("%END F7B8\n", "", 13, "expected a closing line")]
#[case::end_form("%END F7B8", "%END +7B8", 14, "expected `%END `, then the CRC as four hex digits")]
#[case::after("%END F7B8\n", "%END F7B8\nmore", 15, "expected nothing after the closing line")]
#[case::unknown("tries=3", "try=3", 13, "unknown key `try`; expected one of device-id, serial")]
#[case::no_equals("tries=3", "tries", 13, "expected a key, `=` and its value")]
#[case::value("tries=3", "tries=0", 13, "expected a number of 1 to 9 for `tries`")]
#[case::twice("tries=3", "tries=3\ntries=3", 14, "`tries` is there twice")]
#[case::missing("apn=cmnet\n", "", 13, "expected `apn` as well")]
#[case::half_a_tmk("tries=3", "tmk-kcv=EB7A8DF9", 14, "expected `tmk` as well")]
#[case::factory_kcv(
    "72EBA303",
    "72EBA304",
    5,
    "the check value of `factory-key` is 72EBA303; correct it or the key"
)]
#[case::tmk_kcv(
    "tries=3",
    TMK_WITH_WRONG_KCV,
    14,
    "the check value of `tmk` under this `factory-key` is EB7A8DF9"
)]
#[case::ascii("apn=cmnet", "apn=cmn\u{e9}t", 10, "expected ASCII characters only")]
#[case::long_line("cmnet", LONG_NAME, 10, "at most 97 bytes in a line")]
fn a_record_that_is_wrong_says_where_and_what_to_do(
    #[case] from: &str,
    #[case] to: &str,
    #[case] line: usize,
    #[case] says: &str,
) {
    // The CRC is looked at first, so it must be right where it is not what is tested.
    let text = closed_again(&EXAMPLE.replacen(from, to, 1));
    let error = ProvisioningRecord::parse("record.txt", text.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("record.txt:{line}: ")), "{error}");
    assert!(error.contains(says), "{error}");
}

#[test]
fn a_wrong_crc_says_which_is_right() {
    let text = EXAMPLE.replace("F7B8", "F7B9");
    let error = ProvisioningRecord::parse("record.txt", text.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "record.txt:14: expected the CRC F7B8 of the lines above, found F7B9; undo what changed them, \
         or write `%END F7B8` if they are as you want them"
    );
}

/// Line noise is called noise, also where the changed line is wrong by itself.
#[test]
fn the_crc_is_held_first() {
    let text = EXAMPLE.replace("tries=3", "tries=x");
    let error = ProvisioningRecord::parse("record.txt", text.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("record.txt:14: expected the CRC "), "{error}");
}

#[test]
fn a_record_that_is_too_long_is_refused() {
    let rows: String = (0..60).map(|n| format!("apn=cmnetcmnetcm{n:02}\n")).collect();
    let text = closed_again(&EXAMPLE.replace("apn=cmnet\n", &rows));
    let error = ProvisioningRecord::parse("record.txt", text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("expected at most 1024 bytes in all"), "{error}");
}

#[test]
fn a_carriage_return_belongs_to_the_line_end_and_the_crc() {
    let (body, _) = EXAMPLE.split_once("%END").unwrap();
    let body = body.replace('\n', "\r\n");
    let text = format!("{body}%END {:04x}\r\n", crc(&body));
    let record = ProvisioningRecord::parse("record.txt", text.as_bytes()).unwrap();
    assert_eq!(record.get("tries"), Some("3"));
}

#[test]
fn a_record_can_be_made_wrong_on_purpose() {
    let record = factory().factory_record();
    let wrong = record.with("tries", "0").with_another("apn", "again").without("host");
    let text = String::from_utf8(wrong.encode_with_crc(0x1234)).unwrap();
    assert!(text.ends_with("tries=0\napn=again\n%END 1234\n"), "{text}");
    assert!(!text.contains("host="), "{text}");
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = ProvisioningRecord::parse("record.txt", &bytes);
    }

    /// One changed byte is noticed wherever it is, but in the line end at the very end of the file.
    #[test]
    fn a_damaged_record_is_refused(at in 0..EXAMPLE.len() - 1, flip in 1..=255_u8) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        bytes[at] ^= flip;
        // The CRC's hex digits may be written in either case.
        prop_assume!(!(at > EXAMPLE.len() - 6 && bytes.eq_ignore_ascii_case(EXAMPLE.as_bytes())));
        prop_assert!(ProvisioningRecord::parse("record.txt", &bytes).is_err());
    }
}
