//! Field 62 of the answer: three working keys under the TMK (PROTOCOL.md, sign-on, layout 004).

use zeroize::Zeroize;

use crate::crypto::kcv::Kcv;
use crate::crypto::keys::{Key8, Key16, WorkingKeys};
use crate::crypto::tdes::decrypt_double;

/// Bytes of the field.
pub(crate) const KEY_FIELD: usize = 60;

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
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Halves => "halves",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Decrypts the three keys and recomputes their KCVs. The eight bytes behind the MAK are ignored.
///
/// # Errors
/// The first key whose KCV is not the one that came with it.
pub(crate) fn open(tmk: &Key16, field: &[u8; KEY_FIELD]) -> Result<WorkingKeys, KeyName> {
    let mut rest = field.as_slice();
    let (pik, pik_kcv) = (key16(tmk, &mut rest), kcv(&mut rest));
    let (mak, _, mak_kcv) = (key8(tmk, &mut rest), take::<8>(&mut rest), kcv(&mut rest));
    let (tdk, tdk_kcv) = (key16(tmk, &mut rest), kcv(&mut rest));
    let checks = [
        (KeyName::Pik, Kcv::double(&pik) == pik_kcv),
        (KeyName::Mak, Kcv::single(&mak) == mak_kcv),
        (KeyName::Tdk, Kcv::double(&tdk) == tdk_kcv),
    ];
    match checks.iter().find(|(_, matches)| !matches) {
        Some((name, _)) => Err(*name),
        None => Ok(WorkingKeys { pik, mak, tdk }),
    }
}

/// The first key, in the order of the field, that is not fresh, and why.
pub(crate) fn staleness(keys: &WorkingKeys, present: Option<&WorkingKeys>) -> Option<(KeyName, Staleness)> {
    let double = |key: &Key16, present: Option<&Key16>| match key {
        _ if key.is_zero() => Some(Staleness::Zero),
        _ if key.has_equal_halves() => Some(Staleness::Halves),
        _ => unchanged(present.is_some_and(|present| key.same_for_des(present))),
    };
    let mak = match &keys.mak {
        mak if mak.is_zero() => Some(Staleness::Zero),
        mak => unchanged(present.is_some_and(|present| mak.same_for_des(&present.mak))),
    };
    [
        (KeyName::Pik, double(&keys.pik, present.map(|present| &present.pik))),
        (KeyName::Mak, mak),
        (KeyName::Tdk, double(&keys.tdk, present.map(|present| &present.tdk))),
    ]
    .into_iter()
    .find_map(|(name, staleness)| Some((name, staleness?)))
}

fn unchanged(is: bool) -> Option<Staleness> {
    is.then_some(Staleness::Unchanged)
}

fn key16(tmk: &Key16, rest: &mut &[u8]) -> Key16 {
    let mut bytes = take::<16>(rest);
    decrypt_double(tmk, &mut bytes);
    Key16::take(&mut bytes)
}

fn key8(tmk: &Key16, rest: &mut &[u8]) -> Key8 {
    let mut bytes = take::<8>(rest);
    decrypt_double(tmk, &mut bytes);
    let key = Key8::take(&mut bytes);
    bytes.zeroize();
    key
}

fn kcv(rest: &mut &[u8]) -> Kcv {
    Kcv(take(rest))
}

/// Takes bytes off the front; the field's length is fixed, so there always are enough.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let Some((head, tail)) = rest.split_first_chunk() else { return [0; N] };
    *rest = tail;
    *head
}

#[cfg(test)]
mod tests {
    use super::{KEY_FIELD, KeyName, Staleness, open, staleness};
    use crate::crypto::kcv::Kcv;
    use crate::crypto::keys::{Key8, Key16, WorkingKeys};
    use crate::vectors::{Vectors, bytes};
    use rstest::rstest;

    fn track_004() -> (Key16, [u8; KEY_FIELD], WorkingKeys) {
        let case = Vectors::load("cup_working_keys_constructed").named("track_004");
        let keys = WorkingKeys {
            pik: Key16::take(&mut bytes(case.input("pik"))),
            mak: Key8::take(&mut bytes(case.input("mak"))),
            tdk: Key16::take(&mut bytes(case.input("tdk"))),
        };
        (Key16::take(&mut bytes(case.input("tmk"))), bytes(case.output("field62")), keys)
    }

    #[test]
    fn the_constructed_layout_004() {
        let (tmk, field, keys) = track_004();
        assert_eq!(open(&tmk, &field), Ok(keys));
    }

    #[test]
    fn published_pik_and_mak_open_up_to_the_track_key() {
        for case in Vectors::load("cup_working_keys") {
            let tmk = Key16::take(&mut bytes(case.input("tmk")));
            let published: [u8; 40] = bytes(case.input("field62"));
            let tdk = Key16::take(&mut bytes(case.output("pik")));
            let mut field = [0; KEY_FIELD];
            field[..40].copy_from_slice(&published);
            field[40..56].copy_from_slice(&published[..16]);
            assert_eq!(open(&tmk, &field), Err(KeyName::Tdk), "{}", case.name);
            field[56..].copy_from_slice(&Kcv::double(&tdk).0);
            let keys = open(&tmk, &field).unwrap();
            assert_eq!(keys.pik.bytes(), &bytes::<16>(case.output("pik")), "{}", case.name);
            assert_eq!(keys.mak.bytes(), &bytes::<8>(case.output("mak")), "{}", case.name);
        }
    }

    #[test]
    fn a_flip_of_any_bit_is_blamed_on_its_key_and_the_filler_is_ignored() {
        let (tmk, field, keys) = track_004();
        for at in 0..KEY_FIELD {
            let mut damaged = field;
            damaged[at] ^= 0x40;
            let expected = match at {
                0..20 => Err(KeyName::Pik),
                28..36 => Ok(keys.clone()),
                20..40 => Err(KeyName::Mak),
                _ => Err(KeyName::Tdk),
            };
            assert_eq!(open(&tmk, &damaged), expected, "byte {at}");
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
    #[case::tdk_in_use([1, 3, 3], Some((KeyName::Mak, Staleness::Unchanged)))]
    fn keys_that_are_not_fresh(#[case] kinds: [u8; 3], #[case] expected: Option<(KeyName, Staleness)>) {
        let double = |kind, used: &Key16| match kind {
            0 => Key16::take(&mut [0; 16]),
            1 => Key16::take(&mut core::array::from_fn(|index| 0x21 + 2 * index as u8)),
            2 => Key16::take(&mut [0x45; 16]),
            _ => used.clone(),
        };
        let (_, _, used) = track_004();
        let mak = match kinds[1] {
            0 => Key8::take(&mut [0; 8]),
            1 => Key8::take(&mut [0x21; 8]),
            _ => used.mak.clone(),
        };
        let keys = WorkingKeys { pik: double(kinds[0], &used.pik), mak, tdk: double(kinds[2], &used.tdk) };
        assert_eq!(staleness(&keys, Some(&used)), expected);
        if !matches!(expected, Some((_, Staleness::Unchanged))) {
            assert_eq!(staleness(&keys, None), expected);
        }
    }
}
