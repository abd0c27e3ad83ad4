//! Signed application data, static and dynamic (EMV 4.3 Book 2, 5.1, 6.5, 6.6).

use sha1::{Digest, Sha1};

use crate::{
    certificate::{CertificateError, FILLING, sign},
    rsa_key::RsaKey,
};

/// Hash algorithm SHA-1.
const SHA_1: u8 = 0x01;
/// Header, hash and trailer.
const AROUND: usize = 22;

/// What a card signs together with its cryptogram (Book 2, table 19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CombinedData {
    /// Cryptogram information data, 9F27.
    pub cid: u8,
    /// The TC or ARQC.
    pub cryptogram: [u8; 8],
    /// Hash over what went to and fro, see [`transaction_hash`].
    pub hash: [u8; 20],
}

/// 93: the issuer's signature of the static data, with the data authentication code (Book 2, table 3).
///
/// # Errors
/// [`CertificateError`].
pub fn signed_static_data(
    issuer: &RsaKey,
    authentication_code: [u8; 2],
    static_data: &[u8],
) -> Result<Vec<u8>, CertificateError> {
    let mut body = vec![0x03, SHA_1];
    body.extend(authentication_code);
    fill(issuer, &mut body)?;
    sign(issuer, &body, &[static_data])
}

/// 9F4B: the card's signature of its dynamic number (2 to 8 bytes) and, for CDA, its cryptogram; over the terminal's dynamic data: what
/// the DDOL asked for, or for CDA the unpredictable number (Book 2, tables 15 and 18).
///
/// # Errors
/// [`CertificateError`].
pub fn signed_dynamic_data(
    icc: &RsaKey,
    number: &[u8],
    combined: Option<CombinedData>,
    terminal_data: &[u8],
) -> Result<Vec<u8>, CertificateError> {
    let too_much = |given| CertificateError::NoRoom { modulus: icc.length(), given };
    let mut dynamic = vec![u8::try_from(number.len()).map_err(|_| too_much(number.len()))?];
    dynamic.extend(number);
    if let Some(CombinedData { cid, cryptogram, hash }) = combined {
        dynamic.push(cid);
        dynamic.extend(cryptogram);
        dynamic.extend(hash);
    }
    let mut body = vec![0x05, SHA_1, u8::try_from(dynamic.len()).map_err(|_| too_much(dynamic.len()))?];
    body.extend(dynamic);
    fill(icc, &mut body)?;
    sign(icc, &body, &[terminal_data])
}

/// The hash that CDA signs: the values that the PDOL and the CDOLs asked for, then the answer's data objects as TLV in their order, but
/// for 9F4B (Book 2, 6.6.1).
#[must_use]
pub fn transaction_hash(asked: &[&[u8]], answered: &[u8]) -> [u8; 20] {
    let mut hash = Sha1::new();
    asked.iter().for_each(|values| hash.update(values));
    hash.update(answered);
    hash.finalize().into()
}

fn fill(key: &RsaKey, body: &mut Vec<u8>) -> Result<(), CertificateError> {
    let given = body.len() + AROUND;
    let room = key.length().checked_sub(given);
    let room = room.ok_or(CertificateError::NoRoom { modulus: key.length(), given })?;
    body.resize(body.len() + room, FILLING);
    Ok(())
}
