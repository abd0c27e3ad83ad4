//! What a modem's lines mean.

use crate::diagnosis::{Cause, Diagnosis};

/// Lines that come unasked and do not begin with `+` or `*`.
const UNSOLICITED: [&[u8]; 8] = [
    b"RING",
    b"RDY",
    b"Call Ready",
    b"SMS Ready",
    b"NO CARRIER",
    b"NORMAL POWER DOWN",
    b"UNDER-VOLTAGE",
    b"OVER-VOLTAGE",
];

/// A final answer that is a refusal.
pub(crate) fn is_error(line: &[u8]) -> bool {
    line == b"ERROR" || line.starts_with(b"+CME ERROR") || line.starts_with(b"+CMS ERROR")
}

/// The connection is gone.
pub(crate) fn is_closed(line: &[u8]) -> bool {
    line == b"CLOSED" || is_context_lost(line)
}

/// The context is gone, and the connection with it.
pub(crate) fn is_context_lost(line: &[u8]) -> bool {
    line.starts_with(b"+PDP: DEACT") || line.starts_with(b"+PDP DEACT")
}

/// An answer of no known form: neither unsolicited nor the echo of a command.
pub(crate) fn is_foreign(line: &[u8]) -> bool {
    let known = matches!(line, [b'+' | b'*', ..] | [b'A', b'T', ..] | b"OK")
        || is_closed(line)
        || UNSOLICITED.iter().any(|unsolicited| line.starts_with(unsolicited));
    !known
}

/// A line as an operator reads it: what is not printable ASCII becomes `?`.
pub(crate) fn diagnose(cause: Cause, line: &[u8]) -> Diagnosis {
    let mut diagnosis = cause.bare();
    for byte in line {
        let shown = if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' };
        if diagnosis.detail.push(shown).is_err() {
            break;
        }
    }
    diagnosis
}

/// The cause of a refusal: the SIM where the modem says so, else what the command stands for.
///
/// Codes: 3GPP TS 27.007, 9.2.1.
pub(crate) fn refusal(line: &[u8], otherwise: Cause) -> Diagnosis {
    let cause = match line.strip_prefix(b"+CME ERROR: ") {
        Some(b"10") => Cause::NoSim,
        Some(b"11" | b"12" | b"16") => Cause::SimLocked,
        Some(b"13" | b"15") => Cause::SimDamaged,
        _ => otherwise,
    };
    diagnose(cause, line)
}

/// The registration state in the answer to `AT+CREG?`: the second of at least two numbers.
///
/// The unsolicited line has one number only, or a location behind it.
pub(crate) fn registration(line: &[u8]) -> Option<u8> {
    let mut numbers = line.strip_prefix(b"+CREG:")?.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let (&[_], &[state]) = (numbers.next()?, numbers.next()?) else { return None };
    state.is_ascii_digit().then(|| state - b'0')
}

/// Whether a line is a dotted IPv4 address.
pub(crate) fn is_address(line: &[u8]) -> bool {
    core::str::from_utf8(line).is_ok_and(|text| text.trim().parse::<core::net::Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::{is_address, is_foreign, refusal, registration};
    use crate::diagnosis::Cause;
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
    fn registration_states(#[case] line: &str, #[case] state: Option<u8>) {
        assert_eq!(registration(line.as_bytes()), state);
    }

    #[rstest]
    #[case("+CME ERROR: 10", Cause::NoSim)]
    #[case("+CME ERROR: 11", Cause::SimLocked)]
    #[case("+CME ERROR: 12", Cause::SimLocked)]
    #[case("+CME ERROR: 16", Cause::SimLocked)]
    #[case("+CME ERROR: 13", Cause::SimDamaged)]
    #[case("+CME ERROR: 15", Cause::SimDamaged)]
    #[case("+CME ERROR: 133", Cause::NoDataService)]
    #[case("+CME ERROR: 1", Cause::NoDataService)]
    #[case("ERROR", Cause::NoDataService)]
    fn refusals(#[case] line: &str, #[case] cause: Cause) {
        let diagnosis = refusal(line.as_bytes(), Cause::NoDataService);
        assert_eq!((diagnosis.cause, diagnosis.detail.as_str()), (cause, line));
    }

    #[test]
    fn addresses_and_foreign_lines() {
        assert!(is_address(b"10.64.0.7"));
        assert!(!is_address(b"10.64.0"));
        assert!(!is_address(b"+PDP: DEACT"));
        for line in ["OK", "AT+CSQ", "RING", "+CREG: 2", "*PSUTTZ: 1", "CLOSED", "Call Ready"] {
            assert!(!is_foreign(line.as_bytes()), "{line}");
        }
        assert!(is_foreign(b"\xFF\x00x"));
    }
}
