//! Judges the sign-on answer, 0810, in the interface's order of causes.

use super::key_field::{KEY_FIELD, open, staleness};
use super::request::six_digits;
use crate::clock::DateTime;
use crate::crypto::keys::{Key16, WorkingKeys};
use crate::diagnosis::{Cause, Diagnosis};
use crate::iso8583::message::Message;
use crate::parameters::Parameters;

const MTI: [u8; 2] = [0x08, 0x10];

/// What an answer is held against.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    /// The request's STAN.
    pub(crate) stan: u32,
    pub(crate) parameters: &'a Parameters,
    pub(crate) tmk: &'a Key16,
    /// The working keys in use.
    pub(crate) present: Option<&'a WorkingKeys>,
}

/// What a good answer brings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) keys: WorkingKeys,
    pub(crate) batch: u32,
    pub(crate) host_time: DateTime,
}

/// Reads a whole frame.
///
/// # Errors
/// The first of the causes E313, E312, E301 to E304, E313, E311, E310, E314.
pub(crate) fn judge(frame: &[u8], expected: &Expected<'_>) -> Result<Accepted, Diagnosis> {
    let message = Message::decode(frame)
        .map_err(|undecodable| Cause::Malformed.with(format_args!("byte {}", undecodable.offset)))?;
    if message.mti() != MTI {
        return Err(malformed(0));
    }
    check_ours(&message, expected)?;
    check_response(&message)?;
    let (host_time, batch) = read_clock_and_batch(&message)?;
    let keys = read_keys(&message, expected)?;
    Ok(Accepted { keys, batch, host_time })
}

fn malformed(field: u8) -> Diagnosis {
    Cause::Malformed.with(format_args!("field {field}"))
}

fn check_ours(message: &Message<'_>, expected: &Expected<'_>) -> Result<(), Diagnosis> {
    let stan = six_digits(expected.stan);
    let parameters = expected.parameters;
    let ours = [
        (11, message.digits::<6>(11).is_some_and(|digits| digits == stan.as_bytes())),
        (41, message.bytes(41) == Some(&parameters.terminal_id)),
        (42, message.bytes(42) == Some(&parameters.merchant_id)),
    ];
    match ours.iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(Cause::NotOurs.with(format_args!("field {field}"))),
        None => Ok(()),
    }
}

/// A missing response code is found later, with the other mandatory fields.
fn check_response(message: &Message<'_>) -> Result<(), Diagnosis> {
    let Some(&[first, second]) = message.bytes(39) else { return Ok(()) };
    let cause = match [first, second] {
        [b'0', b'0'] => return Ok(()),
        [b'0', b'3'] => Cause::MerchantUnknown,
        [b'5', b'8'] => Cause::TerminalNotAllowed,
        [b'9', b'7'] => Cause::TerminalNotProven,
        _ => Cause::RefusedByHost,
    };
    let shown = |byte: u8| if matches!(byte, b'!'..=b'~') { char::from(byte) } else { '?' };
    Err(cause.with(format_args!("code {}{}", shown(first), shown(second))))
}

fn read_clock_and_batch(message: &Message<'_>) -> Result<(DateTime, u32), Diagnosis> {
    let time = message.digits::<6>(12).ok_or(malformed(12))?;
    // Checked on a day that always is, so that a wrong time is blamed on its own field.
    DateTime::date(b"0101").and_then(|day| day.at(&time)).ok_or(malformed(12))?;
    let date = message.digits::<4>(13).and_then(|digits| DateTime::date(&digits)).ok_or(malformed(13))?;
    message.bytes(39).ok_or(malformed(39))?;
    let batch = message.digits::<32>(60).and_then(|digits| batch(&digits)).ok_or(malformed(60))?;
    Ok((date.at(&time).ok_or(malformed(12))?, batch))
}

/// Field 60.2: six digits behind the two of 60.1.
fn batch(digits: &[u8]) -> Option<u32> {
    let batch = digits.get(2..8)?;
    if !batch.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(batch).ok()?.parse().ok()
}

fn read_keys(message: &Message<'_>, expected: &Expected<'_>) -> Result<WorkingKeys, Diagnosis> {
    let field = message.bytes(62).unwrap_or_default();
    let field: &[u8; KEY_FIELD] = field
        .try_into()
        .map_err(|_| Cause::KeyFieldLength.with(format_args!("{} of {KEY_FIELD} bytes", field.len())))?;
    let keys = open(expected.tmk, field)
        .map_err(|name| Cause::KeyCheckFailed.with(format_args!("{}", name.text())))?;
    match staleness(&keys, expected.present) {
        Some((name, why)) if !expected.parameters.accept_stale_keys => {
            Err(Cause::KeysNotFresh.with(format_args!("{} {}", name.text(), why.text())))
        }
        _ => Ok(keys),
    }
}
