//! The working keys of a sign-on, and field 62 that brings them.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use thiserror::Error;

use crate::error::KeyError;
use crate::kcv::Kcv;
use crate::key::{Family, Key};

/// Which of the working keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyName {
    /// PIN key.
    Pik,
    /// MAC key.
    Mak,
    /// Track data key.
    Tdk,
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pik => "PIK",
            Self::Mak => "MAK",
            Self::Tdk => "TDK",
        })
    }
}

/// The keys in use between two sign-ons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingKeys {
    /// Encrypts PIN blocks.
    pub pik: Key,
    /// Makes MACs.
    pub mak: Key,
    /// Encrypts tracks; only some layouts bring one.
    pub tdk: Option<Key>,
}

impl WorkingKeys {
    /// The keys in the order of field 62.
    pub fn iter(&self) -> impl Iterator<Item = (KeyName, &Key)> {
        [(KeyName::Pik, Some(&self.pik)), (KeyName::Mak, Some(&self.mak)), (KeyName::Tdk, self.tdk.as_ref())]
            .into_iter()
            .filter_map(|(name, key)| Some((name, key?)))
    }

    /// One of them.
    #[must_use]
    pub const fn get(&self, name: KeyName) -> Option<&Key> {
        match name {
            KeyName::Pik => Some(&self.pik),
            KeyName::Mak => Some(&self.mak),
            KeyName::Tdk => self.tdk.as_ref(),
        }
    }

    /// Encrypts them under the TMK for field 62. A TMK that is written as a 3DES key works in SM4 where the layout's keys do.
    ///
    /// # Errors
    /// [`Field62Error::Key`] when a key is missing or not of the layout's family or length, [`Field62Error::Cipher`]
    /// when the TMK cannot encrypt them.
    pub fn seal(&self, layout: Layout, tmk: &Key) -> Result<SealedKeys, Field62Error> {
        let tmk = layout.wrapping(tmk)?;
        let keys = layout.slots().iter().map(|slot| self.seal_one(layout, slot, &tmk));
        Ok(SealedKeys { layout, keys: keys.collect::<Result<_, _>>()? })
    }

    fn seal_one(&self, layout: Layout, slot: &Slot, tmk: &Key) -> Result<SealedKey, Field62Error> {
        let wrong = || Field62Error::Key { name: slot.name, expected: slot.key, family: layout.family() };
        let key =
            self.get(slot.name).filter(|k| k.family() == layout.family() && k.bytes().len() == slot.key);
        let key = key.ok_or_else(wrong)?;
        Ok(SealedKey { name: slot.name, cryptogram: tmk.encrypt_ecb(key.bytes())?, kcv: key.kcv() })
    }
}

/// How field 62 of a sign-on answer is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// 60.3 = 001: PIK 8, MAK 8.
    Single,
    /// 60.3 = 003: PIK 16, MAK 8 and eight zero bytes.
    Double,
    /// 60.3 = 004: as `Double`, TDK 16.
    DoubleWithTrack,
    /// 60.3 = 003: PIK 24, MAK 8 and sixteen zero bytes.
    Triple,
    /// 60.3 = 004: as `Triple`, TDK 24.
    TripleWithTrack,
    /// SM4: PIK, MAK, TDK 16 each. As long as `DoubleWithTrack`.
    Sm4,
}

/// Bytes of one key in field 62; its KCV follows.
struct Slot {
    name: KeyName,
    key: usize,
    filler: usize,
}

const fn slot(name: KeyName, key: usize, filler: usize) -> Slot {
    Slot { name, key, filler }
}

impl Layout {
    const fn slots(self) -> &'static [Slot] {
        use KeyName::{Mak, Pik, Tdk};
        match self {
            Self::Single => const { &[slot(Pik, 8, 0), slot(Mak, 8, 0)] },
            Self::Double => const { &[slot(Pik, 16, 0), slot(Mak, 8, 8)] },
            Self::DoubleWithTrack => const { &[slot(Pik, 16, 0), slot(Mak, 8, 8), slot(Tdk, 16, 0)] },
            Self::Triple => const { &[slot(Pik, 24, 0), slot(Mak, 8, 16)] },
            Self::TripleWithTrack => const { &[slot(Pik, 24, 0), slot(Mak, 8, 16), slot(Tdk, 24, 0)] },
            Self::Sm4 => const { &[slot(Pik, 16, 0), slot(Mak, 16, 0), slot(Tdk, 16, 0)] },
        }
    }

    /// Bytes of field 62.
    #[must_use]
    pub fn length(self) -> usize {
        self.slots().iter().map(|s| s.key + s.filler + 4).sum()
    }

    /// The family of its keys.
    #[must_use]
    pub const fn family(self) -> Family {
        if matches!(self, Self::Sm4) { Family::Sm4 } else { Family::Des }
    }

    /// The TMK as it works for this layout: the 16 bytes of one TMK are an SM4 key where the working keys are SM4's
    /// (INTERFACE.md, section 18).
    fn wrapping(self, tmk: &Key) -> Result<Key, KeyError> {
        match self.family() {
            Family::Sm4 => tmk.in_family(Family::Sm4),
            Family::Des => Ok(tmk.clone()),
        }
    }

    /// Its keys and their lengths in bytes, in the order of field 62.
    pub fn keys(self) -> impl Iterator<Item = (KeyName, usize)> {
        self.slots().iter().map(|s| (s.name, s.key))
    }
}

