//! The rows of a provisioning record, and the values that each takes (INTERFACE.md, section 5).

/// A row of a provisioning record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKey {
    /// The id by which the host knows the device.
    DeviceId,
    /// The serial number in the proof.
    Serial,
    /// SM4 key, 32 hex digits.
    FactoryKey,
    /// Its KCV.
    FactoryKcv,
    /// Field 41.
    TerminalId,
    /// Field 42.
    MerchantId,
    /// 10 hex digits.
    Tpdu,
    /// The kind of network.
    Access,
    /// The module of a mobile network's terminal.
    Modem,
    /// Access point name.
    Apn,
    /// Address and port.
    Host,
    /// What a terminal on a phone line dials.
    Dial,
    /// Seconds for the host's answer.
    HostTimeout,
    /// Tries of a sign-on.
    Tries,
    /// Whether stale keys are refused.
    FreshKeys,
    /// Digits of a length in field 59.
    ProofLengths,
    /// Which working keys a sign-on brings.
    KeyScheme,
    /// Whether a sign-on is due at a new day.
    RotateDaily,
    /// Hours after which a sign-on is due.
    RotateHours,
    /// Language of screens and receipts.
    Language,
    /// Whether a swiped card's track 3 is sent.
    Track3,
    /// Tries of a reversal.
    ReversalTries,
    /// Response codes that close a reversal.
    ReversalClosing,
    /// TMK under the factory key.
    Tmk,
    /// KCV of the clear TMK.
    TmkKcv,
}

impl RecordKey {
    /// All, in the order of INTERFACE.md.
    pub const ALL: [Self; 25] = [
        Self::DeviceId,
        Self::Serial,
        Self::FactoryKey,
        Self::FactoryKcv,
        Self::TerminalId,
        Self::MerchantId,
        Self::Tpdu,
        Self::Access,
        Self::Modem,
        Self::Apn,
        Self::Host,
        Self::Dial,
        Self::HostTimeout,
        Self::Tries,
        Self::FreshKeys,
        Self::ProofLengths,
        Self::KeyScheme,
        Self::RotateDaily,
        Self::RotateHours,
        Self::Language,
        Self::Track3,
        Self::ReversalTries,
        Self::ReversalClosing,
        Self::Tmk,
        Self::TmkKcv,
    ];

    /// Those that no factory record can lack.
    pub const FACTORY: [Self; 8] = [
        Self::DeviceId,
        Self::Serial,
        Self::FactoryKey,
        Self::FactoryKcv,
        Self::TerminalId,
        Self::MerchantId,
        Self::Tpdu,
        Self::Access,
    ];

    /// Those that a factory record cannot lack besides, by its `access`.
    #[must_use]
    pub fn of_access(access: &str) -> &'static [Self] {
        match access {
            "line" => &[Self::Dial],
            _ => &[Self::Apn, Self::Host],
        }
    }

    /// Its name in the record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeviceId => "device-id",
            Self::Serial => "serial",
            Self::FactoryKey => "factory-key",
            Self::FactoryKcv => "factory-kcv",
            Self::TerminalId => "terminal-id",
            Self::MerchantId => "merchant-id",
            Self::Tpdu => "tpdu",
            Self::Access => "access",
            Self::Modem => "modem",
            Self::Apn => "apn",
            Self::Host => "host",
            Self::Dial => "dial",
            Self::HostTimeout => "host-timeout",
            Self::Tries => "tries",
            Self::FreshKeys => "fresh-keys",
            Self::ProofLengths => "proof-lengths",
            Self::KeyScheme => "key-scheme",
            Self::RotateDaily => "rotate-daily",
            Self::RotateHours => "rotate-hours",
            Self::Language => "language",
            Self::Track3 => "track-3",
            Self::ReversalTries => "reversal-tries",
            Self::ReversalClosing => "reversal-closing",
            Self::Tmk => "tmk",
            Self::TmkKcv => "tmk-kcv",
        }
    }

    /// The key of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// What a value must be, in words.
    #[must_use]
    pub const fn expects(self) -> &'static str {
        match self {
            Self::DeviceId => "8 to 20 characters 0-9 A-Z",
            Self::Serial => "16 characters 0-9 A-Z",
            Self::FactoryKey | Self::Tmk => "32 hex digits",
            Self::FactoryKcv | Self::TmkKcv => "8 hex digits",
            Self::TerminalId => "8 printable characters",
            Self::MerchantId => "15 printable characters",
            Self::Tpdu => "10 hex digits",
            Self::Access => "`cellular` or `line`",
            Self::Modem => "`sim800` or `ec20`",
            Self::Dial => "1 to 32 characters of 0-9 * # , W P T",
            Self::RotateDaily | Self::Track3 => "`no` or `yes`",
            Self::RotateHours => "a number of 1 to 99",
            Self::Apn => "1 to 32 printable characters without a quotation mark",
            Self::Host => {
                "an address, a colon and a port of 1 to 65535, at most 64 characters, without a quotation mark"
            }
            Self::HostTimeout => "a number of 1 to 300",
            Self::Tries | Self::ReversalTries => "a number of 1 to 9",
            Self::FreshKeys => "`refuse` or `accept`",
            Self::ProofLengths => "`3` or `2`",
            Self::KeyScheme => "`single`, `double`, `double-with-track`, `sm4` or `sm4-006`",
            Self::Language => "`en` or `zh`",
            Self::ReversalClosing => "1 to 8 response codes of two characters 0-9 A-Z, with commas between",
        }
    }

    /// Whether a value is one for this key.
    #[must_use]
    pub fn accepts(self, value: &str) -> bool {
        let ids = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
        let printable = |c: char| c.is_ascii_graphic() || c == ' ';
        let hex = |digits: usize| value.len() == digits && value.bytes().all(|b| b.is_ascii_hexdigit());
        let number = |highest: u16| {
            let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            digits && value.parse::<u16>().is_ok_and(|number| (1..=highest).contains(&number))
        };
        match self {
            Self::DeviceId => (8..=20).contains(&value.len()) && value.chars().all(ids),
            Self::Serial => value.len() == 16 && value.chars().all(ids),
            Self::FactoryKey | Self::Tmk => hex(32),
            Self::FactoryKcv | Self::TmkKcv => hex(8),
            Self::TerminalId => value.len() == 8 && value.chars().all(printable),
            Self::MerchantId => value.len() == 15 && value.chars().all(printable),
            Self::Tpdu => hex(10),
            Self::Access => ["cellular", "line"].contains(&value),
            Self::Modem => ["sim800", "ec20"].contains(&value),
            Self::Dial => {
                (1..=32).contains(&value.len()) && value.chars().all(|c| "0123456789*#,WPT".contains(c))
            }
            Self::RotateDaily | Self::Track3 => ["no", "yes"].contains(&value),
            Self::RotateHours => number(99),
            Self::Apn => {
                (1..=32).contains(&value.len()) && value.chars().all(printable) && !value.contains('"')
            }
            Self::Host => value.len() <= 64 && !value.contains('"') && host_and_port(value).is_some(),
            Self::HostTimeout => number(300),
            Self::Tries | Self::ReversalTries => number(9),
            Self::FreshKeys => ["refuse", "accept"].contains(&value),
            Self::ProofLengths => ["3", "2"].contains(&value),
            Self::KeyScheme => ["single", "double", "double-with-track", "sm4", "sm4-006"].contains(&value),
            Self::Language => ["en", "zh"].contains(&value),
            Self::ReversalClosing => {
                let code = |code: &str| code.len() == 2 && code.chars().all(ids);
                value.split(',').count() <= 8 && value.split(',').all(code)
            }
        }
    }
}

