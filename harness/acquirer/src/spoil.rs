//! What a fault does to the fields of an answer.

use payrig_iso8583::{Dialect, Message, Value};

use crate::behaviour::Fault;

/// Spoils fields of the answer; whether the fault was one that does.
pub(crate) fn spoil(message: &mut Message, fault: &Fault) -> bool {
    match fault {
        Fault::WrongTerminalId => message.set(41, Value::text(other(message.get(41)))),
        Fault::WrongMerchantId => message.set(42, Value::text(other(message.get(42)))),
        Fault::WrongStan => message.set(11, Value::digits(other(message.get(11)))),
        Fault::ApprovalCode(code) if message.text(39) == Some("00") => message.set(39, Value::text(code)),
        Fault::WrongAmount => match message.get(4) {
            Some(amount) => message.set(4, Value::digits(other(Some(amount)))),
            None => return false,
        },
        Fault::WrongMti(mti) => message.mti.clone_from(mti),
        Fault::MissingField(field) => return message.fields.remove(field).is_some(),
        _ => return false,
    }
    true
}

/// Whether a fault is one of the MAC.
pub(crate) const fn spoils_mac(fault: Option<&Fault>) -> bool {
    matches!(fault, Some(Fault::NoMac | Fault::WrongMac | Fault::OldMak | Fault::MissingField(64)))
}

/// The answer to another terminal in the frame of this one; nothing where this one is no message itself.
pub(crate) fn foreign(dialect: &Dialect, answer: &[u8]) -> Vec<u8> {
    let Ok(decoded) = dialect.decode(answer) else { return Vec::new() };
    let mut frame = decoded.frame;
    let message = &mut frame.message;
    message.set(11, Value::digits(other(message.get(11))));
    message.set(41, Value::text(other(message.get(41))));
    message.fields.remove(&62);
    dialect.encode(&frame).unwrap_or_default()
}

/// Another text of the same length: the last character is changed.
fn other(value: Option<&Value>) -> String {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    let last = if text.ends_with('1') { '2' } else { '1' };
    let kept: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
    format!("{kept}{last}")
}
