//! The keys of a record and what their values look like (INTERFACE.md, section 5).

/// A key of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordKey {
    DeviceId,
    Serial,
    FactoryKey,
    FactoryKcv,
    TerminalId,
    MerchantId,
    Tpdu,
    Access,
    Apn,
    Host,
    HostTimeout,
    Tries,
    FreshKeys,
    ProofLengths,
    Tmk,
    TmkKcv,
}

/// How a value must look.
enum Rule {
    /// Digits and upper-case letters, as many as this.
    Alphanumeric(usize, usize),
    /// Hex digits.
    Hex(usize),
    /// Printable ASCII characters.
    Printable(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A decimal number in this range.
    Number(u16, u16),
    /// 1 to 32 printable characters without a quotation mark.
    Apn,
    /// An address, a colon, a port.
    Host,
}

/// Every key, its name and its rule, in the interface's order.
const TABLE: [(RecordKey, &str, Rule); RecordKey::COUNT] = [
    (RecordKey::DeviceId, "device-id", Rule::Alphanumeric(8, 20)),
    (RecordKey::Serial, "serial", Rule::Alphanumeric(16, 16)),
    (RecordKey::FactoryKey, "factory-key", Rule::Hex(32)),
    (RecordKey::FactoryKcv, "factory-kcv", Rule::Hex(8)),
    (RecordKey::TerminalId, "terminal-id", Rule::Printable(8)),
    (RecordKey::MerchantId, "merchant-id", Rule::Printable(15)),
    (RecordKey::Tpdu, "tpdu", Rule::Hex(10)),
    (RecordKey::Access, "access", Rule::Word(&["cellular"])),
    (RecordKey::Apn, "apn", Rule::Apn),
    (RecordKey::Host, "host", Rule::Host),
    (RecordKey::HostTimeout, "host-timeout", Rule::Number(1, 300)),
    (RecordKey::Tries, "tries", Rule::Number(1, 9)),
    (RecordKey::FreshKeys, "fresh-keys", Rule::Word(&["refuse", "accept"])),
    (RecordKey::ProofLengths, "proof-lengths", Rule::Word(&["3", "2"])),
    (RecordKey::Tmk, "tmk", Rule::Hex(32)),
    (RecordKey::TmkKcv, "tmk-kcv", Rule::Hex(8)),
];

impl RecordKey {
    /// Number of keys.
    pub(crate) const COUNT: usize = 16;

    /// The keys that a factory record must have.
    pub(crate) const FACTORY: [Self; 10] = [
        Self::DeviceId,
        Self::Serial,
        Self::FactoryKey,
        Self::FactoryKcv,
        Self::TerminalId,
        Self::MerchantId,
        Self::Tpdu,
        Self::Access,
        Self::Apn,
        Self::Host,
    ];

    /// The key of this name.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        TABLE.iter().find(|(_, known, _)| known.as_bytes() == name).map(|(key, ..)| *key)
    }

    /// Position in the interface's order.
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// Whether this can be the key's value.
    pub(crate) fn accepts(self, value: &[u8]) -> bool {
        TABLE.get(self.index()).is_some_and(|(_, _, rule)| rule.accepts(value))
    }
}

impl Rule {
    fn accepts(&self, value: &[u8]) -> bool {
        match *self {
            Self::Alphanumeric(least, most) => {
                (least..=most).contains(&value.len())
                    && value.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
            }
            Self::Hex(length) => value.len() == length && value.iter().all(u8::is_ascii_hexdigit),
            Self::Printable(length) => value.len() == length && value.iter().all(is_printable),
            Self::Word(words) => words.iter().any(|word| word.as_bytes() == value),
            Self::Number(least, most) => number(value).is_some_and(|number| (least..=most).contains(&number)),
            Self::Apn => {
                (1..=32).contains(&value.len())
                    && value.iter().all(|byte| is_printable(byte) && *byte != b'"')
            }
            Self::Host => value.len() <= 64 && host_and_port(value).is_some(),
        }
    }
}

fn is_printable(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// A decimal number of one to five digits.
pub(crate) fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(digits).ok()?.parse().ok()
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
    use super::{RecordKey, TABLE};
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
    #[case(RecordKey::Access, "line", false)]
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
    fn values(#[case] key: RecordKey, #[case] value: &str, #[case] accepted: bool) {
        assert_eq!(key.accepts(value.as_bytes()), accepted);
    }
}
