//! A command line taken apart (ITU-T V.250, 5.2 to 5.4).

/// One command of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// Upper case, with its `+` or `&`; an S-register with its number, as in `S3`.
    pub(crate) name: String,
    pub(crate) form: Form,
}

/// What is asked of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    Execute,
    Read,
    Test,
    Write(Vec<Argument>),
}

/// A value of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) text: String,
    /// Whether it was in quotation marks, as a string must be.
    pub(crate) quoted: bool,
}

impl Argument {
    /// A number without quotation marks.
    pub(crate) fn number(&self) -> Option<u32> {
        if self.quoted { None } else { self.text.parse().ok() }
    }

    /// A string in quotation marks.
    pub(crate) fn string(&self) -> Option<&str> {
        self.quoted.then_some(self.text.as_str())
    }
}

/// Takes apart what follows `AT`; `None` where it is no command line.
pub(crate) fn parse(line: &str) -> Option<Vec<Command>> {
    let mut rest = line.trim();
    let mut commands = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (command, after) = match first {
            ';' | ' ' => {
                rest = rest.get(1..)?;
                continue;
            }
            '+' => extended(rest)?,
            'S' | 's' => register(rest)?,
            'D' | 'd' => dial(rest),
            _ => basic(rest)?,
        };
        commands.push(command);
        rest = after;
    }
    Some(commands)
}

/// A dial string takes all of the line that is left (ITU-T V.250, 6.3.1).
fn dial(text: &str) -> (Command, &str) {
    let number = Argument { text: text.get(1..).unwrap_or_default().trim().to_owned(), quoted: false };
    (Command { name: "D".to_owned(), form: Form::Write(vec![number]) }, "")
}

fn basic(text: &str) -> Option<(Command, &str)> {
    let prefix = usize::from(text.starts_with('&'));
    let letter = text.get(prefix..)?.chars().next().filter(char::is_ascii_alphabetic)?;
    let (name, rest) = text.split_at_checked(prefix + letter.len_utf8())?;
    let (digits, rest) = split_digits(rest);
    let form = match digits {
        "" => Form::Execute,
        digits => Form::Write(vec![Argument { text: digits.to_owned(), quoted: false }]),
    };
    Some((Command { name: name.to_ascii_uppercase(), form }, rest))
}

fn register(text: &str) -> Option<(Command, &str)> {
    let (number, rest) = split_digits(text.get(1..)?);
    if number.is_empty() {
        return None;
    }
    let name = format!("S{number}");
    if let Some(rest) = rest.strip_prefix('?') {
        return Some((Command { name, form: Form::Read }, rest));
    }
    let (value, rest) = split_digits(rest.strip_prefix('=')?);
    let form = Form::Write(vec![Argument { text: value.to_owned(), quoted: false }]);
    Some((Command { name, form }, rest))
}

fn extended(text: &str) -> Option<(Command, &str)> {
    let (body, rest) = split_unquoted(text, ';')?;
    let name_ends = body.find(['=', '?']).unwrap_or(body.len());
    let (name, form) = body.split_at_checked(name_ends)?;
    let name = name.trim().to_ascii_uppercase();
    if name.len() < 2 || !name[1..].chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let form = match form.trim() {
        "" => Form::Execute,
        "?" => Form::Read,
        "=?" => Form::Test,
        form => Form::Write(arguments(form.strip_prefix('=')?)?),
    };
    Some((Command { name, form }, rest))
}

fn arguments(text: &str) -> Option<Vec<Argument>> {
    let mut arguments = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (one, after) = split_unquoted(text, ',')?;
        rest = (one.len() < text.len()).then_some(after);
        arguments.push(argument(one.trim())?);
    }
    Some(arguments)
}

fn argument(text: &str) -> Option<Argument> {
    let Some(inner) = text.strip_prefix('"') else {
        return (!text.contains('"')).then(|| Argument { text: text.to_owned(), quoted: false });
    };
    let inner = inner.strip_suffix('"').filter(|inner| !inner.contains('"'))?;
    Some(Argument { text: inner.to_owned(), quoted: true })
}

/// Splits at the first `mark` outside quotation marks; `None` where a quotation mark stays open.
fn split_unquoted(text: &str, mark: char) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c == mark && !quoted => return Some((&text[..at], &text[at + mark.len_utf8()..])),
            _ => {}
        }
    }
    (!quoted).then_some((text, ""))
}

fn split_digits(text: &str) -> (&str, &str) {
    let ends = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(ends)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn show(commands: &[Command]) -> String {
        let one = |command: &Command| match &command.form {
            Form::Execute => command.name.clone(),
            Form::Read => format!("{}?", command.name),
            Form::Test => format!("{}=?", command.name),
            Form::Write(arguments) => {
                let texts: Vec<_> = arguments
                    .iter()
                    .map(|argument| match argument.quoted {
                        true => format!("<{}>", argument.text),
                        false => argument.text.clone(),
                    })
                    .collect();
                format!("{}={}", command.name, texts.join(","))
            }
        };
        commands.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[rstest]
    #[case("", "")]
    #[case("E0", "E=0")]
    #[case("e0v1", "E=0 V=1")]
    #[case("&f", "&F")]
    #[case("X4DT 0,95516", "X=4 D=T 0,95516")]
    #[case("E0+cmee=1;+csq", "E=0 +CMEE=1 +CSQ")]
    #[case("S3?S4=10", "S3? S4=10")]
    #[case("+CREG?", "+CREG?")]
    #[case("+CREG=?;+CSQ", "+CREG=? +CSQ")]
    #[case("+CSTT=\"cm;net\",\"\",\"\"", "+CSTT=<cm;net>,<>,<>")]
    #[case("+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"", "+CIPSTART=<TCP>,<192.0.2.10>,<5000>")]
    #[case("+CIPSTART=\"TCP\", \"h\" , 5000", "+CIPSTART=<TCP>,<h>,5000")]
    #[case("+CREG=", "+CREG=")]
    #[case("+CREG=1,", "+CREG=1,")]
    fn a_line_is_taken_apart(#[case] line: &str, #[case] expected: &str) {
        assert_eq!(parse(line).map(|commands| show(&commands)).unwrap_or_default(), expected);
    }

    #[rstest]
    #[case("+")]
    #[case("+CSTT=\"open")]
    #[case("+CSTT=a\"b\"")]
    #[case("+CSTT=\"a\"b\"")]
    #[case("S=1")]
    #[case("S3")]
    #[case("&")]
    #[case("7")]
    #[case("\u{fffd}\u{fffd}")]
    #[case("+C\u{e9}=1")]
    fn what_is_no_command_line_is_refused(#[case] line: &str) {
        assert_eq!(parse(line), None);
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart_or_refused(line in ".{0,80}") {
            let _ = parse(&line);
        }
    }
}
