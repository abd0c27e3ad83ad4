//! Field 62 of the answer: the working keys under the TMK (PROTOCOL.md, sign-on).

use super::key_scheme::KeyScheme;
use crate::crypto::kcv::Kcv;
use crate::crypto::keys::{Key, Key16};
use crate::crypto::sm4;
use crate::crypto::tdes::decrypt_double;
use crate::crypto::working_keys::{CipherKey, MacKey, PinKey, TrackKey, WorkingKeys};
use crate::panel::text::Text;
use crate::panel::texts::details;

/// A working key's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyName {
    Pik,
    Mak,
    Tdk,
}

impl KeyName {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Pik => "PIK",
            Self::Mak => "MAK",
            Self::Tdk => "TDK",
        }
    }
}

/// What is wrong with a key that is not fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Staleness {
    /// Nothing but zeros.
    Zero,
    /// Two equal halves.
    Halves,
    /// The key in use.
    Unchanged,
}

impl Staleness {
    /// The words behind a key's name.
    pub(crate) fn text(self) -> Text {
        match self {
            Self::Zero => details::ZERO,
            Self::Halves => details::HALVES,
            Self::Unchanged => details::UNCHANGED,
        }
    }
}

/// Why no key was taken from the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unopened {
    /// It has another length than the scheme's.
    Length,
    /// The first key whose KCV is not the one that came with it.
    Check(KeyName),
}

/// Decrypts the scheme's keys and recomputes their KCVs.
///
/// # Errors
/// What the field must not be: see [`Unopened`].
pub(crate) fn open(tmk: &Key16, scheme: KeyScheme, field: &[u8]) -> Result<WorkingKeys, Unopened> {
    if field.len() != scheme.field_length() {
        return Err(Unopened::Length);
    }
    match scheme {
        KeyScheme::Single => open_single(tmk, field),
        KeyScheme::Double => open_double(tmk, field, false),
        KeyScheme::DoubleWithTrack => open_double(tmk, field, true),
        KeyScheme::Sm4 | KeyScheme::Sm4By006 => open_sm4(tmk, field),
    }
}

fn open_single(tmk: &Key16, mut rest: &[u8]) -> Result<WorkingKeys, Unopened> {
    let pik = PinKey::Single(des_key(tmk, &mut rest));
    check(KeyName::Pik, pik.cipher(), &mut rest)?;
    let mak = MacKey::Single(des_key(tmk, &mut rest));
    check(KeyName::Mak, mak.cipher(), &mut rest)?;
    Ok(WorkingKeys { pik, mak, tdk: None })
}

/// The eight bytes behind the MAK are ignored.
fn open_double(tmk: &Key16, mut rest: &[u8], with_track: bool) -> Result<WorkingKeys, Unopened> {
    let pik = PinKey::Double(des_key(tmk, &mut rest));
    check(KeyName::Pik, pik.cipher(), &mut rest)?;
    let mak = MacKey::Single(des_key(tmk, &mut rest));
    take::<8>(&mut rest);
    check(KeyName::Mak, mak.cipher(), &mut rest)?;
    if !with_track {
        return Ok(WorkingKeys { pik, mak, tdk: None });
    }
    let tdk = TrackKey::Double(des_key(tmk, &mut rest));
    check(KeyName::Tdk, tdk.cipher(), &mut rest)?;
    Ok(WorkingKeys { pik, mak, tdk: Some(tdk) })
}

fn open_sm4(tmk: &Key16, mut rest: &[u8]) -> Result<WorkingKeys, Unopened> {
    let pik = PinKey::Sm4(sm4_key(tmk, &mut rest));
    check(KeyName::Pik, pik.cipher(), &mut rest)?;
    let mak = MacKey::Sm4(sm4_key(tmk, &mut rest));
    check(KeyName::Mak, mak.cipher(), &mut rest)?;
    let tdk = TrackKey::Sm4(sm4_key(tmk, &mut rest));
    check(KeyName::Tdk, tdk.cipher(), &mut rest)?;
    Ok(WorkingKeys { pik, mak, tdk: Some(tdk) })
}

