//! Public key certificates (EMV 4.3 Book 2, 5.1, 6.1, 7.1).

use sha1::{Digest, Sha1};
use thiserror::Error;

use crate::rsa_key::{RsaKey, RsaKeyError};

/// Hash algorithm SHA-1, and public key algorithm RSA.
const ALGORITHMS: [u8; 2] = [0x01, 0x01];
/// First and last byte of everything that is signed.
pub(crate) const HEADER: u8 = 0x6A;
pub(crate) const TRAILER: u8 = 0xBC;
/// Fills up what is shorter than its place.
pub(crate) const FILLING: u8 = 0xBB;

/// Why nothing can be signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// The key that is to be certified is longer than the one that certifies it.
    #[error("a key of {certified} bytes cannot be certified by one of {certifying}: take a longer one")]
    TooLong {
        /// Bytes of the key in the certificate.
        certified: usize,
        /// Bytes of the key that signs.
        certifying: usize,
    },
    /// What is to be signed does not fit under the key.
    #[error("{given} bytes do not fit under a key of {modulus} bytes")]
    NoRoom {
        /// Bytes of the modulus.
        modulus: usize,
        /// Bytes to be signed, header, hash and trailer included.
        given: usize,
    },
    /// A card number that is none.
    #[error("expected a card number of up to 20 digits")]
    Pan,
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] RsaKeyError),
}

/// The card scheme's key that certifies issuers, as terminals know it.
#[derive(Clone, Debug)]
pub struct CaKey {
    /// The scheme: the first five bytes of its AIDs.
    pub rid: [u8; 5],
    /// Which of its keys.
    pub index: u8,
    /// The key.
    pub key: RsaKey,
}

impl CaKey {
    /// SHA-1 over RID, index, modulus and exponent, by which a terminal checks a key that it is given (EMV Book 2, 11.2.2).
    #[must_use]
    pub fn check(&self) -> [u8; 20] {
        let mut hash = Sha1::new();
        hash.update(self.rid);
        hash.update([self.index]);
        hash.update(self.key.modulus());
        hash.update(self.key.exponent());
        hash.finalize().into()
    }
}

/// What a certificate says besides the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Until the end of which month it is good, packed MM, YY.
    pub expiry: [u8; 2],
    /// The number by which it can be revoked.
    pub serial: [u8; 3],
}

/// A certified key, as the card's records hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCertificate {
    /// The certificate: 90, 9F46 or 9F2D.
    pub certificate: Vec<u8>,
    /// What of the key did not find room in it: 92, 9F48 or 9F2F; may be empty.
    pub remainder: Vec<u8>,
    /// The exponent: 9F32, 9F47 or 9F2E.
    pub exponent: Vec<u8>,
}

/// The scheme's certificate of an issuer's key. The identifier is the card number's first 3 to 8 digits, filled up with F (Book 2,
/// table 2).
///
/// # Errors
/// [`CertificateError`].
pub fn issuer_certificate(
    ca: &RsaKey,
    issuer: &RsaKey,
    identifier: [u8; 4],
    holder: Holder,
) -> Result<KeyCertificate, CertificateError> {
    certificate(ca, issuer, 0x02, &identifier, holder, &[])
}

/// The issuer's certificate of a card's key. What is authenticated offline with it is hashed into it (Book 2, table 14).
///
/// # Errors
/// [`CertificateError`].
pub fn icc_certificate(
    issuer: &RsaKey,
    icc: &RsaKey,
    pan: &str,
    holder: Holder,
    static_data: &[u8],
) -> Result<KeyCertificate, CertificateError> {
    certificate(issuer, icc, 0x04, &filled_pan(pan)?, holder, static_data)
}

/// The issuer's certificate of the key that a PIN is enciphered with (Book 2, table 23).
///
/// # Errors
/// [`CertificateError`].
pub fn pin_certificate(
    issuer: &RsaKey,
    pin_key: &RsaKey,
    pan: &str,
    holder: Holder,
) -> Result<KeyCertificate, CertificateError> {
    certificate(issuer, pin_key, 0x04, &filled_pan(pan)?, holder, &[])
}

fn filled_pan(pan: &str) -> Result<[u8; 10], CertificateError> {
    let mut packed = [0; 10];
    if !pan.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CertificateError::Pan);
    }
    hex::decode_to_slice(format!("{pan:F<20}"), &mut packed).map_err(|_| CertificateError::Pan)?;
    Ok(packed)
}

fn certificate(
    signer: &RsaKey,
    key: &RsaKey,
    format: u8,
    owner: &[u8],
    holder: Holder,
    static_data: &[u8],
) -> Result<KeyCertificate, CertificateError> {
    /// Header, format, date, serial, two algorithms, two lengths, hash, trailer.
    const AROUND: usize = 32;
    let (certified, certifying) = (key.length(), signer.length());
    let too_long = CertificateError::TooLong { certified, certifying };
    let room = certifying.checked_sub(AROUND + owner.len()).ok_or(too_long.clone())?;
    if certified > certifying {
        return Err(too_long);
    }
    let (modulus, exponent) = (key.modulus(), key.exponent());
    let (within, remainder) = modulus.split_at(room.min(modulus.len()));
    let mut body = vec![format];
    body.extend(owner.iter().chain(&holder.expiry).chain(&holder.serial).chain(&ALGORITHMS));
    // EMV's keys have 248 bytes at most.
    body.extend([certified, exponent.len()].map(|length| u8::try_from(length).unwrap_or(u8::MAX)));
    body.extend(within);
    body.resize(body.len() + room - within.len(), FILLING);
    let certificate = sign(signer, &body, &[remainder, &exponent, static_data])?;
    Ok(KeyCertificate { certificate, remainder: remainder.to_vec(), exponent })
}

/// Header, body, the hash over body and what is not within, trailer: signed.
pub(crate) fn sign(signer: &RsaKey, body: &[u8], beside: &[&[u8]]) -> Result<Vec<u8>, CertificateError> {
    let mut hash = Sha1::new();
    hash.update(body);
    beside.iter().for_each(|part| hash.update(part));
    let mut block = vec![HEADER];
    block.extend(body);
    block.extend(hash.finalize());
    block.push(TRAILER);
    if block.len() != signer.length() {
        return Err(CertificateError::NoRoom { modulus: signer.length(), given: block.len() });
    }
    Ok(signer.sign(&block)?)
}
