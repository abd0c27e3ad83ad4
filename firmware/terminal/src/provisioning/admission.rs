//! What an accepted record changes.

use heapless::String;

use super::record::{Record, hex_bytes};
use super::refusal::{Reason, Refusal};
use super::rule::{RecordKey, host_and_port, number};
use crate::crypto::kcv::Kcv;
use crate::crypto::keys::Key16;
use crate::crypto::sm4;
use crate::keystore::secrets::Secrets;
use crate::parameters::{Parameters, ProofLengths};

/// Seconds for the host's answer where the record says nothing.
const HOST_TIMEOUT_S: u16 = 60;
/// Tries of a sign-on where the record says nothing.
const TRIES: u8 = 3;

/// What a record changes.
#[derive(Debug)]
pub(crate) enum Change {
    /// A factory record: everything.
    Factory(Secrets, Parameters),
    /// A key record: a new TMK, and the working keys erased.
    MasterKey(Secrets),
}

/// Judges a record against what the terminal has.
///
/// # Errors
/// R01 to R06, R09 or R10, with the line.
pub(crate) fn admit(text: &[u8], present: Option<&Secrets>) -> Result<Change, Refusal> {
    let record = Record::parse(text)?;
    if record.is_empty() {
        record.require(RecordKey::Tmk)?;
    }
    match (record.is_factory_record(), present) {
        (true, Some(_)) => Err(Refusal::new(Reason::ProvisionedAlready, 1)),
        (true, None) => factory(&record),
        (false, None) => Err(Refusal::new(Reason::NotProvisioned, 1)),
        (false, Some(present)) => {
            record.require(RecordKey::Tmk)?;
            record.require(RecordKey::TmkKcv)?;
            let tmk = master_key(&record, present.factory_key())?;
            Ok(Change::MasterKey(present.with_master_key(tmk)))
        }
    }
}

fn factory(record: &Record<'_>) -> Result<Change, Refusal> {
    for key in RecordKey::FACTORY {
        record.require(key)?;
    }
    if record.get(RecordKey::Tmk).is_some() || record.get(RecordKey::TmkKcv).is_some() {
        record.require(RecordKey::Tmk)?;
        record.require(RecordKey::TmkKcv)?;
    }
    let factory_key = key(record, RecordKey::FactoryKey)?;
    check_kcv(record, RecordKey::FactoryKcv, Kcv::sm4(&factory_key))?;
    let tmk = match record.get(RecordKey::Tmk) {
        Some(_) => Some(master_key(record, &factory_key)?),
        None => None,
    };
    let device_id = text(record, RecordKey::DeviceId)?;
    let serial = array(record, RecordKey::Serial)?;
    let secrets = Secrets::new(device_id, serial, factory_key);
    let secrets = match tmk {
        Some(tmk) => secrets.with_master_key(tmk),
        None => secrets,
    };
    Ok(Change::Factory(secrets, parameters(record)?))
}

/// Decrypts the TMK under the factory key and checks its KCV.
fn master_key(record: &Record<'_>, factory_key: &Key16) -> Result<Key16, Refusal> {
    let entry = record.require(RecordKey::Tmk)?;
    let mut block = hex_bytes(entry.value).ok_or(Refusal::new(Reason::BadValue, entry.line))?;
    sm4::decrypt(factory_key, &mut block);
    let tmk = Key16::take(&mut block);
    check_kcv(record, RecordKey::TmkKcv, Kcv::double(&tmk))?;
    Ok(tmk)
}

fn key(record: &Record<'_>, key: RecordKey) -> Result<Key16, Refusal> {
    let entry = record.require(key)?;
    let mut bytes = hex_bytes(entry.value).ok_or(Refusal::new(Reason::BadValue, entry.line))?;
    Ok(Key16::take(&mut bytes))
}

fn check_kcv(record: &Record<'_>, key: RecordKey, computed: Kcv) -> Result<(), Refusal> {
    let entry = record.require(key)?;
    match hex_bytes(entry.value) {
        Some(stated) if Kcv(stated) == computed => Ok(()),
        _ => Err(Refusal::new(Reason::Kcv, entry.line)),
    }
}

fn parameters(record: &Record<'_>) -> Result<Parameters, Refusal> {
    let host = record.require(RecordKey::Host)?;
    let bad_host = Refusal::new(Reason::BadValue, host.line);
    let (address, port) = host_and_port(host.value).ok_or(bad_host)?;
    let tpdu = record.require(RecordKey::Tpdu)?;
    let word = |key, word: &str| record.get(key).is_some_and(|entry| entry.value == word.as_bytes());
    let count = |key| record.get(key).and_then(|entry| number(entry.value));
    Ok(Parameters {
        terminal_id: array(record, RecordKey::TerminalId)?,
        merchant_id: array(record, RecordKey::MerchantId)?,
        tpdu: hex_bytes(tpdu.value).ok_or(Refusal::new(Reason::BadValue, tpdu.line))?,
        apn: text(record, RecordKey::Apn)?,
        host: String::try_from(address).map_err(|_| bad_host)?,
        port,
        host_timeout_s: count(RecordKey::HostTimeout).unwrap_or(HOST_TIMEOUT_S),
        tries: count(RecordKey::Tries).and_then(|tries| u8::try_from(tries).ok()).unwrap_or(TRIES),
        accept_stale_keys: word(RecordKey::FreshKeys, "accept"),
        proof_lengths: match word(RecordKey::ProofLengths, "2") {
            true => ProofLengths::Two,
            false => ProofLengths::Three,
        },
    })
}

fn text<const N: usize>(record: &Record<'_>, key: RecordKey) -> Result<String<N>, Refusal> {
    let entry = record.require(key)?;
    let text = core::str::from_utf8(entry.value).ok().and_then(|text| String::try_from(text).ok());
    text.ok_or(Refusal::new(Reason::BadValue, entry.line))
}

fn array<const N: usize>(record: &Record<'_>, key: RecordKey) -> Result<[u8; N], Refusal> {
    let entry = record.require(key)?;
    entry.value.try_into().map_err(|_| Refusal::new(Reason::BadValue, entry.line))
}
