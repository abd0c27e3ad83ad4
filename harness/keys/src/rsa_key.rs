//! RSA keys of card schemes, issuers and chip cards (EMV 4.3 Book 2, annex A2.1 and B2.1).

use std::fmt;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rsa::{
    BoxedUint, PrivateKey,
    hazmat::{rsa_decrypt, rsa_encrypt},
    traits::{PrivateKeyParts, PublicKeyParts},
};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{error::KeyError, key::bytes_of_hex};

/// A private RSA key and the public one in it. It erases itself, and prints its length only.
#[derive(Clone)]
pub struct RsaKey(PrivateKey);

/// Two are the same where their public keys are: the private exponent may be written in more than one way.
impl PartialEq for RsaKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_public_key() == other.0.as_public_key()
    }
}

impl Eq for RsaKey {}

/// Why there is no such key, or why it does not take what it was given.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RsaKeyError {
    /// A prime that is not written in hex digits.
    #[error(transparent)]
    Hex(#[from] KeyError),
    /// A length that EMV does not have.
    #[error("expected a modulus of 512 to 1984 bits, a multiple of 64, {0} given")]
    Bits(usize),
    /// An exponent that EMV does not have.
    #[error("expected the exponent 3 or 65537, {0} given")]
    Exponent(u32),
    /// The numbers are no key.
    #[error("these primes and this exponent make no RSA key: {0}")]
    NoKey(String),
    /// A block that is not as long as the modulus, or not below it.
    #[error("expected a block of {modulus} bytes that is below the modulus, {given} bytes given")]
    Block {
        /// Bytes of the modulus.
        modulus: usize,
        /// Bytes given.
        given: usize,
    },
}

impl RsaKey {
    /// A key of `bits` drawn from a seed: the same seed gives the same key.
    ///
    /// # Errors
    /// [`RsaKeyError::Bits`], [`RsaKeyError::Exponent`].
    pub fn draw(seed: u64, bits: usize, exponent: u32) -> Result<Self, RsaKeyError> {
        if !(512..=1984).contains(&bits) || !bits.is_multiple_of(64) {
            return Err(RsaKeyError::Bits(bits));
        }
        let exponent = checked(exponent)?;
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        PrivateKey::new_with_exp_unchecked(&mut random, bits, exponent).map(Self).map_err(no_key)
    }

    /// The key of two primes in hex.
    ///
    /// # Errors
    /// [`RsaKeyError::Hex`], [`RsaKeyError::Exponent`], [`RsaKeyError::NoKey`].
    pub fn from_primes(p: &str, q: &str, exponent: u32) -> Result<Self, RsaKeyError> {
        let exponent = checked(exponent)?;
        let prime =
            |hex: &str| bytes_of_hex(hex).map(|bytes| BoxedUint::from_be_slice_vartime(bytes.as_slice()));
        PrivateKey::from_p_q(prime(p)?, prime(q)?, exponent).map(Self).map_err(no_key)
    }

    /// Its primes in hex, upper case; erased when dropped.
    #[must_use]
    pub fn primes(&self) -> Option<(Zeroizing<String>, Zeroizing<String>)> {
        let hex = |prime: &BoxedUint| Zeroizing::new(hex::encode_upper(prime.to_be_bytes_trimmed_vartime()));
        let [p, q] = self.0.primes() else { return None };
        Some((hex(p.as_ref()), hex(q.as_ref())))
    }

    /// The modulus, without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> Vec<u8> {
        self.0.n().to_be_bytes_trimmed_vartime().into_vec()
    }

    /// The public exponent: `03`, or `010001`.
    #[must_use]
    pub fn exponent(&self) -> Vec<u8> {
        self.0.e().to_be_bytes_trimmed_vartime().into_vec()
    }

    /// Bytes of the modulus: N of EMV.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.n().bit_width_vartime().div_ceil(8) as usize
    }

    /// Signs a block, and decrypts one: the private operation, without padding (EMV Book 2, A2.1.2).
    ///
    /// # Errors
    /// [`RsaKeyError::Block`].
    pub fn sign(&self, block: &[u8]) -> Result<Vec<u8>, RsaKeyError> {
        let signed = rsa_decrypt::<ChaCha20Rng>(None, &self.0, &self.number(block)?).map_err(no_key)?;
        Ok(self.filled(&signed))
    }

    /// Recovers what was signed, and encrypts a block: the public operation, without padding (EMV Book 2, A2.1.3).
    ///
    /// # Errors
    /// [`RsaKeyError::Block`].
    pub fn recover(&self, block: &[u8]) -> Result<Vec<u8>, RsaKeyError> {
        let recovered = rsa_encrypt(&self.0, &self.number(block)?).map_err(no_key)?;
        Ok(self.filled(&recovered))
    }

    fn number(&self, block: &[u8]) -> Result<BoxedUint, RsaKeyError> {
        let wrong = || RsaKeyError::Block { modulus: self.length(), given: block.len() };
        if block.len() != self.length() {
            return Err(wrong());
        }
        let number = BoxedUint::from_be_slice(block, self.0.n().bits_precision()).map_err(|_| wrong())?;
        if number < *self.0.n().as_ref() { Ok(number) } else { Err(wrong()) }
    }

    /// As many bytes as the modulus has.
    fn filled(&self, number: &BoxedUint) -> Vec<u8> {
        let bytes = number.to_be_bytes();
        let from = bytes.len().saturating_sub(self.length());
        bytes.get(from..).unwrap_or_default().to_vec()
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RSA-{} key", self.length() * 8)
    }
}

fn checked(exponent: u32) -> Result<BoxedUint, RsaKeyError> {
    if matches!(exponent, 3 | 65537) {
        Ok(BoxedUint::from(exponent))
    } else {
        Err(RsaKeyError::Exponent(exponent))
    }
}

fn no_key(error: rsa::Error) -> RsaKeyError {
    RsaKeyError::NoKey(error.to_string())
}