/// Takes a `host` value apart.
pub(crate) fn host_and_port(value: &str) -> Option<(&str, u16)> {
    let (host, port) = value.rsplit_once(':')?;
    let graphic = !host.is_empty() && host.chars().all(|c| c.is_ascii_graphic());
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse::<u16>().ok().filter(|port| *port > 0 && digits)?;
    graphic.then_some((host, port))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(RecordKey::DeviceId, "ABCDEF01", "abcdef01")]
    #[case(RecordKey::DeviceId, "30600000290210015708", "306000002902100157080")]
    #[case(RecordKey::Serial, "0000290210015708", "000029021001570")]
    #[case(RecordKey::FactoryKey, "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeefg")]
    #[case(RecordKey::FactoryKcv, "72EBA303", "72EBA3")]
    #[case(RecordKey::TerminalId, "99999906", "9999990")]
    #[case(RecordKey::MerchantId, "001430170119999", "0014301701199990")]
    #[case(RecordKey::Tpdu, "6000030000", "600003000")]
    #[case(RecordKey::Access, "cellular", "satellite")]
    #[case(RecordKey::Access, "line", "Line")]
    #[case(RecordKey::Modem, "ec20", "sim900")]
    #[case(RecordKey::Dial, "0,95516#", "955-16")]
    #[case(RecordKey::RotateDaily, "yes", "true")]
    #[case(RecordKey::RotateHours, "99", "100")]
    #[case(RecordKey::Apn, "cmnet", "cm\"net")]
    #[case(RecordKey::Apn, "a", "")]
    #[case(RecordKey::Host, "192.0.2.10:5000", "192.0.2.10")]
    #[case(RecordKey::Host, "host.example:65535", "host.example:65536")]
    #[case(RecordKey::Host, "h:1", ":1")]
    #[case(RecordKey::Host, "h:1", "h:+1")]
    #[case(RecordKey::HostTimeout, "300", "301")]
    #[case(RecordKey::Tries, "9", "0")]
    #[case(RecordKey::Tries, "1", "+1")]
    #[case(RecordKey::FreshKeys, "accept", "no")]
    #[case(RecordKey::ProofLengths, "2", "4")]
    #[case(RecordKey::KeyScheme, "single", "001")]
    #[case(RecordKey::KeyScheme, "double", "Double")]
    #[case(RecordKey::KeyScheme, "double-with-track", "triple")]
    #[case(RecordKey::KeyScheme, "sm4", "sm4-005")]
    #[case(RecordKey::KeyScheme, "sm4-006", "SM4")]
    #[case(RecordKey::Language, "zh", "cn")]
    #[case(RecordKey::Track3, "yes", "1")]
    #[case(RecordKey::ReversalTries, "9", "10")]
    #[case(RecordKey::ReversalClosing, "00,25,22,12", "00, 25")]
    #[case(RecordKey::ReversalClosing, "A0", "")]
    #[case(RecordKey::ReversalClosing, "01,02,03,04,05,06,07,08", "01,02,03,04,05,06,07,08,09")]
    #[case(RecordKey::ReversalClosing, "00,25", "00,25,")]
    fn values_are_told_apart(#[case] key: RecordKey, #[case] good: &str, #[case] bad: &str) {
        assert!(key.accepts(good), "{good}");
        assert!(!key.accepts(bad), "{bad}");
        assert_eq!(RecordKey::named(key.name()), Some(key));
    }
}
