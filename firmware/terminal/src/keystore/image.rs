//! One copy's bytes.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | magic, written last |
//! | 4 | 4 | sequence number |
//! | 8 | 1 | layout version |
//! | 9 | 1 | bit 0: TMK, bit 1: working keys, bit 2: their PIK has 16 bytes, not 8, bit 3: there is a TDK among them, bit 4: all three are SM4 keys of 16 bytes |
//! | 10 | 1 | length of the device id |
//! | 11 | 20 | device id, zero padded |
//! | 31 | 16 | serial number |
//! | 47 | 16 | factory key |
//! | 63 | 16 | TMK |
//! | 79 | 16 | PIK |
//! | 95 | 16 | MAK |
//! | 111 | 16 | TDK |
//! | 127 | 4 | batch number of the last sign-on |
//! | 131 | 5 | the host's month, day, hour, minute, second of the sign-on that brought the working keys |
//! | 136 | 4 | CRC-32 over all before it |
//!
//! What is shorter than its place, or missing, is padded with zeros.
//!
//! Layout 3 had no bit 4 and no time of the sign-on. Layout 2 neither, and knew one key scheme, double-length with a track key: it has
//! no bits 2 and 3, and 8 bytes for the MAK, so that all behind it begins 8 bytes earlier. Both are still read; what is
//! written is layout 4. Layout 1 had no batch number. A copy of any other layout is no valid copy.

use crc::{CRC_32_ISO_HDLC, Crc};
use heapless::String;
use zeroize::Zeroize;

use super::secrets::Secrets;
use crate::clock::DateTime;
use crate::crypto::keys::Key;
use crate::crypto::working_keys::{CipherKey, MacKey, PinKey, TrackKey, WorkingKeys};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
pub(super) const MAGIC: [u8; 4] = *b"PKS1";
const HAS_TMK: u8 = 1;
const HAS_WORKING: u8 = 2;
const HAS_DOUBLE_PIK: u8 = 4;
const HAS_TDK: u8 = 8;
const HAS_SM4: u8 = 16;
const HAS_BOTH: u8 = HAS_TMK | HAS_WORKING;
const HAS_ALL_OF_DES: u8 = HAS_BOTH | HAS_DOUBLE_PIK | HAS_TDK;
const HAS_ALL_OF_SM4: u8 = HAS_ALL_OF_DES | HAS_SM4;
/// Bytes of a place for a key.
const PLACE: usize = 16;
/// In the place of the time of a sign-on that is not known.
const NO_TIME: [u8; 5] = [0; 5];
/// Offset of the layout version.
const VERSION_AT: usize = 8;

/// A layout that is read.
struct Layout {
    version: u8,
    /// Bytes before the CRC.
    covered: usize,
    /// Bytes of the place of the MAK.
    mak_place: usize,
    /// Whether it knows key schemes other than double-length with a track key.
    has_schemes: bool,
    /// Whether it knows SM4 keys, and has the time of the sign-on.
    has_sm4_and_time: bool,
}

/// The layout that is written.
const PRESENT: Layout =
    Layout { version: 4, covered: 136, mak_place: PLACE, has_schemes: true, has_sm4_and_time: true };
const LAYOUTS: [Layout; 3] = [
    PRESENT,
    Layout { version: 3, covered: 131, mak_place: PLACE, has_schemes: true, has_sm4_and_time: false },
    Layout { version: 2, covered: 123, mak_place: 8, has_schemes: false, has_sm4_and_time: false },
];

