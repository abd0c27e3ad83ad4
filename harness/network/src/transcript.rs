//! The dialogue with the module, line by line, without the data that it carried.

use std::{fmt, time::Duration};

/// One line of the dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Since the modem was first connected.
    pub at: Duration,
    /// What happened.
    pub what: What,
}

/// What happened on the line; its text is one line of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// A command line, with a SIM's PIN masked.
    Heard(String),
    /// A line that the module said.
    Said(String),
    /// Data to the peer, by length.
    Sent(usize),
    /// Data from the peer, by length.
    Received(usize),
    /// The module's power was cut and came back.
    PowerCycled,
    /// The module restarted by itself.
    Restarted,
    /// The terminal was no more ready (circuit 108/2 off), and the call was ended.
    NotReady,
    /// Another network profile came into force: its title.
    Profile(String),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heard(line) => write!(f, "> {line}"),
            Self::Said(line) => write!(f, "< {line}"),
            Self::Sent(length) => write!(f, "> ({length} bytes)"),
            Self::Received(length) => write!(f, "< ({length} bytes)"),
            Self::PowerCycled => write!(f, "* power cycled"),
            Self::Restarted => write!(f, "* the module restarts by itself"),
            Self::NotReady => write!(f, "* DTR off: the modem hangs up"),
            Self::Profile(title) => write!(f, "* network: {title}"),
        }
    }
}

/// A command line as the transcript shows it: the digits of a SIM's PIN are masked.
pub(crate) fn shown(line: &str) -> String {
    let names_pin = line.to_ascii_uppercase().contains("+CPIN=");
    let mask = |c: char| if names_pin && c.is_ascii_digit() { '*' } else { c };
    format!("AT{}", line.chars().map(mask).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_not_shown() {
        assert_eq!(shown("+cpin=\"1234\""), "AT+cpin=\"****\"");
        assert_eq!(shown("+CSQ"), "AT+CSQ");
    }
}
