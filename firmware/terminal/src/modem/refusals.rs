//! What a refusal means (INTERFACE.md, sections 4 and 7).

use super::lines::diagnose;
use crate::diagnosis::{Cause, Diagnosis};

/// Reads refusals in the light of what was heard before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusals {
    /// Whether the SIM was ready in this sign-on or transaction: then it is its contacts that fail.
    pub(super) sim_was_ready: bool,
}

impl Refusals {
    /// The cause of a refusal: the SIM where the modem says so, else what the command stands for.
    ///
    /// Codes: 3GPP TS 27.007, 9.2.1.
    pub(super) fn of(self, line: &[u8], otherwise: Cause) -> Diagnosis {
        let cause = match code(line) {
            Some(b"10" | b"13" | b"15") if self.sim_was_ready => Cause::SimContact,
            Some(b"10") => Cause::NoSim,
            Some(b"11") => Cause::SimLocked,
            Some(b"12") => Cause::SimBlocked,
            Some(b"13" | b"15") => Cause::SimDamaged,
            Some(b"16") => Cause::SimPinWrong,
            _ => otherwise,
        };
        diagnose(cause, line)
    }

    /// The cause of a context's refusal.
    pub(super) fn of_context(self, line: &[u8]) -> Diagnosis {
        match code(line) {
            // 3GPP TS 27.007, 9.2.2: temporarily out of order, authentication failure.
            Some(b"134" | b"149") => diagnose(Cause::AccessPointRefused, line),
            _ => self.of(line, Cause::NoDataService),
        }
    }
}

fn code(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"+CME ERROR: ")
}

#[cfg(test)]
mod tests {
    use super::Refusals;
    use rstest::rstest;
    use std::string::ToString;

    #[rstest]
    #[case("+CME ERROR: 10", "E202", "E213")]
    #[case("+CME ERROR: 11", "E203", "E203")]
    #[case("+CME ERROR: 12", "E211", "E211")]
    #[case("+CME ERROR: 13", "E204", "E213")]
    #[case("+CME ERROR: 15", "E204", "E213")]
    #[case("+CME ERROR: 16", "E212", "E212")]
    #[case("+CME ERROR: 133", "E207", "E207")]
    #[case("+CME ERROR: 134", "E216", "E216")]
    #[case("+CME ERROR: 149", "E216", "E216")]
    #[case("+CME ERROR: 1", "E207", "E207")]
    #[case("ERROR", "E207", "E207")]
    fn of_a_context(#[case] line: &str, #[case] at_first: &str, #[case] once_ready: &str) {
        for (sim_was_ready, expected) in [(false, at_first), (true, once_ready)] {
            let diagnosis = Refusals { sim_was_ready }.of_context(line.as_bytes());
            assert_eq!(
                (diagnosis.cause.message().id, diagnosis.detail.to_string().as_str()),
                (expected, line)
            );
        }
    }
}