/// The first key, in the order of the field, that is not fresh, and why.
pub(crate) fn staleness(keys: &WorkingKeys, present: Option<&WorkingKeys>) -> Option<(KeyName, Staleness)> {
    let of = |name, key: CipherKey<'_>, present: Option<CipherKey<'_>>| match key {
        _ if key.is_zero() => Some((name, Staleness::Zero)),
        _ if key.has_equal_halves() => Some((name, Staleness::Halves)),
        _ if present.is_some_and(|present| key.is_same_as(present)) => Some((name, Staleness::Unchanged)),
        _ => None,
    };
    let present_tdk = present.and_then(WorkingKeys::tdk_cipher);
    of(KeyName::Pik, keys.pik.cipher(), present.map(|keys| keys.pik.cipher()))
        .or_else(|| of(KeyName::Mak, keys.mak.cipher(), present.map(|keys| keys.mak.cipher())))
        .or_else(|| of(KeyName::Tdk, keys.tdk_cipher()?, present_tdk))
}

/// Takes a key off the front and decrypts it with 3DES.
fn des_key<const N: usize>(tmk: &Key16, rest: &mut &[u8]) -> Key<N> {
    let mut bytes = take::<N>(rest);
    decrypt_double(tmk, &mut bytes);
    Key::take(&mut bytes)
}

/// Takes a key off the front and decrypts it with SM4.
fn sm4_key(tmk: &Key16, rest: &mut &[u8]) -> Key16 {
    let mut bytes = take(rest);
    sm4::decrypt(tmk, &mut bytes);
    Key::take(&mut bytes)
}

/// Holds a key's check value against the one that comes next.
fn check(name: KeyName, key: CipherKey<'_>, rest: &mut &[u8]) -> Result<(), Unopened> {
    if Kcv(take(rest)) == Kcv::working_key(key) { Ok(()) } else { Err(Unopened::Check(name)) }
}

