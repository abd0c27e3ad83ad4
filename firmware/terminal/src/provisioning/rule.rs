//! What the values of a record look like (INTERFACE.md, section 5).

use super::record::hex_up_to;
use crate::clock::DateTime;
use crate::money::card_number::CardNumber;

/// The low bits of a tag's first byte where more bytes follow.
const TAG_GOES_ON: u8 = 0x1F;

/// How a value must look.
pub(crate) enum Rule {
    /// Digits and upper-case letters, as many as this.
    Alphanumeric(usize, usize),
    /// Hex digits.
    Hex(usize),
    /// Bytes in hex, at least and at most as many as this.
    HexBytes(usize, usize),
    /// Decimal digits, at least and at most as many as this.
    Digits(usize, usize),
    /// Printable ASCII characters.
    Printable(usize),
    /// Printable ASCII characters, one to as many as this.
    PrintableUpTo(usize),
    /// A data object list in hex, at most so many bytes.
    Dol(usize),
    /// YYMMDD.
    Date,
    /// 13 to 19 digits, of which the last is the check digit.
    CardNumber,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A decimal number in this range.
    Number(u16, u16),
    /// 1 to 32 printable characters without a quotation mark.
    Apn,
    /// An address, a colon, a port.
    Host,
    /// What a modem dials, at most so many characters.
    Dial(usize),
    /// As many response codes as this at most, with commas between.
    Codes(usize),
}

impl Rule {
    /// Whether a value looks so.
    pub(crate) fn accepts(&self, value: &[u8]) -> bool {
        match *self {
            Self::Alphanumeric(least, most) => {
                (least..=most).contains(&value.len()) && value.iter().all(is_alphanumeric)
            }
            Self::Hex(length) => value.len() == length && value.iter().all(u8::is_ascii_hexdigit),
            Self::HexBytes(least, most) => {
                value.len().is_multiple_of(2)
                    && (least..=most).contains(&(value.len() / 2))
                    && value.iter().all(u8::is_ascii_hexdigit)
            }
            Self::Digits(least, most) => is_digits(value, least, most),
            Self::PrintableUpTo(most) => (1..=most).contains(&value.len()) && value.iter().all(is_printable),
            Self::Dol(most) => hex_up_to(value).is_some_and(|list| list.len() <= most && is_dol(&list)),
            Self::Date => is_date(value),
            Self::CardNumber => core::str::from_utf8(value).ok().and_then(CardNumber::new).is_some(),
            Self::Printable(length) => value.len() == length && value.iter().all(is_printable),
            Self::Word(words) => words.iter().any(|word| word.as_bytes() == value),
            Self::Number(least, most) => number(value).is_some_and(|number| (least..=most).contains(&number)),
            Self::Apn => {
                (1..=32).contains(&value.len())
                    && value.iter().all(|byte| is_printable(byte) && *byte != b'"')
            }
            Self::Host => value.len() <= 64 && host_and_port(value).is_some(),
            Self::Dial(most) => (1..=most).contains(&value.len()) && value.iter().all(is_dialled),
            Self::Codes(most) => codes(value).count() <= most && codes(value).all(|code| code.is_some()),
        }
    }
}

fn is_alphanumeric(byte: &u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase()
}

fn is_printable(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn is_digits(value: &[u8], least: usize, most: usize) -> bool {
    (least..=most).contains(&value.len()) && value.iter().all(u8::is_ascii_digit)
}

/// YYMMDD; the 29th of February is there in every year.
fn is_date(value: &[u8]) -> bool {
    is_digits(value, 6, 6) && value.get(2..).and_then(DateTime::date).is_some()
}

/// Whether bytes are tags with a length behind each, and nothing else (EMV Book 3, 5.4).
fn is_dol(mut list: &[u8]) -> bool {
    while let Some((first, rest)) = list.split_first() {
        let tag_ends = match first & TAG_GOES_ON == TAG_GOES_ON {
            true => rest.iter().position(|byte| byte & 0x80 == 0).map(|last| last + 1),
            false => Some(0),
        };
        // A length in a list is one byte.
        let Some(tail) = tag_ends.and_then(|end| rest.get(end + 1..)) else { return false };
        list = tail;
    }
    true
}

/// Digits, and the tone keys, pauses and modes of ITU-T V.250, clause 6.3.1.
fn is_dialled(byte: &u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'*' | b'#' | b',' | b'W' | b'P' | b'T')
}

/// A decimal number of one to five digits.
pub(crate) fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(digits).ok()?.parse().ok()
}

