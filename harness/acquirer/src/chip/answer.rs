//! Field 55 of an answer: the issuer's answer to the cryptogram, and its scripts.

use payrig_keys::emv::EmvKeyError;

use super::script::Script;
use super::tlv::object;
use super::verify::Verified;
use crate::behaviour::Fault;

/// Byte 2, bit 8 of a card status update: the issuer approves (CVN 18; EMV 4.3 Book 3, annex C10).
const APPROVES: [u8; 4] = [0, 0x80, 0, 0];

/// Tag 91 with the response code that the terminal will give the card, which of every approval is 00, then the scripts; nothing where the fault is
/// to send none.
pub(crate) fn field55(
    verified: &Verified,
    (code, approved): (&str, bool),
    fault: Option<&Fault>,
    scripts: &[Script],
) -> Result<Option<Vec<u8>>, EmvKeyError> {
    if fault == Some(&Fault::NoIccData) {
        return Ok(None);
    }
    let code = if approved { "00" } else { code };
    let response = code.as_bytes().first_chunk().copied().unwrap_or(*b"05");
    let update = if approved { APPROVES } else { [0; 4] };
    let Verified { keys, version, atc, cryptogram } = verified;
    let mut answer = version.issuer_authentication(&keys.ac, *atc, *cryptogram, response, update)?;
    if let (Some(Fault::WrongArpc), Some(first)) = (fault, answer.first_mut()) {
        *first ^= 1;
    }
    let mut field = object(0x91, &answer);
    for script in scripts {
        field.extend(script.template(verified)?);
    }
    if fault == Some(&Fault::MalformedIccData) {
        // An object whose length says more than there is.
        field.extend([0x72, 0x7F, 0x9F]);
    }
    Ok(Some(field))
}
