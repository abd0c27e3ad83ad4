//! Working keys out of a seed.

use payrig_keys::{DesKey, Family, Key, KeyError, KeyName, Layout, WorkingKeys};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Makes keys. The same seed makes the same keys in the same order; no key is made twice.
pub(crate) struct KeyMaker {
    random: ChaCha20Rng,
    made: Vec<Key>,
}

impl KeyMaker {
    pub fn new(seed: u64) -> Self {
        Self { random: ChaCha20Rng::seed_from_u64(seed), made: Vec::new() }
    }

    /// A set of new keys for the layout.
    pub fn working_keys(&mut self, layout: Layout) -> Result<WorkingKeys, KeyError> {
        let mut made = Vec::new();
        for (name, length) in layout.keys() {
            made.push((name, self.key(layout.family(), length)?));
        }
        let mut take = |wanted: KeyName| {
            made.iter().position(|(name, _)| *name == wanted).map(|at| made.swap_remove(at).1)
        };
        let missing = KeyError::Length { expected: "the layout's", given: 0 };
        let (pik, mak, tdk) = (take(KeyName::Pik), take(KeyName::Mak), take(KeyName::Tdk));
        Ok(WorkingKeys { pik: pik.ok_or_else(|| missing.clone())?, mak: mak.ok_or(missing)?, tdk })
    }

    /// A new key: odd parity and unequal parts for DES, and unlike every key made before.
    pub fn key(&mut self, family: Family, length: usize) -> Result<Key, KeyError> {
        loop {
            let mut bytes = [0; 24];
            self.random.fill_bytes(&mut bytes);
            let key = match Key::new(family, bytes.get(..length).unwrap_or(&bytes))? {
                Key::Des(key) => Key::Des(key.with_odd_parity()),
                other @ Key::Sm4(_) => other,
            };
            if self.may_issue(&key) {
                self.made.push(key.clone());
                return Ok(key);
            }
        }
    }

    fn may_issue(&self, key: &Key) -> bool {
        let weak = matches!(key, Key::Des(key) if key.has_equal_parts());
        !weak && !self.made.contains(key)
    }
}

/// The key that `Fault::ZeroKey` sends.
pub(crate) fn zero(like: &Key) -> Result<Key, KeyError> {
    Key::new(like.family(), &vec![0; like.bytes().len()])
}

/// The key that `Fault::EqualHalves` sends: the first eight bytes of a DES key, the first half of another, repeated.
pub(crate) fn equal_halves(of: &Key) -> Result<Key, KeyError> {
    let length = of.bytes().len();
    let half = of.bytes().iter().take(8);
    let bytes: Vec<u8> = half.cycle().take(length).copied().collect();
    match of {
        Key::Des(_) => DesKey::new(&bytes).map(Key::Des),
        Key::Sm4(_) => Key::new(Family::Sm4, &bytes),
    }
}

/// The same DES key in other bytes: every parity bit turned over. An SM4 key has none.
pub(crate) fn other_parity(of: &Key) -> Result<Key, KeyError> {
    match of {
        Key::Des(key) => {
            let bytes: Vec<u8> = key.bytes().iter().map(|byte| byte ^ 1).collect();
            DesKey::new(&bytes).map(Key::Des)
        }
        Key::Sm4(_) => Ok(of.clone()),
    }
}

/// The keys that `Fault::SameKeysOtherParity` sends.
pub(crate) fn all_of_other_parity(of: &WorkingKeys) -> Result<WorkingKeys, KeyError> {
    let tdk = of.tdk.as_ref().map(other_parity).transpose()?;
    Ok(WorkingKeys { pik: other_parity(&of.pik)?, mak: other_parity(&of.mak)?, tdk })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUTS: [Layout; 4] =
        [Layout::Single, Layout::DoubleWithTrack, Layout::TripleWithTrack, Layout::Sm4];

    #[test]
    fn the_seed_decides_the_keys() {
        for layout in LAYOUTS {
            let [one, again, other] = [1, 1, 2].map(|seed| KeyMaker::new(seed).working_keys(layout).unwrap());
            assert_eq!(one, again);
            assert_ne!(one, other);
        }
    }

    #[test]
    fn no_key_is_made_twice_and_none_is_weak() {
        let mut maker = KeyMaker::new(7);
        for _ in 0..50 {
            let keys = maker.working_keys(Layout::DoubleWithTrack).unwrap();
            assert_eq!(keys.mak.bytes().len(), 8);
            for (name, key) in keys.iter() {
                let Key::Des(key) = key else { panic!("{name} is no DES key") };
                assert!(key.has_odd_parity() && !key.has_equal_parts(), "{name}");
            }
        }
        for (i, key) in maker.made.iter().enumerate() {
            assert!(!maker.made[i + 1..].contains(key));
        }
    }

    /// Chance alone would hardly show either in a lifetime.
    #[test]
    fn a_key_with_equal_halves_or_made_before_is_not_issued() {
        let mut maker = KeyMaker::new(7);
        let made = maker.key(Family::Des, 16).unwrap();
        assert!(!maker.may_issue(&made));
        assert!(!maker.may_issue(&equal_halves(&made).unwrap()));
        assert!(KeyMaker::new(7).may_issue(&made));
    }

    #[test]
    fn spoilt_keys_are_as_they_say() {
        let key = KeyMaker::new(7).key(Family::Des, 16).unwrap();
        let Key::Des(halves) = equal_halves(&key).unwrap() else { panic!("another family") };
        assert!(halves.has_equal_parts());
        assert_eq!(zero(&key).unwrap().bytes(), [0; 16]);
    }
}
