//! Final answers of a command.

/// Why a command is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `ERROR`, whatever `AT+CMEE` says.
    Plain,
    /// `+CME ERROR`, as `AT+CMEE` says (3GPP TS 27.007, 9.2).
    Error(u16),
}

impl Refusal {
    /// "operation not allowed": the module's answer to a command in the wrong state.
    pub(crate) const NOT_ALLOWED: Self = Self::Error(3);

    /// The refusal's text at a level of `AT+CMEE`.
    pub(crate) fn text(self, level: u8) -> String {
        match (self, level) {
            (Self::Plain, _) | (_, 0) => "ERROR".to_owned(),
            (Self::Error(code), 1) => format!("+CME ERROR: {code}"),
            (Self::Error(code), _) => format!("+CME ERROR: {}", words(code)),
        }
    }
}

/// What a command comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// `OK`, or the next command of the line.
    Done,
    /// Its own last line took the place of `OK`.
    Said,
    /// A prompt for data of a given length, or of any length.
    Prompt(Option<usize>),
    /// The connection is being closed; the answer follows when it is.
    Closing,
    /// A call is being made, or taken up again; what it comes to follows.
    Calling,
    /// Refused: the rest of the line is dropped.
    Refused(Refusal),
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The code in words (3GPP TS 27.007, 9.2.1 to 9.2.2); the number where there are none.
fn words(code: u16) -> String {
    let words = match code {
        3 => "operation not allowed",
        4 => "operation not supported",
        10 => "SIM not inserted",
        11 => "SIM PIN required",
        12 => "SIM PUK required",
        13 => "SIM failure",
        14 => "SIM busy",
        15 => "SIM wrong",
        16 => "incorrect password",
        30 => "no network service",
        50 => "Incorrect parameters",
        100 => "unknown",
        103 => "Illegal MESSAGE",
        107 => "GPRS services not allowed",
        132 => "service option not supported",
        133 => "requested service option not subscribed",
        134 => "service option temporarily out of order",
        148 => "unspecified GPRS error",
        149 => "PDP authentication failure",
        code => return code.to_string(),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Refusal::Error(10), 0, "ERROR")]
    #[case(Refusal::Error(10), 1, "+CME ERROR: 10")]
    #[case(Refusal::Error(10), 2, "+CME ERROR: SIM not inserted")]
    #[case(Refusal::Error(999), 2, "+CME ERROR: 999")]
    #[case(Refusal::Plain, 2, "ERROR")]
    fn a_refusal_is_told_by_level(#[case] refusal: Refusal, #[case] level: u8, #[case] text: &str) {
        assert_eq!(refusal.text(level), text);
    }
}
