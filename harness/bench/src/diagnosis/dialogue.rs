//! The dialogue on the modem's line as the terminal had it, without what tells nothing: what two conditions are compared by.
//!
//! Left out, and so declared to be nothing that a terminal could tell two conditions apart by: command echo; times; of a command that was
//! sent several times in a row all but the last time; what the modem says by itself; addresses; how data were cut, their lengths and
//! contents, and how often they went to and fro in a call; the rate of a call; the signal's strength but for whether it is weak; which
//! bytes of a line are harmed, once they are no text; whether a line modem answers in words or in digits.

use std::fmt;

use super::{reader::Reader, tap::Chunk};

/// A line for each thing that was said: `> ` what the terminal said, `< ` what it heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dialogue(Vec<String>);

impl Dialogue {
    pub(super) fn of(chunks: &[Chunk]) -> Self {
        let mut reader = Reader::default();
        for chunk in chunks {
            reader.take(chunk.direction, &chunk.bytes);
        }
        Self(folded(reader.finish()))
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// The lines without commands that came again at once, and with a row of equal lines once.
fn folded(lines: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    // Where the last command stands.
    let mut last = None;
    for line in lines {
        if line.starts_with("> AT") {
            if let Some(at) = last.filter(|at| kept.get(*at) == Some(&line)) {
                kept.truncate(at);
            }
            last = Some(kept.len());
        }
        if kept.last() != Some(&line) {
            kept.push(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use payrig_tape::Direction::{FromTerminal, ToTerminal};

    use super::*;

    fn dialogue(chunks: &[(payrig_tape::Direction, &[u8])]) -> String {
        let chunk = |(direction, bytes): &(_, &[u8])| Chunk { direction: *direction, bytes: bytes.to_vec() };
        Dialogue::of(&chunks.iter().map(chunk).collect::<Vec<_>>()).to_string()
    }

    #[test]
    fn what_tells_nothing_is_left_out() {
        let heard = dialogue(&[
            (FromTerminal, b"AT\r"),
            (FromTerminal, b"\x1bAT\r"),
            (ToTerminal, b"AT\r\r\n"),
            (ToTerminal, b"OK\r\n\r\nCall Ready\r\n"),
            (FromTerminal, b"AT+CREG?\r"),
            (ToTerminal, b"\r\n+CREG: 0,2\r\n\r\nOK\r\n"),
            (FromTerminal, b"AT+CREG?\r"),
            (ToTerminal, b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"),
            (FromTerminal, b"AT+CSQ\r"),
            (ToTerminal, b"\r\n+CSQ: 3,0\r\n\r\nOK\r\n"),
            (FromTerminal, b"AT+CIFSR\r"),
            (ToTerminal, b"\r\n10.64.0.21\r\n\xD4\xC5\x8D\r\n"),
            (FromTerminal, b"AT+CIPSEND=4\r"),
            (ToTerminal, b"\r\n> "),
            (FromTerminal, b"a\r\nb"),
            (ToTerminal, b"\r\nSEND OK\r\n\r\n+IPD,2:xy\r\n+IPD,1:z\r\nCLO"),
            (ToTerminal, b"SED\r\n"),
        ]);
        let told = "> AT\n< OK\n> AT+CREG?\n< +CREG: 0,1\n< OK\n> AT+CSQ\n< +CSQ: (weak)\n< OK\n> AT+CIFSR\n< (address)\n\
                    < (unreadable)\n> AT+CIPSEND=4\n< (prompt)\n> (data)\n< SEND OK\n< (data)\n< CLOSED\n";
        assert_eq!(heard, told);
    }

    #[test]
    fn a_call_is_data_until_the_carrier_goes() {
        let heard = dialogue(&[
            (FromTerminal, b"ATDT95516\r"),
            (ToTerminal, b"\r\nCONNECT 2400\r\n"),
            (FromTerminal, b"\x02\x00AT\r\x03"),
            (ToTerminal, b"\x02NO CARRIER\x03\r\nNO CARRIER\r\n"),
            (FromTerminal, b"ATZ\r"),
            (ToTerminal, b"0\r"),
        ]);
        let told = "> ATDT95516\n< CONNECT\n> (data)\n< (data)\n< NO CARRIER\n> ATZ\n< OK\n";
        assert_eq!(heard, told);
    }

    #[test]
    fn a_call_ends_by_the_terminal_s_escape() {
        let heard = dialogue(&[
            (ToTerminal, b"\r\nCONNECT\r\n"),
            (FromTerminal, b"\x02x\x03"),
            (FromTerminal, b"+++"),
            (ToTerminal, b"\r\nOK\r\n"),
            (FromTerminal, b"ATH\r"),
            (ToTerminal, b"ATH\r\r\nOK\r\n"),
        ]);
        assert_eq!(heard, "< CONNECT\n> (data)\n> +++\n< OK\n> ATH\n< OK\n");
    }

    #[test]
    fn an_ec20_gives_its_data_behind_a_line() {
        let heard = dialogue(&[
            (FromTerminal, b"AT+QISEND=0,2\r"),
            (ToTerminal, b"\r\n> "),
            (FromTerminal, b"ab"),
            (ToTerminal, b"\r\nSEND OK\r\n\r\n+QIURC: \"recv\",0,4\r\n\r\nxy"),
            (ToTerminal, b"\r\n+QIURC: \"closed\",0\r\n"),
        ]);
        let told = "> AT+QISEND=0,2\n< (prompt)\n> (data)\n< SEND OK\n< (data)\n< +QIURC: \"closed\",0\n";
        assert_eq!(heard, told);
    }
}
