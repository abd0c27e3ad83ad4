//! `payrig key`.

mod chip_record;

use std::{fs, path::Path, process::ExitCode};

use payrig_card::chip::emv::{ChipKeys, KeyDraft, KeyRole};

use crate::{
    cli::key::{DraftArgs, KeyArgs, KeyCommand},
    failure::{Failure, OK},
    out::say,
};

/// What a new file begins with.
const HEADER: &str = "# RSA test keys of chip cards, made by `payrig key`: the same seed makes the same key. They protect nothing: never load\n\
                      # them into a terminal that sees real cards.\ntitle = \"Test keys of card schemes, issuers and cards\"\n";
/// Bits of a scheme's, an issuer's and a card's key.
const BITS: [usize; 3] = [1408, 1280, 1024];

/// Makes a key, or prints a record.
pub(crate) fn run(args: &KeyArgs) -> Result<ExitCode, Failure> {
    let [ca_bits, issuer_bits, icc_bits] = BITS;
    match &args.command {
        KeyCommand::Ca(ca) => {
            let role = KeyRole::Ca { rid: ca.rid, index: ca.index[0], expiry: ca.expiry };
            make(&args.file, &ca.draft, ca_bits, role)
        }
        KeyCommand::Issuer(issuer) => {
            let role =
                KeyRole::Issuer { ca: issuer.ca.clone(), expiry: issuer.expiry, serial: issuer.serial };
            make(&args.file, &issuer.draft, issuer_bits, role)
        }
        KeyCommand::Icc(icc) => {
            make(&args.file, &icc.draft, icc_bits, KeyRole::Icc { expiry: icc.expiry, serial: icc.serial })
        }
        KeyCommand::Record(record) => chip_record::print(&args.file, record),
    }?;
    Ok(OK.into())
}

/// Draws the key and writes it behind those that the file has.
fn make(file: &Path, draft: &DraftArgs, usual: usize, role: KeyRole) -> Result<(), Failure> {
    let name = draft.name.clone();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return Err(Failure::input(
            "expected a name of letters, digits, `-` and `_`",
            "call the key otherwise",
        ));
    }
    let bits = draft.bits.unwrap_or(usual);
    let draft = KeyDraft { name, seed: draft.seed, bits, exponent: draft.exponent, role };
    let table = draft.table().map_err(|e| Failure::input(e.to_string(), "see `payrig key --help`"))?;
    let before = if file.exists() { read(file)? } else { HEADER.to_owned() };
    let text = format!("{before}{table}");
    // A name twice, or a scheme's key that is not there, is told before anything is written.
    ChipKeys::parse(file, &text)
        .map_err(|e| Failure::input(e.to_string(), "name another key, or another file with --file FILE"))?;
    fs::write(file, text).map_err(|e| Failure::rig(format!("{}: cannot be written: {e}", file.display())))?;
    say!("{}: {} of {bits} bits", file.display(), draft.name);
    Ok(())
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|e| {
        Failure::input(format!("{}: cannot be read: {e}", file.display()), "name it with --file FILE")
    })
}
