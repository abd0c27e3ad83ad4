//! What a cellular modem's lines mean, whoever made it.

use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::panel::screen::COLUMNS;

/// Lines that come unasked, or late, and do not begin with `+` or `*`.
const KNOWN: [&[u8]; 16] = [
    b"RING",
    b"RDY",
    b"Call Ready",
    b"SMS Ready",
    b"NO CARRIER",
    b"NORMAL POWER DOWN",
    b"POWERED DOWN",
    b"UNDER-VOLTAGE",
    b"OVER-VOLTAGE",
    b"STATE: ",
    b"SEND OK",
    b"SEND FAIL",
    b"SHUT OK",
    b"CLOSE",
    b"CONNECT",
    b"ALREADY CONNECT",
];

/// A final answer that is a refusal.
pub(super) fn is_error(line: &[u8]) -> bool {
    line == b"ERROR" || line.starts_with(b"+CME ERROR") || line.starts_with(b"+CMS ERROR")
}

/// The modem has started.
pub(super) fn is_start(line: &[u8]) -> bool {
    line == b"RDY"
}

/// A line that a cellular modem sends, unasked or late: a word that is known, or a code's name behind `+` or `*`.
pub(super) fn is_known(line: &[u8]) -> bool {
    let is_code = match line {
        [b'+' | b'*', name @ ..] => name.iter().take_while(|byte| byte.is_ascii_uppercase()).count() >= 3,
        _ => false,
    };
    is_code
        || line == b"OK"
        || is_error(line)
        || is_address(line)
        || KNOWN.iter().any(|known| line.starts_with(known))
}

/// A line as an operator reads it: what is not printable ASCII becomes `?`.
pub(super) fn diagnose(cause: Cause, line: &[u8]) -> Diagnosis {
    let shown = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' };
    cause.with(Detail::AsItIs(line.iter().take(COLUMNS).map(shown).collect()))
}

/// The registration state in the answer to `AT+CREG?` or `AT+CEREG?`, whose `name` comes first: the second of at least
/// two numbers.
///
/// The unsolicited line has one number only, or a location behind it.
pub(super) fn registration(line: &[u8], name: &str) -> Option<u8> {
    let mut numbers = line.strip_prefix(name.as_bytes())?.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let (&[_], &[state]) = (numbers.next()?, numbers.next()?) else { return None };
    state.is_ascii_digit().then(|| state - b'0')
}

/// Whether a line is a dotted IPv4 address.
pub(super) fn is_address(line: &[u8]) -> bool {
    core::str::from_utf8(line).is_ok_and(|text| text.trim().parse::<core::net::Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::{is_address, is_known, registration};
    use rstest::rstest;

    #[rstest]
    #[case("+CREG: 0,1", Some(1))]
    #[case("+CREG: 2,5,\"1A2B\",\"0F\"", Some(5))]
    #[case("+CREG: 0,3", Some(3))]
    #[case("+CREG: 1", None)]
    #[case("+CREG: 1,\"1A2B\",\"0F\"", None)]
    #[case("+CREG:", None)]
    #[case("+CREG: 0,", None)]
    #[case("+CREG: ,1", None)]
    #[case("+CEREG: 0,1", None)]
    fn registration_states(#[case] line: &str, #[case] state: Option<u8>) {
        assert_eq!(registration(line.as_bytes(), "+CREG:"), state);
    }

    #[test]
    fn addresses() {
        assert!(is_address(b"10.64.0.7"));
        assert!(!is_address(b"10.64.0"));
        assert!(!is_address(b"+PDP: DEACT"));
    }

    #[test]
    fn what_a_modem_sends_and_what_none_does() {
        for line in ["OK", "RING", "+CREG: 2", "*PSUTTZ: 1", "CLOSED", "Call Ready", "+QIURC: \"closed\",0"] {
            assert!(is_known(line.as_bytes()), "{line}");
        }
        for line in ["AT+CSQ", "+T", "+T+CPIN?", "hurz", "", "+cpin: x"] {
            assert!(!is_known(line.as_bytes()), "{line}");
        }
        assert!(!is_known(b"\xFF\x00x"));
    }
}
