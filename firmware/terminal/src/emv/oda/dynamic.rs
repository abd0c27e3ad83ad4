//! What a card signs itself: DDA and CDA (EMV Book 2, 6.5 and 6.6).

use heapless::Vec;
use sha1::{Digest, Sha1};

use super::certificate::{HASH, Opened, SHA_1};
use crate::emv::parameters::PublicKey;
use crate::emv::tag::Tag;
use crate::emv::tlv::Objects;

/// The signed data's format.
const FORMAT: u8 = 0x05;
/// Bytes of an ICC dynamic number, at most.
const NUMBER: usize = 8;
/// Bytes of a cryptogram.
const CRYPTOGRAM: usize = 8;

/// 9F4C.
pub(super) type DynamicNumber = Vec<u8, NUMBER>;

/// What a combined signature says.
pub(crate) struct Combined {
    /// 9F4C.
    pub(crate) number: DynamicNumber,
    /// 9F26.
    pub(crate) cryptogram: [u8; CRYPTOGRAM],
}

/// ICC dynamic data behind its dynamic number.
struct Signed<'a> {
    number: DynamicNumber,
    rest: &'a [u8],
}

/// Checks the signature over `terminal_data` and reads what it signs.
fn verify<'a>(opened: &'a Opened, terminal_data: &[u8]) -> Option<Signed<'a>> {
    let (covered, signed_hash) = opened.covered_and_hash()?;
    let hash = Sha1::new_with_prefix(covered).chain_update(terminal_data);
    if <[u8; HASH]>::from(hash.finalize()) != signed_hash {
        return None;
    }
    let &[_, SHA_1, length, ref data @ ..] = covered else { return None };
    let (length, data) = data.get(..usize::from(length))?.split_first()?;
    let (number, rest) = data.split_at_checked(usize::from(*length))?;
    let number = Vec::from_slice(number).ok().filter(|number| number.len() >= 2)?;
    Some(Signed { number, rest })
}

/// DDA: the signature over what the DDOL asked for.
pub(super) fn dynamic(key: &PublicKey, sdad: &[u8], asked: &[u8]) -> Option<DynamicNumber> {
    let opened = Opened::new(key, sdad, FORMAT)?;
    verify(&opened, asked).map(|signed| signed.number)
}

/// CDA: the signature over the unpredictable number, the cryptogram, and all that was exchanged: `exchanged` is what
/// PDOL and CDOLs asked for, `answer` the objects of the answer to GENERATE AC (6.6.2).
pub(crate) fn combined(
    key: &PublicKey,
    unpredictable: &[u8; 4],
    exchanged: Sha1,
    answer: &Objects<'_>,
) -> Option<Combined> {
    let sdad = answer.find(Tag::SDAD).ok()??;
    let opened = Opened::new(key, sdad, FORMAT)?;
    let Signed { number, rest } = verify(&opened, unpredictable)?;
    let (&kind, rest) = rest.split_first()?;
    let (cryptogram, rest) = rest.split_first_chunk::<CRYPTOGRAM>()?;
    let signed_hash: &[u8; HASH] = rest.first_chunk()?;
    if answer.find(Tag::CID).ok()?? != [kind] {
        return None;
    }
    let mut hash = exchanged;
    for object in answer.clone() {
        let object = object.ok()?;
        if object.tag != Tag::SDAD {
            hash.update(object.whole);
        }
    }
    let is_right = <[u8; HASH]>::from(hash.finalize()) == *signed_hash;
    is_right.then_some(Combined { number, cryptogram: *cryptogram })
}
