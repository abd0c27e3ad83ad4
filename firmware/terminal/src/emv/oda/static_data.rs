//! SDA (EMV Book 2, 5.4).

use sha1::{Digest, Sha1};

use super::certificate::{HASH, Opened, SHA_1, Unproven};
use crate::emv::card_data::CardData;
use crate::emv::parameters::PublicKey;
use crate::emv::tag::Tag;

/// The signed data's format.
const FORMAT: u8 = 0x03;

/// Checks the issuer's signature over the static data; answers with the data authentication code.
pub(super) fn verify(issuer: &PublicKey, data: &CardData) -> Result<[u8; 2], Unproven> {
    let signed = data.find(Tag::SSAD).ok_or(Unproven::Missing)?;
    let opened = Opened::new(issuer, signed, FORMAT).ok_or(Unproven::Failed)?;
    let (covered, signed_hash) = opened.covered_and_hash().ok_or(Unproven::Failed)?;
    let &[_, SHA_1, first, second, ..] = covered else { return Err(Unproven::Failed) };
    let mut hash = Sha1::new_with_prefix(covered);
    let is_whole = data.for_signed(|part| hash.update(part));
    if !is_whole || <[u8; HASH]>::from(hash.finalize()) != signed_hash {
        return Err(Unproven::Failed);
    }
    Ok([first, second])
}
