//! What the acquirer's installer sets, and how the journal keeps it.

use heapless::{String, Vec};

use crate::access::Access;
use crate::language::Language;
use crate::sign_on::key_scheme::KeyScheme;

/// Bytes of encoded parameters, at most.
pub(crate) const ENCODED: usize = 200;

/// First byte of encoded parameters.
const VERSION: u8 = 5;
/// First byte of parameters from before there were stripes.
const WITHOUT_STRIPE: u8 = 4;
/// First byte of parameters from before there were other ways to the host, and sign-ons that are due by themselves.
const WITHOUT_ACCESS: u8 = 3;
/// First byte of parameters from before there were key schemes.
const WITHOUT_SCHEME: u8 = 2;
/// First byte of parameters from before there were receipts and reversals.
const WITHOUT_SALE: u8 = 1;

/// Tries of a reversal where nobody says otherwise.
pub(crate) const REVERSAL_TRIES: u8 = 3;
/// Response codes that close a reversal where nobody says otherwise.
pub(crate) const REVERSAL_CLOSING: [[u8; 2]; 4] = [*b"00", *b"25", *b"22", *b"12"];
/// Response codes that close a reversal, at most.
pub(crate) const CLOSING_CODES: usize = 8;

/// Characters of a number to dial, at most.
pub(crate) const DIAL: usize = 32;

/// How many digits a length has inside field 59.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProofLengths {
    /// Three digits.
    Three,
    /// Two digits.
    Two,
}

/// Parameters of a provisioned terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameters {
    /// Field 41.
    pub(crate) terminal_id: [u8; 8],
    /// Field 42.
    pub(crate) merchant_id: [u8; 15],
    /// TPDU of requests.
    pub(crate) tpdu: [u8; 5],
    /// The way to the host.
    pub(crate) access: Access,
    /// Access point name; empty where the access is no cellular one.
    pub(crate) apn: String<32>,
    /// The host's name or IPv4 address; empty where the access is no cellular one.
    pub(crate) host: String<64>,
    /// The number of the access controller; empty where nothing is dialled.
    pub(crate) dial: String<DIAL>,
    /// The host's TCP port; 0 where there is no address.
    pub(crate) port: u16,
    /// Seconds that the host has to answer.
    pub(crate) host_timeout_s: u16,
    /// Tries of a sign-on in all.
    pub(crate) tries: u8,
    /// Whether keys that are not fresh are taken.
    pub(crate) accept_stale_keys: bool,
    /// Digits of a length in field 59.
    pub(crate) proof_lengths: ProofLengths,
    /// Which working keys a sign-on brings.
    pub(crate) key_scheme: KeyScheme,
    /// Whether a sign-on is due at a new day.
    pub(crate) rotate_daily: bool,
    /// Hours after which a sign-on is due; 0: never.
    pub(crate) rotate_hours: u8,
    /// Language of screens and receipts.
    pub(crate) language: Language,
    /// Whether a swiped card's track 3 is sent.
    pub(crate) track_3: bool,
    /// Tries of a reversal in all.
    pub(crate) reversal_tries: u8,
    /// Field 39 of the answers that close a reversal.
    pub(crate) reversal_closing: Vec<[u8; 2], CLOSING_CODES>,
}

impl Parameters {
    /// The bytes that the journal keeps.
    pub(crate) fn encode(&self) -> Vec<u8, ENCODED> {
        let mut bytes = Vec::new();
        let stale = u8::from(self.accept_stale_keys);
        let two_digits = u8::from(self.proof_lengths == ProofLengths::Two);
        let _ = bytes.extend_from_slice(&[VERSION, self.tries, stale, two_digits]);
        let _ = bytes.extend_from_slice(&self.host_timeout_s.to_be_bytes());
        let _ = bytes.extend_from_slice(&self.port.to_be_bytes());
        let _ = bytes.extend_from_slice(&self.terminal_id);
        let _ = bytes.extend_from_slice(&self.merchant_id);
        let _ = bytes.extend_from_slice(&self.tpdu);
        for text in [self.apn.as_bytes(), self.host.as_bytes()] {
            // Both capacities are below 256.
            let _ = bytes.push(text.len() as u8);
            let _ = bytes.extend_from_slice(text);
        }
        let chinese = u8::from(self.language == Language::Chinese);
        let closing = &self.reversal_closing;
        let _ = bytes.extend_from_slice(&[chinese, self.reversal_tries, closing.len() as u8]);
        let _ = bytes.extend_from_slice(closing.as_flattened());
        let daily = u8::from(self.rotate_daily);
        let _ =
            bytes.extend_from_slice(&[self.key_scheme.code(), self.access.code(), daily, self.rotate_hours]);
        let _ = bytes.push(self.dial.len() as u8);
        let _ = bytes.extend_from_slice(self.dial.as_bytes());
        let _ = bytes.push(u8::from(self.track_3));
        bytes
    }