/// The response codes of a list with commas between; `None` in the place of what is none.
pub(crate) fn codes(value: &[u8]) -> impl Iterator<Item = Option<[u8; 2]>> {
    value
        .split(|byte| *byte == b',')
        .map(|code| code.try_into().ok().filter(|code: &[u8; 2]| code.iter().all(is_alphanumeric)))
}

/// The two parts of a host: a name or an IPv4 address, and a port other than 0.
pub(crate) fn host_and_port(value: &[u8]) -> Option<(&str, u16)> {
    let colon = value.iter().rposition(|byte| *byte == b':')?;
    let (address, port) = value.split_at(colon);
    let port = number(port.get(1..)?).filter(|port| *port != 0)?;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if address.is_empty() || !address.iter().all(is_part) {
        return None;
    }
    Some((core::str::from_utf8(address).ok()?, port))
}

#[cfg(test)]
mod tests {
    use crate::provisioning::record_key::{RecordKey, TABLE};
    use rstest::rstest;

    #[test]
    fn the_table_is_in_the_keys_order() {
        for (index, (key, name, _)) in TABLE.iter().enumerate() {
            assert_eq!(key.index(), index);
            assert_eq!(RecordKey::named(name.as_bytes()), Some(*key));
        }
    }

    #[rstest]
    #[case(RecordKey::DeviceId, "30600000290210015708", true)]
    #[case(RecordKey::DeviceId, "ABCDEF12", true)]
    #[case(RecordKey::DeviceId, "ABCDEF1", false)]
    #[case(RecordKey::DeviceId, "306000002902100157081", false)]
    #[case(RecordKey::DeviceId, "abcdef12", false)]
    #[case(RecordKey::Serial, "0000290210015708", true)]
    #[case(RecordKey::Serial, "000029021001570", false)]
    #[case(RecordKey::FactoryKey, "00112233445566778899aabbCCDDEEFF", true)]
    #[case(RecordKey::FactoryKey, "00112233445566778899AABBCCDDEEFG", false)]
    #[case(RecordKey::TmkKcv, "72EBA30", false)]
    #[case(RecordKey::TerminalId, "9999 906", true)]
    #[case(RecordKey::TerminalId, "9999990\x07", false)]
    #[case(RecordKey::MerchantId, "001430170119999", true)]
    #[case(RecordKey::MerchantId, "00143017011999", false)]
    #[case(RecordKey::Tpdu, "6000030000", true)]
    #[case(RecordKey::Access, "cellular", true)]
    #[case(RecordKey::Access, "line", true)]
    #[case(RecordKey::Access, "satellite", false)]
    #[case(RecordKey::Modem, "ec20", true)]
    #[case(RecordKey::Modem, "EC20", false)]
    #[case(RecordKey::Dial, "0,T95516W#*P1", true)]
    #[case(RecordKey::Dial, "", false)]
    #[case(RecordKey::Dial, "955 16", false)]
    #[case(RecordKey::Dial, "95516;", false)]
    #[case(RecordKey::Dial, "000000000000000000000000000000000", false)]
    #[case(RecordKey::RotateDaily, "yes", true)]
    #[case(RecordKey::RotateDaily, "1", false)]
    #[case(RecordKey::RotateHours, "99", true)]
    #[case(RecordKey::RotateHours, "0", false)]
    #[case(RecordKey::RotateHours, "100", false)]
    #[case(RecordKey::KeyScheme, "single", true)]
    #[case(RecordKey::KeyScheme, "double", true)]
    #[case(RecordKey::KeyScheme, "double-with-track", true)]
    #[case(RecordKey::KeyScheme, "sm4", true)]
    #[case(RecordKey::KeyScheme, "sm4-006", true)]
    #[case(RecordKey::KeyScheme, "sm4-005", false)]
    #[case(RecordKey::KeyScheme, "004", false)]
    #[case(RecordKey::Apn, "cm net", true)]
    #[case(RecordKey::Apn, "", false)]
    #[case(RecordKey::Apn, "cm\"net", false)]
    #[case(RecordKey::Apn, "a123456789b123456789c123456789d1", true)]
    #[case(RecordKey::Apn, "a123456789b123456789c123456789d12", false)]
    #[case(RecordKey::Host, "192.0.2.10:5000", true)]
    #[case(RecordKey::Host, "host.example:65535", true)]
    #[case(RecordKey::Host, "host.example:65536", false)]
    #[case(RecordKey::Host, "host.example:0", false)]
    #[case(RecordKey::Host, "host.example:", false)]
    #[case(RecordKey::Host, "host.example", false)]
    #[case(RecordKey::Host, ":5000", false)]
    #[case(RecordKey::Host, "a\"b:5000", false)]
    #[case(RecordKey::HostTimeout, "1", true)]
    #[case(RecordKey::HostTimeout, "300", true)]
    #[case(RecordKey::HostTimeout, "301", false)]
    #[case(RecordKey::HostTimeout, "0", false)]
    #[case(RecordKey::HostTimeout, "", false)]
    #[case(RecordKey::HostTimeout, "+9", false)]
    #[case(RecordKey::HostTimeout, "99999999", false)]
    #[case(RecordKey::Tries, "9", true)]
    #[case(RecordKey::Tries, "10", false)]
    #[case(RecordKey::FreshKeys, "accept", true)]
    #[case(RecordKey::FreshKeys, "Accept", false)]
    #[case(RecordKey::ProofLengths, "2", true)]
    #[case(RecordKey::ProofLengths, "4", false)]
    #[case(RecordKey::Language, "en", true)]
    #[case(RecordKey::Language, "zh", true)]
    #[case(RecordKey::Language, "ZH", false)]
    #[case(RecordKey::Language, "zh-CN", false)]
    #[case(RecordKey::Language, "", false)]
    #[case(RecordKey::ReversalTries, "1", true)]
    #[case(RecordKey::ReversalTries, "9", true)]
    #[case(RecordKey::ReversalTries, "0", false)]
    #[case(RecordKey::ReversalTries, "10", false)]
    #[case(RecordKey::ReversalClosing, "00", true)]
    #[case(RecordKey::ReversalClosing, "00,25,22,12,A0,ZZ,06,98", true)]
    #[case(RecordKey::ReversalClosing, "00,25,22,12,A0,ZZ,06,98,96", false)]
    #[case(RecordKey::ReversalClosing, "", false)]
    #[case(RecordKey::ReversalClosing, "00,", false)]
    #[case(RecordKey::ReversalClosing, ",00", false)]
    #[case(RecordKey::ReversalClosing, "00, 25", false)]
    #[case(RecordKey::ReversalClosing, "0025", false)]
    #[case(RecordKey::ReversalClosing, "a0", false)]
    #[case(RecordKey::ReversalClosing, "025", false)]
    #[case(RecordKey::Year, "26", true)]
    #[case(RecordKey::Year, "2026", false)]
    #[case(RecordKey::Aid, "A000000333", true)]
    #[case(RecordKey::Aid, "A00000033301010102030405060708aa", true)]
    #[case(RecordKey::Aid, "A0000003", false)]
    #[case(RecordKey::Aid, "A0000003331", false)]
    #[case(RecordKey::Aid, "A00000033301010102030405060708aabb", false)]
    #[case(RecordKey::AidMatch, "exact", true)]
    #[case(RecordKey::AidMatch, "Exact", false)]
    #[case(RecordKey::AidFloor, "0", true)]
    #[case(RecordKey::AidFloor, "999999999999", true)]
    #[case(RecordKey::AidFloor, "1000000000000", false)]
    #[case(RecordKey::AidFloor, "1.00", false)]
    #[case(RecordKey::AidTarget, "99", true)]
    #[case(RecordKey::AidTarget, "100", false)]
    #[case(RecordKey::AidDdol, "9F3704", true)]
    #[case(RecordKey::AidDdol, "9F37049A", false)]
    #[case(RecordKey::AidDdol, "9F37049F", false)]
    #[case(RecordKey::AidDdol, "9F37", false)]
    #[case(RecordKey::AidDdol, "", true)]
    #[case(RecordKey::CaExpiry, "301231", true)]
    #[case(RecordKey::CaExpiry, "301331", false)]
    #[case(RecordKey::CaExpiry, "300431", false)]
    #[case(RecordKey::CaExponent, "03", true)]
    #[case(RecordKey::CaExponent, "3", false)]
    #[case(RecordKey::CaModulus1, "", false)]
    #[case(RecordKey::CaModulus1, "C0FFE", false)]
    #[case(RecordKey::Bin, "621234", true)]
    #[case(RecordKey::Bin, "6212345", false)]
    #[case(RecordKey::Issuer, "BANK OF TESTS 16", true)]
    #[case(RecordKey::Issuer, "BANK OF TESTS 017", false)]
    #[case(RecordKey::Issuer, "", false)]
    #[case(RecordKey::Exception, "6212345678901232", true)]
    #[case(RecordKey::Exception, "6212345678901233", false)]
    #[case(RecordKey::Exception, "621234567894", false)]
    #[case(RecordKey::Chip, "erase", true)]
    #[case(RecordKey::Chip, "keep", false)]
    fn values(#[case] key: RecordKey, #[case] value: &str, #[case] accepted: bool) {
        assert_eq!(key.accepts(value.as_bytes()), accepted);
    }
}
