//! Whether a terminal may sign on.

use payrig_iso8583::Message;
use payrig_keys::{Layout, TerminalProof};

use crate::device::Device;
use crate::profile::AcquirerProfile;

/// A sign-on that the host grants.
pub(crate) struct Admitted<'d> {
    pub device: &'d Device,
    pub layout: Layout,
}

/// Field 39 of an answer that refuses, and why.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub code: String,
    pub reason: String,
}

pub(crate) fn refuse<T>(code: &str, reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code: code.to_owned(), reason: reason.into() })
}

/// Judges a request, in the order: can it be a sign-on, who says so, is it really that device.
pub(crate) fn judge<'d>(
    profile: &AcquirerProfile,
    devices: &'d [Device],
    request: &Message,
) -> Result<Admitted<'d>, Refusal> {
    let layout = layout(profile, request)?;
    let stan = required(profile, request, 11)?;
    let device = device(profile, devices, request)?;
    device_id(profile, device, request)?;
    proof(profile, device, request, stan)?;
    Ok(Admitted { device, layout })
}

/// Field 60.3 says which keys the terminal wants.
fn layout(profile: &AcquirerProfile, request: &Message) -> Result<Layout, Refusal> {
    let codes = &profile.codes;
    if request.mti != "0800" {
        return refuse(
            &codes.unsupported,
            format!("MTI {}, 60.1 {}: no message that this host serves", request.mti, message_type(request)),
        );
    }
    let field = required(profile, request, 60)?;
    let Some(code) = field.get(8..11) else {
        return refuse(&codes.format, format!("field 60 has {} digits, expected 11 or more", field.len()));
    };
    match profile.sign_on.get(code) {
        Some(layout) => Ok(*layout),
        None => refuse(&codes.unsupported, format!("60.3 is {code}: no sign-on that this host serves")),
    }
}

fn message_type(request: &Message) -> &str {
    request.text(60).and_then(|field| field.get(..2)).unwrap_or("missing")
}

/// The terminal that fields 41 and 42 name.
pub(crate) fn device<'d>(
    profile: &AcquirerProfile,
    devices: &'d [Device],
    request: &Message,
) -> Result<&'d Device, Refusal> {
    let terminal = required(profile, request, 41)?;
    let merchant = required(profile, request, 42)?;
    let same = |known: &str, said: &str| known.trim_end() == said.trim_end();
    if !devices.iter().any(|d| same(&d.merchant_id, merchant)) {
        return refuse(&profile.codes.merchant_unknown, format!("merchant {merchant} is not known"));
    }
    match devices.iter().find(|d| same(&d.terminal_id, terminal) && same(&d.merchant_id, merchant)) {
        Some(device) => Ok(device),
        None => {
            let reason = format!("terminal {terminal} is not one of merchant {merchant}");
            refuse(&profile.codes.terminal_unknown, reason)
        }
    }
}

fn device_id(profile: &AcquirerProfile, device: &Device, request: &Message) -> Result<(), Refusal> {
    let codes = &profile.codes;
    let Some(field) = request.get(62).and_then(|v| v.as_bytes()) else {
        if profile.device_id_required {
            return refuse(&codes.terminal_unknown, "field 62 is missing: no device id");
        }
        return Ok(());
    };
    match sequence_number(field) {
        None => refuse(&codes.format, "field 62: expected `Sequence No`, two digits and so many characters"),
        Some(id) if id == device.device_id => Ok(()),
        Some(id) => {
            let reason = format!("device {id} is not the one of terminal {}", device.terminal_id);
            refuse(&codes.terminal_unknown, reason)
        }
    }
}

/// The device id of field 62; a licence and a serial number may follow it.
fn sequence_number(field: &[u8]) -> Option<&str> {
    let rest = str::from_utf8(field).ok()?.strip_prefix("Sequence No")?;
    let (length, rest) = rest.split_at_checked(2)?;
    let length: usize = length.bytes().all(|b| b.is_ascii_digit()).then(|| length.parse().ok())??;
    Some(rest.split_at_checked(length)?.0)
}

/// Recomputes the proof of field 59; its factor must be this message's STAN.
fn proof(profile: &AcquirerProfile, device: &Device, request: &Message, stan: &str) -> Result<(), Refusal> {
    let codes = &profile.codes;
    let Some(field) = request.text(59) else {
        if profile.proof_required {
            return refuse(&codes.not_proven, "field 59 is missing: no proof of the device");
        }
        return Ok(());
    };
    let mut read = profile.proof_lengths.iter().map(|lengths| TerminalProof::parse(field, *lengths));
    let Some(proof) = read.by_ref().find_map(Result::ok) else {
        let first = profile.proof_lengths.first().map(|lengths| TerminalProof::parse(field, *lengths));
        let why = first.and_then(Result::err).map_or_else(String::new, |e| e.to_string());
        return refuse(&codes.not_proven, format!("no proof of the device: {why}"));
    };
    match proof.verify(&device.factory_key, &device.serial, stan) {
        Ok(()) => Ok(()),
        Err(refused) => refuse(&codes.not_proven, format!("proof of the device: {refused}")),
    }
}

fn required<'m>(profile: &AcquirerProfile, request: &'m Message, field: u8) -> Result<&'m str, Refusal> {
    match request.text(field) {
        Some(text) => Ok(text),
        None => refuse(&profile.codes.format, format!("field {field} is missing or no text")),
    }
}