/// Bytes of a copy.
pub(super) const IMAGE: usize = PRESENT.covered + 4;

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
        let id = secrets.device_id();
        put(&MAGIC, 4);
        put(&sequence.to_be_bytes(), 4);
        // The id has at most 20 bytes.
        put(&[PRESENT.version, flags(secrets), id.len() as u8], 3);
        put(id.as_bytes(), 20);
        put(secrets.serial(), 16);
        put(secrets.factory_key().bytes(), PLACE);
        put(secrets.tmk().map_or(&[], |key| key.bytes().as_slice()), PLACE);
        let working = secrets.working();
        put(working.map_or(&[], |keys| keys.pik.cipher().bytes()), PLACE);
        put(working.map_or(&[], |keys| keys.mak.cipher().bytes()), PLACE);
        put(working.and_then(WorkingKeys::tdk_cipher).map_or(&[], CipherKey::bytes), PLACE);
        put(&secrets.batch().to_be_bytes(), 4);
        put(&secrets.signed_on_at().map_or(NO_TIME, DateTime::numbers), NO_TIME.len());
        let (covered, crc) = image.0.split_at_mut(PRESENT.covered);
        crc.copy_from_slice(&CRC.checksum(covered).to_be_bytes());
        image
    }

    /// What the copy holds; `None` unless every byte is right.
    pub(super) fn decode(&self) -> Option<Copy> {
        let [version] = take(&mut self.0.get(VERSION_AT..)?)?;
        let layout = LAYOUTS.iter().find(|layout| layout.version == version)?;
        let (mut rest, mut crc) = self.0.split_at_checked(layout.covered)?;
        if take(&mut crc)? != CRC.checksum(rest).to_be_bytes() || take(&mut rest)? != MAGIC {
            return None;
        }
        let sequence = u32::from_be_bytes(take(&mut rest)?);
        let [_, flags, id_length] = take(&mut rest)?;
        let flags = if layout.has_schemes { flags } else { flags_of_one_scheme(flags)? };
        let id: [u8; 20] = take(&mut rest)?;
        let id = core::str::from_utf8(id.get(..usize::from(id_length))?).ok()?;
        let serial = take(&mut rest)?;
        let secrets = Secrets::new(String::try_from(id).ok()?, serial, take_key(&mut rest, PLACE)?);
        let tmk = take_key(&mut rest, PLACE)?;
        let working = take_working(&mut rest, flags, layout.mak_place)?;
        let secrets = match flags {
            0 => secrets,
            HAS_TMK => secrets.with_master_key(tmk),
            HAS_BOTH..=HAS_ALL_OF_DES if flags & HAS_BOTH == HAS_BOTH => {
                secrets.with_master_key(tmk).with_working_keys(working)
            }
            HAS_ALL_OF_SM4 if layout.has_sm4_and_time => {
                secrets.with_master_key(tmk).with_working_keys(working)
            }
            _ => return None,
        };
        let secrets = secrets.with_batch(u32::from_be_bytes(take(&mut rest)?));
        let time = if layout.has_sm4_and_time { take(&mut rest)? } else { NO_TIME };
        let secrets = match (time, secrets.working()) {
            (NO_TIME, _) => secrets,
            (numbers, Some(_)) => secrets.with_sign_on_at(DateTime::of_numbers(numbers)?),
            (_, None) => return None,
        };
        Some(Copy { sequence, secrets })
    }
}

/// Which keys there are.
fn flags(secrets: &Secrets) -> u8 {
    let has = |present, bit| if present { bit } else { 0 };
    let working = secrets.working();
    has(secrets.tmk().is_some(), HAS_TMK)
        | has(working.is_some(), HAS_WORKING)
        | has(working.is_some_and(|keys| !matches!(keys.pik, PinKey::Single(_))), HAS_DOUBLE_PIK)
        | has(working.is_some_and(|keys| keys.tdk.is_some()), HAS_TDK)
        | has(working.is_some_and(|keys| matches!(keys.mak, MacKey::Sm4(_))), HAS_SM4)
}

/// What the flags of layout 2 would be in layout 3; `None` for flags that it did not have.
fn flags_of_one_scheme(flags: u8) -> Option<u8> {
    match flags {
        0 | HAS_TMK => Some(flags),
        HAS_BOTH => Some(HAS_ALL_OF_DES),
        _ => None,
    }
}

/// The places of the three working keys.
fn take_working(rest: &mut &[u8], flags: u8, mak_place: usize) -> Option<WorkingKeys> {
    if flags & HAS_SM4 != 0 {
        let pik = PinKey::Sm4(take_key(rest, PLACE)?);
        let mak = MacKey::Sm4(take_key(rest, mak_place)?);
        return Some(WorkingKeys { pik, mak, tdk: Some(TrackKey::Sm4(take_key(rest, PLACE)?)) });
    }
    let pik = match flags & HAS_DOUBLE_PIK {
        0 => PinKey::Single(take_key(rest, PLACE)?),
        _ => PinKey::Double(take_key(rest, PLACE)?),
    };
    let mak = MacKey::Single(take_key(rest, mak_place)?);
    let tdk = TrackKey::Double(take_key(rest, PLACE)?);
    Some(WorkingKeys { pik, mak, tdk: (flags & HAS_TDK != 0).then_some(tdk) })
}