    /// Reads what [`Self::encode`] wrote, now or in an earlier version; `None` for anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let [version, tries, stale, two_digits] = take(&mut rest)?;
        let mut parameters = Self {
            host_timeout_s: u16::from_be_bytes(take(&mut rest)?),
            port: u16::from_be_bytes(take(&mut rest)?),
            terminal_id: take(&mut rest)?,
            merchant_id: take(&mut rest)?,
            tpdu: take(&mut rest)?,
            apn: text(&mut rest)?,
            host: text(&mut rest)?,
            tries,
            accept_stale_keys: stale != 0,
            proof_lengths: if two_digits == 0 { ProofLengths::Three } else { ProofLengths::Two },
            access: Access::default(),
            dial: String::new(),
            rotate_daily: false,
            rotate_hours: 0,
            key_scheme: KeyScheme::default(),
            language: Language::English,
            track_3: false,
            reversal_tries: REVERSAL_TRIES,
            reversal_closing: Vec::from_array(REVERSAL_CLOSING),
        };
        if !(WITHOUT_SALE..=VERSION).contains(&version) {
            return None;
        }
        if version > WITHOUT_SALE {
            parameters.decode_sale(&mut rest)?;
        }
        if version > WITHOUT_SCHEME {
            let [scheme] = take(&mut rest)?;
            parameters.key_scheme = KeyScheme::of_code(scheme)?;
        }
        if version > WITHOUT_ACCESS {
            let [access, daily, hours] = take(&mut rest)?;
            parameters.access = Access::of_code(access)?;
            parameters.rotate_daily = daily != 0;
            parameters.rotate_hours = hours;
            parameters.dial = text(&mut rest)?;
        }
        if version > WITHOUT_STRIPE {
            let [track_3] = take(&mut rest)?;
            parameters.track_3 = track_3 != 0;
        }
        rest.is_empty().then_some(parameters)
    }

    /// Takes what version 2 has behind version 1 off the front.
    fn decode_sale(&mut self, rest: &mut &[u8]) -> Option<()> {
        let [chinese, tries, codes] = take(rest)?;
        self.language = if chinese == 0 { Language::English } else { Language::Chinese };
        self.reversal_tries = tries;
        let (closing, tail) = rest.split_at_checked(2 * usize::from(codes))?;
        *rest = tail;
        self.reversal_closing = Vec::from_slice(closing.as_chunks().0).ok()?;
        Some(())
    }
}

/// Takes a fixed number of bytes off the front.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

