//! Finds commands, answers and data on the line of any of the modems (INTERFACE.md, sections 7, 14 and 15).

use std::net::Ipv4Addr;

use payrig_network::is_unasked;
use payrig_tape::Direction;

const DATA: &str = "(data)";
const UNREADABLE: &str = "(unreadable)";
/// What a modem says before it takes data.
const PROMPT: &[u8] = b"> ";
/// What ends a call's data for a while.
const ESCAPE: &[u8] = b"+++";
/// A line of its own, before which and behind which a line ends.
const NO_CARRIER: &[u8] = b"\r\nNO CARRIER\r\n";
/// What a line modem says in digits (V.250, 5.7.1).
const DIGITS: [(&str, &str); 9] = [
    ("0", "OK"),
    ("1", "CONNECT"),
    ("3", "NO CARRIER"),
    ("4", "ERROR"),
    ("5", "CONNECT"),
    ("6", "NO DIALTONE"),
    ("7", "BUSY"),
    ("8", "NO ANSWER"),
    ("10", "CONNECT"),
];
/// Beginnings of lines that modems say by themselves, beside those of [`is_unasked`].
const BY_ITSELF: [&str; 8] =
    ["RING", "RDY", "Call Ready", "SMS Ready", "+CFUN: 1", "+QIND: ", "+CTZV: ", "DST: "];

/// Reads what goes over the line, in its order.
#[derive(Default)]
pub(super) struct Reader {
    said: Vec<String>,
    to: Vec<u8>,
    from: Vec<u8>,
    /// The last command, and what has come of its answer.
    command: Option<String>,
    answer: Vec<String>,
    /// Bytes that the last command announced.
    announced: Option<usize>,
    /// Bytes of the terminal that are data.
    data: usize,
    /// Whether a call stands.
    online: bool,
}

impl Reader {
    pub(super) fn take(&mut self, direction: Direction, bytes: &[u8]) {
        match direction {
            Direction::FromTerminal => {
                self.from.extend(bytes);
                while self.next_of_terminal() {}
            }
            Direction::ToTerminal => {
                self.to.extend(bytes);
                while self.next_of_modem() {}
            }
        }
    }

    /// Everything that was said; what was begun and never whole is no text.
    pub(super) fn finish(mut self) -> Vec<String> {
        if self.to.iter().any(|byte| !matches!(byte, b'\r' | b'\n')) {
            self.say('<', if self.online { DATA } else { UNREADABLE });
        }
        self.said
    }

    fn say(&mut self, who: char, what: &str) {
        self.said.push(format!("{who} {what}"));
    }

    /// Takes the next thing that the terminal has said, if one is whole.
    fn next_of_terminal(&mut self) -> bool {
        if self.data > 0 && !self.from.is_empty() {
            let taken = self.data.min(self.from.len());
            self.from.drain(..taken);
            self.data -= taken;
            self.say('>', DATA);
            return true;
        }
        if self.online {
            return self.call_of_terminal();
        }
        // What wakes a modem is no command.
        while self.from.first().is_some_and(|byte| matches!(byte, 0 | 0x1B | b'\n')) {
            self.from.remove(0);
        }
        let Some(end) = self.from.iter().position(|byte| *byte == b'\r') else { return false };
        let line: Vec<_> = self.from.drain(..=end).collect();
        let line = String::from_utf8_lossy(&line[..end]).into_owned();
        self.announced = announced(&line);
        self.say('>', &line);
        self.command = Some(line);
        self.answer.clear();
        true
    }

    fn call_of_terminal(&mut self) -> bool {
        if self.from.is_empty() {
            return false;
        }
        let escapes = self.from == ESCAPE;
        if !escapes && ESCAPE.starts_with(&self.from) {
            return false;
        }
        self.from.clear();
        self.say('>', if escapes { "+++" } else { DATA });
        self.online = !escapes;
        true
    }

