//! One copy's bytes.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | magic, written last |
//! | 4 | 4 | sequence number |
//! | 8 | 1 | layout version |
//! | 9 | 1 | bit 0: TMK, bit 1: working keys |
//! | 10 | 1 | length of the device id |
//! | 11 | 20 | device id, zero padded |
//! | 31 | 16 | serial number |
//! | 47 | 16 | factory key |
//! | 63 | 16 | TMK |
//! | 79 | 16 | PIK |
//! | 95 | 8 | MAK |
//! | 103 | 16 | TDK |
//! | 119 | 4 | batch number of the last sign-on |
//! | 123 | 4 | CRC-32 over all before it |
//!
//! Layout 1 had no batch number. A copy of another layout is no valid copy.

use crc::{CRC_32_ISO_HDLC, Crc};
use heapless::String;
use zeroize::Zeroize;

use super::secrets::Secrets;
use crate::crypto::keys::{Key, WorkingKeys};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
pub(super) const MAGIC: [u8; 4] = *b"PKS1";
const VERSION: u8 = 2;
const HAS_TMK: u8 = 1;
const HAS_WORKING: u8 = 2;
const COVERED: usize = 123;

/// Bytes of a copy.
pub(super) const IMAGE: usize = COVERED + 4;

/// A copy's bytes, erased when dropped.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Image(pub(super) [u8; IMAGE]);

impl Drop for Image {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What a valid copy holds.
pub(super) struct Copy {
    pub(super) sequence: u32,
    pub(super) secrets: Secrets,
}

impl Image {
    pub(super) fn empty() -> Self {
        Self([0; IMAGE])
    }

    pub(super) fn encode(sequence: u32, secrets: &Secrets) -> Self {
        let mut image = Self::empty();
        let mut at = 0;
        let mut put = |bytes: &[u8], width: usize| {
            if let Some(place) = image.0.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
            at += width;
        };
        let has = |present, bit| if present { bit } else { 0 };
        let flags = has(secrets.tmk().is_some(), HAS_TMK) | has(secrets.working().is_some(), HAS_WORKING);
        let id = secrets.device_id();
        put(&MAGIC, 4);
        put(&sequence.to_be_bytes(), 4);
        // The id has at most 20 bytes.
        put(&[VERSION, flags, id.len() as u8], 3);
        put(id.as_bytes(), 20);
        put(secrets.serial(), 16);
        put(secrets.factory_key().bytes(), 16);
        put(secrets.tmk().map_or(&[], |key| key.bytes().as_slice()), 16);
        let working = secrets.working();
        put(working.map_or(&[], |keys| keys.pik.bytes().as_slice()), 16);
        put(working.map_or(&[], |keys| keys.mak.bytes().as_slice()), 8);
        put(working.map_or(&[], |keys| keys.tdk.bytes().as_slice()), 16);
        put(&secrets.batch().to_be_bytes(), 4);
        let (covered, crc) = image.0.split_at_mut(COVERED);
        crc.copy_from_slice(&CRC.checksum(covered).to_be_bytes());
        image
    }

    /// What the copy holds; `None` unless every byte is right.
    pub(super) fn decode(&self) -> Option<Copy> {
        let (covered, crc) = self.0.split_first_chunk::<COVERED>()?;
        if crc != CRC.checksum(covered).to_be_bytes() {
            return None;
        }
        let mut rest = covered.as_slice();
        let magic: [u8; 4] = take(&mut rest)?;
        let sequence = u32::from_be_bytes(take(&mut rest)?);
        let [version, flags, id_length] = take(&mut rest)?;
        if magic != MAGIC || version != VERSION {
            return None;
        }
        let id: [u8; 20] = take(&mut rest)?;
        let id = core::str::from_utf8(id.get(..usize::from(id_length))?).ok()?;
        let serial = take(&mut rest)?;
        let mut secrets = Secrets::new(String::try_from(id).ok()?, serial, take_key(&mut rest)?);
        let tmk = take_key(&mut rest)?;
        let working =
            WorkingKeys { pik: take_key(&mut rest)?, mak: take_key(&mut rest)?, tdk: take_key(&mut rest)? };
        match flags {
            0 => {}
            HAS_TMK => secrets = secrets.with_master_key(tmk),
            0b11 => secrets = secrets.with_master_key(tmk).with_working_keys(working),
            _ => return None,
        }
        let secrets = secrets.with_batch(u32::from_be_bytes(take(&mut rest)?));
        Some(Copy { sequence, secrets })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

fn take_key<const N: usize>(rest: &mut &[u8]) -> Option<Key<N>> {
    take(rest).map(|mut bytes| Key::take(&mut bytes))
}

#[cfg(test)]
mod tests {
    use super::{COVERED, CRC, Image};
    use crate::crypto::keys::Key;
    use crate::keystore::secrets::Secrets;

    #[test]
    fn another_layout_is_no_valid_copy() {
        let secrets = Secrets::new(
            "30600000290210015708".try_into().unwrap(),
            *b"0000290210015708",
            Key::take(&mut [1; 16]),
        );
        for version in 0..=u8::MAX {
            let mut image = Image::encode(1, &secrets);
            image.0[8] = version;
            let crc = CRC.checksum(&image.0[..COVERED]).to_be_bytes();
            image.0[COVERED..].copy_from_slice(&crc);
            assert_eq!(image.decode().is_some(), version == 2, "version {version}");
        }
    }
}