/// Field 62 taken apart: each key as it is carried. A test host may change any of it before sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKeys {
    layout: Layout,
    /// The keys in the order of the field.
    pub keys: Vec<SealedKey>,
}

/// One key in field 62.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// Which it is.
    pub name: KeyName,
    /// The key under the TMK.
    pub cryptogram: Vec<u8>,
    /// The check value that is carried with it.
    pub kcv: Kcv,
}

impl SealedKeys {
    /// Takes field 62 apart. The layout is a parameter: two of them have the same length.
    ///
    /// # Errors
    /// [`Field62Error::Length`].
    pub fn from_bytes(layout: Layout, field: &[u8]) -> Result<Self, Field62Error> {
        let wrong = || Field62Error::Length { expected: layout.length(), given: field.len() };
        let mut rest = field;
        let mut keys = Vec::new();
        for slot in layout.slots() {
            let (cryptogram, tail) = rest.split_at_checked(slot.key).ok_or_else(wrong)?;
            let (_, tail) = tail.split_at_checked(slot.filler).ok_or_else(wrong)?;
            let (kcv, tail) = tail.split_first_chunk().ok_or_else(wrong)?;
            keys.push(SealedKey { name: slot.name, cryptogram: cryptogram.to_vec(), kcv: Kcv(*kcv) });
            rest = tail;
        }
        if rest.is_empty() { Ok(Self { layout, keys }) } else { Err(wrong()) }
    }

    /// The bytes of field 62.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut field = Vec::with_capacity(self.layout.length());
        for (slot, key) in self.layout.slots().iter().zip(&self.keys) {
            field.extend(&key.cryptogram);
            field.extend(std::iter::repeat_n(0, slot.filler));
            field.extend(key.kcv.0);
        }
        field
    }

    /// One of the keys.
    pub fn get_mut(&mut self, name: KeyName) -> Option<&mut SealedKey> {
        self.keys.iter_mut().find(|k| k.name == name)
    }

    /// Decrypts the keys and checks each against its KCV, in the order PIK, MAK, TDK.
    ///
    /// # Errors
    /// [`Field62Error::Kcv`] for the first key that is not the one whose KCV is carried.
    pub fn open(&self, tmk: &Key) -> Result<WorkingKeys, Field62Error> {
        let tmk = self.layout.wrapping(tmk)?;
        let mut opened = [None, None, None];
        for (sealed, place) in self.keys.iter().zip(&mut opened) {
            let clear = zeroize::Zeroizing::new(tmk.decrypt_ecb(&sealed.cryptogram)?);
            let key = Key::new(self.layout.family(), &clear)?;
            if key.kcv() != sealed.kcv {
                let (carried, computed) = (sealed.kcv, key.kcv());
                return Err(Field62Error::Kcv { name: sealed.name, carried, computed });
            }
            *place = Some(key);
        }
        match opened {
            [Some(pik), Some(mak), tdk] => Ok(WorkingKeys { pik, mak, tdk }),
            _ => Err(Field62Error::Length { expected: self.layout.length(), given: self.to_bytes().len() }),
        }
    }
}

/// Why field 62 was refused. No key may change then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Field62Error {
    /// Another length than the layout's.
    #[error("field 62: expected {expected} bytes, {given} given")]
    Length {
        /// The layout's.
        expected: usize,
        /// The field's.
        given: usize,
    },
    /// A key whose check value is not the one carried.
    #[error("field 62: the {name} has KCV {computed}, {carried} is carried with it")]
    Kcv {
        /// Which key.
        name: KeyName,
        /// What field 62 says.
        carried: Kcv,
        /// What the key has.
        computed: Kcv,
    },
    /// A key that the layout cannot carry.
    #[error("field 62: expected a {name} of {expected} bytes for {family:?}")]
    Key {
        /// Which key.
        name: KeyName,
        /// Bytes of it in this layout.
        expected: usize,
        /// The layout's family.
        family: Family,
    },
    /// A cryptogram that cannot be decrypted under this TMK.
    #[error("field 62: {0}")]
    Cipher(#[from] KeyError),
}
