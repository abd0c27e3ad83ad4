//! `payrig decode`.

use std::{
    io::{IsTerminal, Read, stdin, stdout},
    path::PathBuf,
    process::ExitCode,
};

use payrig_iso8583::{Dialect, ExplainOptions, explain, to_json};

use crate::{
    cli::{DecodeArgs, DecodeFormat},
    failure::{Failure, OK, USAGE},
};

/// Prints what one message says.
pub(crate) fn run(args: &DecodeArgs) -> Result<ExitCode, Failure> {
    let dialect = load_dialect(args)?;
    let (name, text) = match args.hex.as_str() {
        "-" => ("standard input", read_standard_input()?),
        hex => ("the argument", hex.to_owned()),
    };
    let frame = parse_hex(name, &text)?;
    match args.format {
        DecodeFormat::Json => json(&dialect, &frame, args.reveal),
        DecodeFormat::Text => Ok(dump(&dialect, &frame, args.reveal)),
    }
}

fn load_dialect(args: &DecodeArgs) -> Result<Dialect, Failure> {
    let named = args.fixtures.join("dialects").join(format!("{}.toml", args.dialect));
    let path = if named.is_file() { named } else { PathBuf::from(&args.dialect) };
    Dialect::load(&path).map_err(|e| {
        Failure::input(
            e.to_string(),
            "--dialect names a file under fixtures/dialects without its ending, or a path",
        )
    })
}

fn read_standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    stdin().read_to_string(&mut text).map_err(|e| {
        Failure::input(format!("standard input cannot be read as text: {e}"), "give the message in hex")
    })?;
    Ok(text)
}

/// Hex digits, two for a byte; white space and colons between them do not count.
fn parse_hex(name: &str, text: &str) -> Result<Vec<u8>, Failure> {
    let mut digits = Vec::new();
    for (offset, c) in text.char_indices() {
        match c.to_digit(16) {
            Some(digit) => digits.push(digit as u8),
            None if c.is_whitespace() || c == ':' => {}
            None => {
                return Err(Failure::input(
                    format!("{name}: byte {offset}: expected a hex digit, found {c:?}"),
                    "give the message as hex digits, two for a byte, its length first",
                ));
            }
        }
    }
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return Err(Failure::input(
            format!(
                "{name}: byte {}: expected two hex digits for each byte, found {} in all",
                text.len(),
                digits.len()
            ),
            "look whether the first or the last digit is missing",
        ));
    }
    Ok(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn json(dialect: &Dialect, frame: &[u8], reveal: bool) -> Result<ExitCode, Failure> {
    let decoded = dialect.decode(frame).map_err(|e| {
        Failure::input(
            format!("this is no {} message: {e}", dialect.name()),
            "`--format text` shows it up to there",
        )
    })?;
    println!("{}", to_json(dialect, &decoded, reveal));
    Ok(OK.into())
}

/// The annotated dump goes as far as the message is understood; what is wrong with it is its last line.
fn dump(dialect: &Dialect, frame: &[u8], reveal: bool) -> ExitCode {
    let width = rustix::termios::tcgetwinsize(stdout()).map_or(100, |size| usize::from(size.ws_col).max(60));
    let explanation = explain(dialect, frame, &ExplainOptions { reveal, width });
    if stdout().is_terminal() {
        anstream::print!("{}", explanation.styled());
    } else {
        print!("{explanation}");
    }
    if explanation.error().is_some() { USAGE.into() } else { OK.into() }
}
