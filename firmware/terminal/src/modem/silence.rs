//! What it means that a command is not answered (INTERFACE.md, section 4, E201, E220, E223 and E240).

use super::dialect::Dialect;
use super::lines::diagnose;
use crate::diagnosis::{Cause, Diagnosis};

/// What came in an answer's place.
pub(super) struct Silence<'a> {
    command: &'a str,
    dialect: &'static Dialect,
    told: Option<Diagnosis>,
}

impl<'a> Silence<'a> {
    pub(super) fn of(command: &'a str, dialect: &'static Dialect) -> Self {
        Self { command, dialect, told: None }
    }

    /// Takes a line that is no answer. A wrong echo says more than a line that no modem sends.
    pub(super) fn note(&mut self, line: &[u8]) {
        let command = self.command.as_bytes();
        if line == command || (self.dialect.is_known)(line) {
            return;
        }
        // An echo that is harmed so much that it is no text says no more than any noise.
        let is_text = line.iter().all(|byte| matches!(byte, b' '..=b'~'));
        if line.len() == command.len() && is_text {
            self.told = Some(diagnose(Cause::EchoWrong, line));
            return;
        }
        let echo_wrong = self.told.as_ref().is_some_and(|told| told.cause == Cause::EchoWrong);
        // An earlier command's echo may be late.
        if !echo_wrong && !line.starts_with(b"AT") {
            self.told = Some(diagnose(Cause::ModemFault, line));
        }
    }

    /// The cause: the modem is silent, unless it was heard.
    pub(super) fn diagnosis(self) -> Diagnosis {
        self.told.unwrap_or(self.dialect.silent.bare())
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Silence};
    use crate::access::Access;
    use rstest::rstest;

    #[rstest]
    #[case::nothing(Access::Sim800, &[], "E201 ")]
    #[case::nothing_on_a_line(Access::Line, &[], "E240 ")]
    #[case::the_echo(Access::Sim800, &[b"AT+CPIN?".as_slice()], "E201 ")]
    #[case::an_older_echo(Access::Sim800, &[b"AT+CSQ".as_slice()], "E201 ")]
    #[case::unasked_of_the_same_length(Access::Ec20, &[b"+CREG: 1".as_slice()], "E201 ")]
    #[case::a_digit_on_a_line(Access::Line, &[b"2".as_slice()], "E240 ")]
    #[case::a_digit_of_a_module(Access::Ec20, &[b"2".as_slice()], "E220 2")]
    #[case::garbage(Access::Sim800, &[b"hu\xFFrz".as_slice()], "E220 hu?rz")]
    #[case::the_last_garbage(Access::Sim800, &[b"one".as_slice(), b"another"], "E220 another")]
    #[case::garbage_as_long_as_the_command(Access::Sim800, &[b"\xC1\xD4+CPIN\xFF".as_slice()], "E220 ??+CPIN?")]
    #[case::an_echo_with_another_letter(Access::Sim800, &[b"AT+CPIM?".as_slice()], "E223 AT+CPIM?")]
    #[case::garbage_behind_a_wrong_echo(Access::Ec20, &[b"+T+CPIN?".as_slice(), b"hurz"], "E223 +T+CPIN?")]
    #[case::a_wrong_echo_behind_garbage(Access::Line, &[b"hurz".as_slice(), b"AU+CPIN?"], "E223 AU+CPIN?")]
    fn causes(#[case] access: Access, #[case] lines: &[&[u8]], #[case] expected: &str) {
        let mut silence = Silence::of("AT+CPIN?", Dialect::of(access));
        lines.iter().for_each(|line| silence.note(line));
        let diagnosis = silence.diagnosis();
        assert_eq!(std::format!("{} {}", diagnosis.cause.message().id, diagnosis.detail), expected);
    }
}