/// Takes a text with its length before it off the front.
fn text<const N: usize>(rest: &mut &[u8]) -> Option<String<N>> {
    let [length] = take(rest)?;
    let (head, tail) = rest.split_at_checked(usize::from(length))?;
    *rest = tail;
    String::try_from(core::str::from_utf8(head).ok()?).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{ENCODED, Parameters, ProofLengths};
    use crate::access::Access;
    use crate::language::Language;
    use crate::sign_on::key_scheme::KeyScheme;
    use heapless::Vec;

    /// The parameters of the interface's example record.
    pub(crate) fn example() -> Parameters {
        Parameters {
            terminal_id: *b"99999906",
            merchant_id: *b"001430170119999",
            tpdu: [0x60, 0x00, 0x03, 0x00, 0x00],
            access: Access::default(),
            apn: "cmnet".try_into().unwrap(),
            host: "192.0.2.10".try_into().unwrap(),
            port: 5000,
            dial: heapless::String::new(),
            rotate_daily: false,
            rotate_hours: 0,
            host_timeout_s: 60,
            tries: 3,
            accept_stale_keys: false,
            proof_lengths: ProofLengths::Three,
            key_scheme: KeyScheme::DoubleWithTrack,
            language: Language::English,
            track_3: false,
            reversal_tries: 3,
            reversal_closing: Vec::from_array([*b"00", *b"25", *b"22", *b"12"]),
        }
    }

    #[test]
    fn the_longest_parameters_survive_the_journal() {
        let longest = Parameters {
            apn: "a".repeat(32).as_str().try_into().unwrap(),
            host: "h".repeat(64).as_str().try_into().unwrap(),
            access: Access::Line,
            dial: "0".repeat(32).as_str().try_into().unwrap(),
            rotate_daily: true,
            rotate_hours: 99,
            accept_stale_keys: true,
            proof_lengths: ProofLengths::Two,
            key_scheme: KeyScheme::Single,
            language: Language::Chinese,
            track_3: true,
            reversal_tries: 9,
            reversal_closing: Vec::from_array([*b"A0"; 8]),
            ..example()
        };
        let bytes = longest.encode();
        assert!(bytes.len() <= ENCODED);
        assert_eq!(Parameters::decode(&bytes), Some(longest));
    }

    /// A board that was provisioned with an earlier version goes on as if its record had left the new keys out.
    #[test]
    fn parameters_of_earlier_versions_have_the_defaults() {
        let kept = b"\x01\x03\x00\x00\x00\x3C\x13\x8899999906001430170119999\x60\x00\x03\x00\x00\
            \x05cmnet\x0A192.0.2.10";
        let sale = b"\x01\x09\x0200A0";
        let of_version = |version: u8, tail: &[u8]| {
            let bytes = [&[version], &kept[1..], sale.as_slice(), tail].concat();
            Parameters::decode(&bytes)
        };
        assert_eq!(Parameters::decode(kept), Some(example()));
        assert_eq!(of_version(1, b""), None, "version 2's tail");
        let with_sale = Parameters {
            language: Language::Chinese,
            reversal_tries: 9,
            reversal_closing: Vec::from_slice(&[*b"00", *b"A0"]).unwrap(),
            ..example()
        };
        assert_eq!(of_version(2, b""), Some(with_sale));
        assert_eq!(of_version(2, b"\x04"), None, "version 3's tail");
        assert!(of_version(3, b"\x04").is_some());
        assert_eq!(of_version(3, b"\x04\x02\x01\x18\x015"), None, "version 4's tail");
        let dialled = of_version(4, b"\x04\x02\x01\x18\x015").unwrap();
        assert_eq!((dialled.access, dialled.dial.as_str()), (Access::Line, "5"));
        assert_eq!((dialled.rotate_daily, dialled.rotate_hours), (true, 24));
        assert_eq!(of_version(4, b"\x04\x02\x01\x18\x015\x01"), None, "version 5's tail");
        assert!(!dialled.track_3 && of_version(5, b"\x04\x02\x01\x18\x015\x01").unwrap().track_3);
    }

    #[test]
    fn a_scheme_or_an_access_that_is_none_is_no_parameter() {
        let bytes = example().encode();
        // Scheme, access, daily, hours, the length of nothing to dial, and track 3.
        let [scheme, access] = [bytes.len() - 6, bytes.len() - 5];
        for code in 0..=u8::MAX {
            let with = |place: usize| {
                let mut bytes = bytes.clone();
                bytes[place] = code;
                Parameters::decode(&bytes).is_some()
            };
            assert_eq!(with(scheme), [1, 3, 4, 5, 6].contains(&code), "{code}");
            assert_eq!(with(access), [0, 1, 2].contains(&code), "{code}");
        }
    }

    #[test]
    fn damaged_parameters_are_none() {
        let bytes = example().encode();
        for length in 0..bytes.len() {
            assert_eq!(Parameters::decode(&bytes[..length]), None, "cut at {length}");
        }
        assert_eq!(Parameters::decode(&[0; 64]), None);
        assert_eq!(Parameters::decode(&[bytes.as_slice(), b"\x04"].concat()), None, "a byte too many");
    }
}
