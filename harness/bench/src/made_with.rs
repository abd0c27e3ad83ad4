//! Which of the keys that the host issued a MAC, a PIN block or an encrypted track was made with.

use payrig_acquirer::{IssuedKeys, MacAlgorithm};
use payrig_iso8583::{Dialect, Message};
use payrig_keys::{Key, PinBlock, decrypt_track};

/// `{MAC under MAK#2}` for field 64 of a frame; `{MAC under no issued key}` where it is none of theirs.
pub(crate) fn mac(dialect: &Dialect, frame: &[u8], keys: &[IssuedKeys]) -> String {
    let maker = mac_maker(dialect, frame, keys);
    maker.map_or_else(|| "{MAC under no issued key}".into(), |number| format!("{{MAC under MAK#{number}}}"))
}

/// `{PIN block under PIK#2}` for field 52 of a frame, or field 62 where the keys are SM4's; `{PIN block under no issued key}` where none
/// of theirs opens it to a PIN; `{zeros}` for a field 52 that stands for one in field 62.
pub(crate) fn pin_block(dialect: &Dialect, frame: &[u8], field: u8, keys: &[IssuedKeys]) -> String {
    let Some(message) = message(dialect, frame) else { return "{PIN block under no issued key}".into() };
    if field == 52 && is_zero(&message, 52) && message.get(62).is_some() {
        return "{zeros}".into();
    }
    let under =
        pin_maker(&message, keys).map_or_else(|| "no issued key".into(), |number| format!("PIK#{number}"));
    format!("{{PIN block under {under}}}")
}

/// `{track under TDK#2}` for field 35 or 36 of a frame whose field 53 says that tracks are encrypted; `{track under no issued key}` where
/// none of theirs opens it to a track. Nothing for one in clear.
pub(crate) fn track(dialect: &Dialect, frame: &[u8], field: u8, keys: &[IssuedKeys]) -> Option<String> {
    let message = message(dialect, frame)?;
    let sent = message.text(field)?;
    if message.text(53)?.as_bytes().get(2) != Some(&b'1') {
        return None;
    }
    let maker = keys.iter().rev().find(|keys| keys.keys.tdk.as_ref().is_some_and(|tdk| opens(tdk, sent)));
    let under = maker.map_or_else(|| "no issued key".into(), |keys| format!("TDK#{}", keys.number));
    Some(format!("{{track under {under}}}"))
}

/// Whether a track opens to digits and separators, but for the `F`s before its last one or two digits that filled its block up.
fn opens(tdk: &Key, sent: &str) -> bool {
    let kept = if sent.len().is_multiple_of(2) { 2 } else { 1 };
    decrypt_track(tdk, sent).is_ok_and(|clear| {
        let front = clear.get(..clear.len().saturating_sub(kept)).unwrap_or_default();
        front.contains('D') && front.trim_end_matches('F').chars().all(|c| c.is_ascii_digit() || c == 'D')
    })
}

/// The number of the issued set under whose MAK the MAC of a frame was made.
pub(crate) fn mac_maker(dialect: &Dialect, frame: &[u8], keys: &[IssuedKeys]) -> Option<usize> {
    let view = dialect.view(frame).ok()?;
    let stated = view.to_decoded().frame.message.get(64)?.as_bytes()?.to_vec();
    let made = |keys: &&IssuedKeys| {
        MacAlgorithm::ALL.iter().any(|how| {
            how.compute(&keys.keys.mak, view.mac_input()).is_ok_and(|mac| mac.as_slice() == stated)
        })
    };
    keys.iter().rev().find(made).map(|keys| keys.number)
}

/// The number of the issued set under whose PIK the PIN block of a frame opens; nothing where it has none or it opens under none.
pub(crate) fn pin_block_maker(dialect: &Dialect, frame: &[u8], keys: &[IssuedKeys]) -> Option<usize> {
    pin_maker(&message(dialect, frame)?, keys)
}

fn pin_maker(message: &Message, keys: &[IssuedKeys]) -> Option<usize> {
    let pan = message.text(2)?;
    let block = |field| message.get(field).and_then(|value| value.as_bytes());
    let opens = |keys: &&IssuedKeys| match &keys.keys.pik {
        Key::Des(pik) => block(52)
            .and_then(|block| <[u8; 8]>::try_from(block).ok())
            .is_some_and(|block| PinBlock::decrypt(pik, block).pin(pan).is_ok()),
        Key::Sm4(pik) => block(62)
            .and_then(|block| <[u8; 16]>::try_from(block).ok())
            .is_some_and(|block| PinBlock::decrypt_sm4(pik, block).is_ok_and(|block| block.pin(pan).is_ok())),
    };
    keys.iter().rev().find(opens).map(|keys| keys.number)
}

fn is_zero(message: &Message, field: u8) -> bool {
    message.get(field).and_then(|value| value.as_bytes()).is_some_and(|bytes| bytes.iter().all(|b| *b == 0))
}

fn message(dialect: &Dialect, frame: &[u8]) -> Option<Message> {
    Some(dialect.view(frame).ok()?.to_decoded().frame.message)
}
