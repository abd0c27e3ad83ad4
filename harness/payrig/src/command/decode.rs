//! `payrig decode`.

use std::{
    io::{IsTerminal, stdout},
    path::PathBuf,
    process::ExitCode,
};

use payrig_iso8583::{Dialect, ExplainOptions, explain, to_json};

use crate::{
    cli::{DecodeArgs, DecodeFormat},
    failure::{Failure, OK, USAGE},
    frames::{self, Found},
    out::{columns, say},
};

/// Prints what each message says. A message that cannot be read makes the exit code 2; those after it are printed all the same.
pub(crate) fn run(args: &DecodeArgs) -> Result<ExitCode, Failure> {
    let dialect = load_dialect(args)?;
    let messages = frames::find(&dialect, &args.inputs)?;
    let several = messages.len() > 1;
    let mut code = OK;
    for (n, message) in messages.iter().enumerate() {
        let understood = match args.format {
            DecodeFormat::Json => json(&dialect, message, args.reveal),
            DecodeFormat::Text => {
                if several {
                    let style = anstyle::Style::new().bold();
                    say!("{}{style}{}{style:#}", if n == 0 { "" } else { "\n" }, message.place);
                }
                dump(&dialect, message, args.reveal)
            }
        };
        if !understood {
            code = USAGE;
        }
    }
    Ok(code.into())
}

fn load_dialect(args: &DecodeArgs) -> Result<Dialect, Failure> {
    let named = args.fixtures.join("dialects").join(format!("{}.toml", args.dialect));
    let path = if named.is_file() { named } else { PathBuf::from(&args.dialect) };
    Dialect::load(&path).map_err(|e| {
        let help = "--dialect names a file under fixtures/dialects without its ending, or a path";
        Failure::input(e.to_string(), help)
    })
}

/// One line on standard output, or a sentence on standard error.
fn json(dialect: &Dialect, message: &Found, reveal: bool) -> bool {
    match dialect.decode(&message.bytes) {
        Ok(decoded) => {
            say!("{}", to_json(dialect, &decoded, reveal));
            true
        }
        Err(e) => {
            let sentence = format!("{}: this is no {} message: {e}", message.place, dialect.name());
            let _ = Failure::input(sentence, "`--format text` shows it up to there").report();
            false
        }
    }
}

/// The annotated dump goes as far as the message is understood; what is wrong with it is its last line.
fn dump(dialect: &Dialect, message: &Found, reveal: bool) -> bool {
    let explanation = explain(dialect, &message.bytes, &ExplainOptions { reveal, width: columns() });
    if stdout().is_terminal() {
        anstream::print!("{}", explanation.styled());
    } else {
        print!("{explanation}");
    }
    explanation.error().is_none()
}