    /// Takes the next thing that the terminal has heard, if one is whole.
    fn next_of_modem(&mut self) -> bool {
        if self.online {
            return self.call_to_terminal();
        }
        let Some(begin) = self.to.iter().position(|byte| !matches!(byte, b'\r' | b'\n' | 0 | 0x1B)) else {
            return false;
        };
        let rest = &self.to[begin..];
        if let Some((header, length)) = data_header(rest) {
            if rest.len() < header + length {
                return false;
            }
            self.to.drain(..begin + header + length);
            self.say('<', DATA);
            return true;
        }
        if rest.starts_with(PROMPT)
            && let Some(announced) = self.announced.take()
        {
            self.to.drain(..begin + PROMPT.len());
            self.data = announced;
            self.say('<', "(prompt)");
            return true;
        }
        let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { return false };
        let line: Vec<_> = self.to.drain(..begin + end).skip(begin).collect();
        self.line(&line);
        true
    }

    fn call_to_terminal(&mut self) -> bool {
        let found = self.to.windows(NO_CARRIER.len()).position(|window| window == NO_CARRIER);
        let (data, taken) = match found {
            Some(at) => (at, at + NO_CARRIER.len()),
            // The end may be the beginning of it.
            None => {
                let begun = (0..=self.to.len()).find(|at| NO_CARRIER.starts_with(&self.to[*at..]));
                let at = begun.unwrap_or(self.to.len());
                (at, at)
            }
        };
        let had_data = self.to.drain(..taken).take(data).count() > 0;
        if had_data {
            self.say('<', DATA);
        }
        if found.is_some() {
            self.say('<', "NO CARRIER");
            self.online = false;
        }
        had_data || found.is_some()
    }

    fn line(&mut self, line: &[u8]) {
        if !line.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return self.say('<', UNREADABLE);
        }
        let line = String::from_utf8_lossy(line).into_owned();
        // No answer begins like a command.
        if line.starts_with("AT") || self.command.as_ref() == Some(&line) {
            return;
        }
        let answer: Vec<_> = self.answer.iter().map(String::as_str).collect();
        let by_itself = is_unasked(&line, self.command.as_deref(), &answer) || is_by_itself(&line);
        self.answer.push(line.clone());
        if by_itself {
            return;
        }
        let told = told(&line);
        self.online = told == "CONNECT";
        self.say('<', &told);
    }
}

/// The length that a command announces.
fn announced(line: &str) -> Option<usize> {
    let length = line.strip_prefix("AT+CIPSEND=").or_else(|| line.strip_prefix("AT+QISEND=0,"))?;
    length.parse::<u16>().ok().map(usize::from)
}

/// The length of `+IPD,n:` or of `+QIURC: "recv",0,n` with its line's end, and n.
fn data_header(bytes: &[u8]) -> Option<(usize, usize)> {
    let (start, end): (&[u8], &[u8]) =
        if bytes.starts_with(b"+IPD,") { (b"+IPD,", b":") } else { (b"+QIURC: \"recv\",0,", b"\r\n") };
    let rest = bytes.strip_prefix(start)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].starts_with(end).then_some(())?;
    let length: u16 = str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    Some((start.len() + digits + end.len(), length.into()))
}

fn is_by_itself(line: &str) -> bool {
    let state = line.strip_prefix("+CEREG: ").or_else(|| line.strip_prefix("+CREG: "));
    state.is_some_and(|state| state.len() == 1) || BY_ITSELF.iter().any(|own| line.starts_with(own))
}

/// A line as it is told: without what tells nothing.
fn told(line: &str) -> String {
    if let Some((_, word)) = DIGITS.iter().find(|(digits, _)| *digits == line) {
        return (*word).to_owned();
    }
    if line.starts_with("CONNECT ") && line != "CONNECT OK" && line != "CONNECT FAIL" {
        return "CONNECT".into();
    }
    if let Some(signal) = line.strip_prefix("+CSQ: ") {
        let strength = signal.split(',').next().and_then(|strength| strength.parse::<u8>().ok());
        let strength = match strength {
            Some(0..=9) => "weak",
            Some(10..=31) => "good",
            _ => "unknown",
        };
        return format!("+CSQ: ({strength})");
    }
    line.split_inclusive(['"', ',']).map(without_address).collect()
}

/// A part of a line without the IPv4 address that it is; what ends the part stays.
fn without_address(part: &str) -> String {
    let address = part.trim_end_matches(['"', ',']);
    match address.parse::<Ipv4Addr>() {
        Ok(_) => format!("(address){}", &part[address.len()..]),
        Err(_) => part.to_owned(),
    }
}
