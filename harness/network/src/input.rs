//! Bytes of the terminal gathered into command lines (ITU-T V.250, 5.2).

use crate::settings::Settings;

/// The longest command line that the module takes, without `AT` (SIM800 Series AT Command Manual, 1.4).
const LONGEST: usize = 556;

/// Gathers bytes until a command line is whole.
#[derive(Debug, Default)]
pub(crate) struct Input {
    stage: Stage,
    line: Vec<u8>,
    too_long: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Everything is ignored until an `A`.
    #[default]
    Hunting,
    /// After `A`: a `T`, or a `/`.
    HaveA,
    /// After `AT`.
    Gathering,
}

/// What a byte completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gathered {
    /// Nothing yet.
    Nothing,
    /// A command line: what stood between `AT` and the line's end.
    Line(String),
    /// A command line that was too long.
    TooLong,
    /// `A/`: the last line again.
    Repeat,
}

impl Input {
    pub(crate) fn push(&mut self, byte: u8, settings: &Settings) -> Gathered {
        match self.stage {
            Stage::Hunting if byte.eq_ignore_ascii_case(&b'A') => self.stage = Stage::HaveA,
            Stage::Hunting => {}
            Stage::HaveA => return self.after_a(byte),
            Stage::Gathering if byte == settings.line_end => return self.end(),
            Stage::Gathering => self.gather(byte, settings),
        }
        Gathered::Nothing
    }

    fn after_a(&mut self, byte: u8) -> Gathered {
        self.stage = match byte {
            b'T' | b't' => Stage::Gathering,
            b'A' | b'a' => Stage::HaveA,
            b'/' => {
                self.stage = Stage::Hunting;
                return Gathered::Repeat;
            }
            _ => Stage::Hunting,
        };
        Gathered::Nothing
    }

    fn gather(&mut self, byte: u8, settings: &Settings) {
        if byte == settings.take_back {
            self.line.pop();
        } else if byte >= b' ' && self.line.len() < LONGEST {
            self.line.push(byte);
        } else if byte >= b' ' {
            self.too_long = true;
        }
    }

    fn end(&mut self) -> Gathered {
        let line = std::mem::take(&mut self.line);
        self.stage = Stage::Hunting;
        if std::mem::take(&mut self.too_long) {
            return Gathered::TooLong;
        }
        Gathered::Line(String::from_utf8_lossy(&line).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Gathered> {
        let mut input = Input::default();
        let settings = Settings::default();
        bytes
            .iter()
            .map(|byte| input.push(*byte, &settings))
            .filter(|gathered| *gathered != Gathered::Nothing)
            .collect()
    }

    #[rstest]
    #[case(b"AT\r", "")]
    #[case(b"at+csq\r\n", "+csq")]
    #[case(b"\xff\x00xxAT+CSQ\r", "+CSQ")]
    #[case(b"AAT+CSQ\r", "+CSQ")]
    #[case(b"AxAT+CSQ\r", "+CSQ")]
    #[case(b"AT+CSW\x08Q\r", "+CSQ")]
    #[case(b"AT\x08\x08\x08+CSQ\r", "+CSQ")]
    #[case(b"AT+C\nSQ\r", "+CSQ")]
    fn a_line_is_found(#[case] bytes: &[u8], #[case] line: &str) {
        assert_eq!(lines(bytes), [Gathered::Line(line.to_owned())]);
    }

    #[test]
    fn a_line_over_the_limit_is_refused_and_the_next_is_heard() {
        let mut bytes = b"AT".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', LONGEST));
        bytes.extend(b"\r");
        assert!(matches!(lines(&bytes).as_slice(), [Gathered::Line(line)] if line.len() == LONGEST));
        bytes.insert(2, b'x');
        bytes.extend(b"AT\r");
        assert_eq!(lines(&bytes), [Gathered::TooLong, Gathered::Line(String::new())]);
    }

    #[test]
    fn the_last_line_can_be_repeated() {
        assert_eq!(lines(b"A/"), [Gathered::Repeat]);
    }
}