/// Takes the place of a key off the front; the key is at its beginning.
fn take_key<const N: usize>(rest: &mut &[u8], place: usize) -> Option<Key<N>> {
    let (place, tail) = rest.split_at_checked(place)?;
    *rest = tail;
    let mut bytes = *place.first_chunk()?;
    Some(Key::take(&mut bytes))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
pub(super) mod tests {
    use super::{CRC, IMAGE, Image};
    use crate::clock::DateTime;
    use crate::crypto::working_keys::WorkingKeys;
    use crate::keystore::secrets::Secrets;
    use crate::keystore::store::tests::{factory, key, single, sm4, working};

    /// A copy that the firmware wrote while layout 2 was its own: sequence number 7, batch 519, and what
    /// [`of_layout`] says.
    const LAYOUT_2: &str = "504B5331000000070203143330363030303030323930323130303135373038303030303239303231\
        30303135373038010101010101010101010101010101010909090909090909090909090909090914141414141414141414141414\
        141414151515151515151516161616161616161616161616161616000002074BB305AC";

    /// The same secrets in a copy that the firmware wrote while layout 3 was its own.
    const LAYOUT_3: &str = "504B533100000007030F1433303630303030303239303231303031353730383030303032393032\
        3130303135373038010101010101010101010101010101010909090909090909090909090909090914141414141414141414141414\
        141414151515151515151500000000000000001616161616161616161616161616161600000207804BD614";

    /// What is kept of each earlier layout, and the bytes before its CRC.
    const EARLIER: [(u8, &str, usize); 2] = [(3, LAYOUT_3, 131), (2, LAYOUT_2, 123)];

    /// The bytes before the CRC of the present layout.
    const COVERED: usize = IMAGE - 4;

    /// A board's copy of an earlier layout, with whatever lies behind it, and the secrets in it.
    fn of_layout(kept: &str, behind: u8) -> (Image, Secrets) {
        let mut image = Image::empty();
        image.0.fill(behind);
        let kept = hex::decode(kept).unwrap();
        image.0[..kept.len()].copy_from_slice(&kept);
        (image, factory().with_master_key(key(9)).with_working_keys(working(20)).with_batch(519))
    }

    /// The copies of every earlier layout.
    pub(in crate::keystore) fn of_earlier_layouts(behind: u8) -> [(Image, Secrets); 2] {
        EARLIER.map(|(_, kept, _)| of_layout(kept, behind))
    }

    fn moment(date: &[u8], time: &[u8]) -> DateTime {
        DateTime::date(date).unwrap().at(time).unwrap()
    }

    /// Writes a byte of the head and makes the CRC right again.
    fn with(mut image: Image, at: usize, byte: u8, covered: usize) -> Image {
        image.0[at] = byte;
        let crc = CRC.checksum(&image.0[..covered]).to_be_bytes();
        image.0[covered..covered + 4].copy_from_slice(&crc);
        image
    }

    #[test]
    fn the_keys_of_every_scheme_come_back() {
        let keyed = factory().with_master_key(key(9));
        let double = WorkingKeys { tdk: None, ..working(20) };
        let sets = [single(20), double, working(20), sm4(20)]
            .map(|keys| keyed.with_working_keys(keys).with_batch(519));
        let timed = sets.clone().map(|secrets| secrets.with_sign_on_at(moment(b"1231", b"235959")));
        for secrets in [factory(), keyed].into_iter().chain(sets).chain(timed) {
            let copy = Image::encode(3, &secrets).decode().unwrap();
            assert_eq!((copy.sequence, copy.secrets), (3, secrets));
        }
    }

    /// A board that was given new firmware keeps its keys.
    #[test]
    fn a_copy_of_an_earlier_layout_is_read_whatever_lies_behind_it() {
        for (image, secrets) in [0x00, 0xA5, 0xFF].into_iter().flat_map(of_earlier_layouts) {
            let copy = image.decode().unwrap();
            assert_eq!((copy.sequence, copy.secrets), (7, secrets));
        }
    }

    #[test]
    fn a_flip_in_a_copy_of_an_earlier_layout_makes_it_no_copy() {
        for (version, kept, covered) in EARLIER {
            for at in 0..covered + 4 {
                let (mut image, _) = of_layout(kept, 0);
                image.0[at] ^= 0x01;
                assert!(image.decode().is_none(), "layout {version}, byte {at}");
            }
        }
    }

    #[test]
    fn another_layout_is_no_valid_copy() {
        for version in 0..=u8::MAX {
            let image = with(Image::encode(1, &factory()), 8, version, COVERED);
            assert_eq!(image.decode().is_some(), version == 4, "version {version}");
            for (own, kept, covered) in EARLIER {
                let image = with(of_layout(kept, 0).0, 8, version, covered);
                assert_eq!(image.decode().is_some(), version == own, "version {version} of layout {own}");
            }
        }
    }

    #[test]
    fn only_working_keys_have_a_scheme() {
        let (_, secrets) = of_layout(LAYOUT_2, 0);
        let of_schemes = [0b00000, 0b00001, 0b00011, 0b00111, 0b01011, 0b01111, 0b11111];
        for flags in 0..=u8::MAX {
            let image = with(Image::encode(1, &secrets), 9, flags, COVERED);
            assert_eq!(image.decode().is_some(), of_schemes.contains(&flags), "flags {flags:05b}");
            for (version, kept, covered) in EARLIER {
                let image = with(of_layout(kept, 0).0, 9, flags, covered);
                let valid = if version == 2 { &[0b00, 0b01, 0b11] } else { &of_schemes[..6] };
                assert_eq!(image.decode().is_some(), valid.contains(&flags), "{version}, flags {flags:05b}");
            }
        }
    }

    #[test]
    fn only_working_keys_have_a_time_and_it_is_one() {
        let keyed = factory().with_master_key(key(9));
        let signed_on = keyed.with_working_keys(working(20)).with_sign_on_at(moment(b"0720", b"221301"));
        // Without working keys there is no sign-on that the time could be of.
        assert!(with(Image::encode(1, &keyed), COVERED - 5, 7, COVERED).decode().is_none());
        for (at, impossible) in [(0, 0), (0, 13), (1, 0), (1, 32), (2, 24), (3, 60), (4, 60)] {
            let image = with(Image::encode(1, &signed_on), COVERED - 5 + at, impossible, COVERED);
            assert!(image.decode().is_none(), "byte {at}: {impossible}");
        }
    }
}
