//! The records that give a terminal what it needs for chip cards (INTERFACE.md, section 5), from its fixture and the key files of chips.

use payrig_card::chip::emv::{CaEntry, ChipKeys};
use payrig_operator::{ChipParameters, ProvisioningRecord, TerminalFixture};

use crate::{Finding, Fixtures};

/// Bytes of a modulus in a row.
const ROW: usize = 42;

/// The record of a scheme's key.
#[must_use]
pub fn ca_key(entry: &CaEntry) -> ProvisioningRecord {
    let record = ProvisioningRecord::new()
        .with("ca-rid", &hex(&entry.key.rid))
        .with("ca-index", &hex(&[entry.key.index]))
        .with("ca-expiry", &hex(&entry.expiry))
        .with("ca-exponent", &hex(&entry.key.key.exponent()));
    let modulus = entry.key.key.modulus();
    let record = (1_u32..)
        .zip(modulus.chunks(ROW))
        .fold(record, |record, (number, row)| record.with(&format!("ca-modulus-{number}"), &hex(row)));
    record.with("ca-check", &hex(&entry.key.check()))
}

/// The record that revokes the issuer certificate of this serial number, three bytes in hex, under a scheme's key.
#[must_use]
pub fn revocation(entry: &CaEntry, serial: &str) -> ProvisioningRecord {
    ProvisioningRecord::new()
        .with("revoked-rid", &hex(&entry.key.rid))
        .with("revoked-index", &hex(&[entry.key.index]))
        .with("revoked-serial", serial)
}

/// All chip records of a terminal's fixture, in the order in which they are sent; none where it reads no chips.
pub(crate) fn of_terminal(
    fixtures: &Fixtures,
    terminal: &TerminalFixture,
) -> Result<Vec<ProvisioningRecord>, Finding> {
    let Some(chip) = terminal.chip() else { return Ok(Vec::new()) };
    let keys = fixtures.chip_keys(&chip.key_files)?;
    records(chip, &keys).map_err(|why| Finding::Rig(format!("{}: {why}", terminal.title())))
}

fn records(chip: &ChipParameters, keys: &ChipKeys) -> Result<Vec<ProvisioningRecord>, String> {
    let mut records = chip.plain_records();
    for name in &chip.ca_keys {
        records.push(ca_key(keys.ca(name)?));
    }
    for revoked in &chip.revocations {
        records.push(revocation(keys.ca(&revoked.ca)?, &revoked.serial));
    }
    Ok(records)
}

fn hex(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}
