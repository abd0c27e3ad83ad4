//! Faults of answers as a whole, and of signatures.

use payrig_keys::{RsaKey, RsaKeyError};

use super::{
    Certified, EmvFault, Tag,
    tlv::{objects, tlv},
};

/// Templates whose data objects can be missing or have other values; in records that is so before they are signed.
const TEMPLATES: [u16; 4] = [0x6F, 0x77, 0xA5, 0x61];
/// What answers consist of.
const OUTERMOST: [u16; 4] = [0x6F, 0x70, 0x77, 0x80];

/// The answer's data with what is wrong with it.
pub(super) fn spoiled(faults: &[EmvFault], data: Vec<u8>) -> Vec<u8> {
    if faults.is_empty() {
        return data;
    }
    match objects(&data).as_deref() {
        Some([(tag, value)]) if OUTERMOST.contains(&tag.0) => respelled(faults, *tag, value),
        _ => data,
    }
}

fn respelled(faults: &[EmvFault], tag: Tag, value: &[u8]) -> Vec<u8> {
    let inner = objects(value).filter(|_| tag.is_constructed());
    let value = inner.map_or_else(
        || value.to_vec(),
        |inner| inner.into_iter().flat_map(|(inner, value)| within(faults, tag, inner, value)).collect(),
    );
    let mut bytes = tlv(tag, &value);
    if faults.contains(&EmvFault::Truncated(tag)) {
        bytes.pop();
    }
    bytes
}

fn within(faults: &[EmvFault], template: Tag, tag: Tag, value: &[u8]) -> Vec<u8> {
    let mut spelled = respelled(faults, tag, value);
    if TEMPLATES.contains(&template.0) {
        for fault in faults {
            match fault {
                EmvFault::Missing(missing) if *missing == tag => return Vec::new(),
                EmvFault::Other { tag: other, value } if *other == tag => spelled = tlv(tag, &value.0),
                _ => {}
            }
        }
    }
    spelled
}

/// What `key` signed, with what faults want to be wrong with it.
pub(super) fn spoiled_signature(
    faults: &[EmvFault],
    which: Certified,
    key: &RsaKey,
    mut signed: Vec<u8>,
) -> Result<Vec<u8>, RsaKeyError> {
    for fault in faults {
        match fault {
            EmvFault::FlippedBit { of, bit } if *of == which => signed = flipped(&signed, *bit),
            EmvFault::WrongHash(of) if *of == which => signed = with_wrong_hash(key, &signed)?,
            _ => {}
        }
    }
    Ok(signed)
}

/// Signed once more, with another last bit of the hash: it stands before the trailer, one byte (EMV Book 2, A2.1).
fn with_wrong_hash(key: &RsaKey, signed: &[u8]) -> Result<Vec<u8>, RsaKeyError> {
    let mut block = key.recover(signed)?;
    if let Some(last) = block.iter_mut().nth_back(1) {
        *last ^= 0x01;
    }
    key.sign(&block)
}

/// The same bytes but for one bit.
fn flipped(bytes: &[u8], bit: u16) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    let bits = flipped.len() * 8;
    if bits > 0 {
        let bit = usize::from(bit) % bits;
        if let Some(byte) = flipped.get_mut(bit / 8) {
            *byte ^= 0x80 >> (bit % 8);
        }
    }
    flipped
}
