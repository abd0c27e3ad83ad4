//! Chip records (INTERFACE.md, section 5).

use std::path::Path;

use payrig_bench::chip_records;
use payrig_card::chip::emv::{CaEntry, ChipKeys, Dol, HexBytes};
use payrig_operator::ProvisioningRecord;

use crate::{
    cli::key::{AidMatch, ApplicationArgs, RecordCommand},
    failure::Failure,
    out::say,
};

/// Prints the record that is asked for, as it is sent.
pub(super) fn print(file: &Path, command: &RecordCommand) -> Result<(), Failure> {
    let record = match command {
        RecordCommand::Ca { name } => with_keys(file, name, chip_records::ca_key)?,
        RecordCommand::Application(args) => application(args)?,
        RecordCommand::Issuer { bin, name } => issuer(bin, name)?,
        RecordCommand::Revocation { ca, serial } => {
            with_keys(file, ca, |entry| chip_records::revocation(entry, &hex(serial)))?
        }
    };
    let bytes = record.encode();
    say!("{}", String::from_utf8_lossy(&bytes).trim_end());
    Ok(())
}

fn with_keys(
    file: &Path,
    name: &str,
    record: impl Fn(&CaEntry) -> ProvisioningRecord,
) -> Result<ProvisioningRecord, Failure> {
    let help = "`payrig key ca` makes one; --file FILE names another file";
    let keys = ChipKeys::load([file]).map_err(|e| Failure::input(e.to_string(), help))?;
    keys.ca(name).map(record).map_err(|e| Failure::input(e, help))
}

fn application(args: &ApplicationArgs) -> Result<ProvisioningRecord, Failure> {
    let wrong = |what: &str| Failure::input(what, "see `payrig key record application --help`");
    let aid = HexBytes::parse(&args.aid).filter(|aid| (5..=16).contains(&aid.0.len()));
    let aid = aid.ok_or_else(|| wrong("expected an AID of 5 to 16 bytes in hex"))?;
    let list = |text: &str| {
        let list =
            HexBytes::parse(text).and_then(|bytes| Dol::read(&bytes.0)).filter(|l| l.bytes().len() <= 32);
        list.map(|list| hex(&list.bytes())).ok_or_else(|| {
            wrong("expected a data object list of 32 bytes at most: tags, each with its length")
        })
    };
    let threshold = args.threshold.unwrap_or(args.floor);
    let most = args.max_target.unwrap_or(args.target);
    if threshold > args.floor || most < args.target || args.floor > 999_999_999_999 {
        return Err(wrong(
            "expected a threshold up to the floor limit, a most target from the target on, and a floor limit of 12 digits",
        ));
    }
    let matching = match args.matching {
        AidMatch::Partial => "partial",
        AidMatch::Exact => "exact",
    };
    let record = ProvisioningRecord::new()
        .with("aid", &hex(&aid.0))
        .with("aid-match", matching)
        .with("aid-version", &hex(&args.application_version))
        .with("aid-tac-denial", &hex(&args.tac_denial))
        .with("aid-tac-online", &hex(&args.tac_online))
        .with("aid-tac-default", &hex(&args.tac_default))
        .with("aid-floor", &args.floor.to_string())
        .with("aid-threshold", &threshold.to_string())
        .with("aid-target", &args.target.to_string())
        .with("aid-max-target", &most.to_string())
        .with("aid-ddol", &list(&args.ddol)?);
    Ok(match &args.tdol {
        Some(tdol) => record.with("aid-tdol", &list(tdol)?),
        None => record,
    })
}

fn issuer(bin: &str, name: &str) -> Result<ProvisioningRecord, Failure> {
    let wrong = |what: &str| Failure::input(what, "see `payrig key record issuer --help`");
    if bin.len() != 6 || !bin.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong("expected the first six digits of the issuer's cards"));
    }
    if !(1..=16).contains(&name.len()) || !name.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Err(wrong("expected a name of 1 to 16 printable ASCII characters"));
    }
    Ok(ProvisioningRecord::new().with("bin", bin).with("issuer", name))
}

fn hex(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}