/// Takes bytes off the front; the field's length was looked at, so there always are enough.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let Some((head, tail)) = rest.split_first_chunk() else { return [0; N] };
    *rest = tail;
    *head
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{KeyName, Staleness, Unopened, open, staleness};
    use crate::crypto::keys::{Key, Key16};
    use crate::crypto::working_keys::{MacKey, PinKey, TrackKey, WorkingKeys};
    use crate::sign_on::key_scheme::KeyScheme;
    use crate::vectors::{Vectors, bytes};
    use rstest::rstest;
    use std::vec::Vec;

    /// A scheme with the vectors' TMK, field 62 and keys.
    pub(crate) fn vector(scheme: KeyScheme) -> (Key16, Vec<u8>, WorkingKeys) {
        let load = |file, name| Vectors::load(file).named(name);
        match scheme {
            KeyScheme::Single => {
                let case = load("cup_working_keys_constructed", "single_001");
                // Its TMK has a single length: 3DES with equal halves is DES.
                let tmk = case.input("tmk").repeat(2);
                let (pik, mak) = (PinKey::Single(key(case.input("pik"))), key(case.input("mak")));
                let keys = WorkingKeys { pik, mak: MacKey::Single(mak), tdk: None };
                (key(&tmk), hex::decode(case.output("field62")).unwrap(), keys)
            }
            KeyScheme::Double => {
                let case = load("cup_working_keys", "easy8583ans");
                let (pik, mak) = (PinKey::Double(key(case.output("pik"))), key(case.output("mak")));
                let keys = WorkingKeys { pik, mak: MacKey::Single(mak), tdk: None };
                (key(case.input("tmk")), hex::decode(case.input("field62")).unwrap(), keys)
            }
            KeyScheme::DoubleWithTrack => {
                let case = load("cup_working_keys_constructed", "track_004");
                let keys = WorkingKeys {
                    pik: PinKey::Double(key(case.input("pik"))),
                    mak: MacKey::Single(key(case.input("mak"))),
                    tdk: Some(TrackKey::Double(key(case.input("tdk")))),
                };
                (key(case.input("tmk")), hex::decode(case.output("field62")).unwrap(), keys)
            }
            KeyScheme::Sm4 | KeyScheme::Sm4By006 => {
                let case = load("cup_sm4_constructed", "field62_005");
                let keys = WorkingKeys {
                    pik: PinKey::Sm4(key(case.input("pik"))),
                    mak: MacKey::Sm4(key(case.input("mak"))),
                    tdk: Some(TrackKey::Sm4(key(case.input("tdk")))),
                };
                (key(case.input("tmk")), hex::decode(case.output("field62")).unwrap(), keys)
            }
        }
    }

    fn key<const N: usize>(hex: &str) -> Key<N> {
        Key::take(&mut bytes(hex))
    }

    #[test]
    fn the_vectors_of_every_scheme() {
        for scheme in KeyScheme::ALL {
            let (tmk, field, keys) = vector(scheme);
            assert_eq!(open(&tmk, scheme, &field), Ok(keys), "{scheme:?}");
        }
    }

    #[test]
    fn every_published_field() {
        for case in Vectors::load("cup_working_keys") {
            let tmk = key(case.input("tmk"));
            let field = hex::decode(case.input("field62")).unwrap();
            let expected = WorkingKeys {
                pik: PinKey::Double(key(case.output("pik"))),
                mak: MacKey::Single(key(case.output("mak"))),
                tdk: None,
            };
            assert_eq!(open(&tmk, KeyScheme::Double, &field), Ok(expected), "{}", case.name);
        }
    }

    #[test]
    fn a_scheme_takes_no_field_of_another_length_with_whatever_keys() {
        for scheme in KeyScheme::ALL {
            let (tmk, field, _) = vector(scheme);
            for length in (0..=100).filter(|length| *length != field.len()) {
                let other: Vec<u8> = field.iter().copied().chain([0; 100]).take(length).collect();
                assert_eq!(open(&tmk, scheme, &other), Err(Unopened::Length), "{scheme:?}, {length} bytes");
            }
        }
    }

    #[test]
    fn a_flip_in_any_byte_is_blamed_on_its_key_and_the_filler_is_ignored() {
        for scheme in KeyScheme::ALL {
            let (tmk, field, keys) = vector(scheme);
            let (pik_end, filler) = match scheme {
                KeyScheme::Single => (12, 20..20),
                KeyScheme::Double | KeyScheme::DoubleWithTrack => (20, 28..36),
                KeyScheme::Sm4 | KeyScheme::Sm4By006 => (20, 36..36),
            };
            for at in 0..field.len() {
                let mut damaged = field.clone();
                damaged[at] ^= 0x40;
                let expected = match at {
                    _ if at < pik_end => Err(Unopened::Check(KeyName::Pik)),
                    _ if filler.contains(&at) => Ok(keys.clone()),
                    _ if at < filler.end + 4 => Err(Unopened::Check(KeyName::Mak)),
                    _ => Err(Unopened::Check(KeyName::Tdk)),
                };
                assert_eq!(open(&tmk, scheme, &damaged), expected, "{scheme:?}, byte {at}");
            }
        }
    }

    #[rstest]
    #[case::fresh([1; 3], None)]
    #[case::zero_pik([0, 1, 1], Some((KeyName::Pik, Staleness::Zero)))]
    #[case::zero_mak([1, 0, 1], Some((KeyName::Mak, Staleness::Zero)))]
    #[case::zero_tdk([1, 1, 0], Some((KeyName::Tdk, Staleness::Zero)))]
    #[case::equal_halves([2, 1, 1], Some((KeyName::Pik, Staleness::Halves)))]
    #[case::equal_halves_of_tdk([1, 1, 2], Some((KeyName::Tdk, Staleness::Halves)))]
    #[case::pik_in_use([3, 1, 1], Some((KeyName::Pik, Staleness::Unchanged)))]
    #[case::mak_in_use([1, 3, 1], Some((KeyName::Mak, Staleness::Unchanged)))]
    #[case::tdk_in_use([1, 1, 3], Some((KeyName::Tdk, Staleness::Unchanged)))]
    #[case::mak_before_tdk([1, 3, 3], Some((KeyName::Mak, Staleness::Unchanged)))]
    fn keys_that_are_not_fresh(#[case] kinds: [u8; 3], #[case] expected: Option<(KeyName, Staleness)>) {
        for scheme in KeyScheme::ALL {
            let (_, _, used) = vector(scheme);
            let keys = WorkingKeys {
                pik: match &used.pik {
                    PinKey::Single(used) => PinKey::Single(of_kind(kinds[0], used)),
                    PinKey::Double(used) => PinKey::Double(of_kind(kinds[0], used)),
                    PinKey::Sm4(used) => PinKey::Sm4(of_kind(kinds[0], used)),
                },
                mak: match &used.mak {
                    MacKey::Single(used) => MacKey::Single(of_kind(kinds[1], used)),
                    MacKey::Sm4(used) => MacKey::Sm4(of_kind(kinds[1], used)),
                },
                tdk: used.tdk.as_ref().map(|used| match used {
                    TrackKey::Double(used) => TrackKey::Double(of_kind(kinds[2], used)),
                    TrackKey::Sm4(used) => TrackKey::Sm4(of_kind(kinds[2], used)),
                }),
            };
            let expected = match (scheme, expected) {
                // Eight bytes have no halves to compare, and to SM4 equal ones are no fault.
                (KeyScheme::Single | KeyScheme::Sm4 | KeyScheme::Sm4By006, Some((_, Staleness::Halves))) => {
                    None
                }
                (KeyScheme::Single | KeyScheme::Double, Some((KeyName::Tdk, _))) => None,
                (_, expected) => expected,
            };
            assert_eq!(staleness(&keys, Some(&used)), expected, "{scheme:?}");
            if !matches!(expected, Some((_, Staleness::Unchanged))) {
                assert_eq!(staleness(&keys, None), expected, "{scheme:?}");
            }
        }
    }

    /// To SM4 a key in which only what DES calls parity bits differ is another one.
    #[test]
    fn all_bits_of_an_sm4_key_count() {
        let (_, _, used) = vector(KeyScheme::Sm4);
        let with = |byte: u8| {
            let key = || Key::take(&mut [byte; 16]);
            WorkingKeys { pik: PinKey::Sm4(key()), mak: MacKey::Sm4(key()), tdk: Some(TrackKey::Sm4(key())) }
        };
        assert_eq!(staleness(&with(0x01), Some(&used)), None, "parity bits alone are not zero");
        assert_eq!(staleness(&with(0x11), Some(&with(0x10))), None);
        let unchanged = Some((KeyName::Pik, Staleness::Unchanged));
        assert_eq!(staleness(&with(0x10), Some(&with(0x10))), unchanged);
    }

    /// Keys of another scheme than the ones in use are fresh, whatever their bytes.
    #[test]
    fn a_change_of_scheme_makes_every_key_fresh() {
        let (_, _, sm4) = vector(KeyScheme::Sm4);
        let (_, _, double) = vector(KeyScheme::DoubleWithTrack);
        assert_eq!(staleness(&sm4, Some(&double)), None);
        assert_eq!(staleness(&double, Some(&sm4)), None);
    }

    /// A key of zeros, a fresh one, one with equal halves, or the one in use.
    fn of_kind<const N: usize>(kind: u8, used: &Key<N>) -> Key<N> {
        match kind {
            0 => Key::take(&mut [0; N]),
            1 => Key::take(&mut core::array::from_fn(|index| 0x21 + 2 * index as u8)),
            2 => Key::take(&mut [0x45; N]),
            _ => used.clone(),
        }
    }
}
