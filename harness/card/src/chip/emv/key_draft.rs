//! RSA keys that are made for the key file.

use payrig_keys::{RsaKey, RsaKeyError};

/// A key that is to be made. The same draft gives the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDraft {
    /// Its name in the file.
    pub name: String,
    /// What it is drawn from.
    pub seed: u64,
    /// Bits of the modulus: 512 to 1984, a multiple of 64.
    pub bits: usize,
    /// 3 or 65537.
    pub exponent: u32,
    /// Whose it is.
    pub role: KeyRole,
}

/// Whose key, and what a certificate or a terminal must know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRole {
    /// A scheme's.
    Ca {
        /// First five bytes of its AIDs.
        rid: [u8; 5],
        /// Its number with that scheme.
        index: u8,
        /// Packed YYMMDD.
        expiry: [u8; 3],
    },
    /// An issuer's.
    Issuer {
        /// Name of the scheme's key that certifies it.
        ca: String,
        /// Packed MM, YY.
        expiry: [u8; 2],
        /// Of the certificate.
        serial: [u8; 3],
    },
    /// A card's.
    Icc {
        /// Packed MM, YY.
        expiry: [u8; 2],
        /// Of the certificate.
        serial: [u8; 3],
    },
}

impl KeyDraft {
    /// Draws the key, and writes its table for the key file. The table holds the private key: it is a test key.
    ///
    /// # Errors
    /// [`RsaKeyError`].
    pub fn table(&self) -> Result<String, RsaKeyError> {
        let key = RsaKey::draw(self.seed, self.bits, self.exponent)?;
        let (p, q) = key.primes().ok_or_else(|| RsaKeyError::NoKey("it has no two primes".into()))?;
        let hex = |bytes: &[u8]| hex::encode_upper(bytes);
        let (kind, rows) = match &self.role {
            KeyRole::Ca { rid, index, expiry } => (
                "ca",
                format!("rid = \"{}\"\nindex = \"{index:02X}\"\nexpiry = \"{}\"", hex(rid), hex(expiry)),
            ),
            KeyRole::Issuer { ca, expiry, serial } => (
                "issuer",
                format!("ca = \"{ca}\"\nexpiry = \"{}\"\nserial = \"{}\"", hex(expiry), hex(serial)),
            ),
            KeyRole::Icc { expiry, serial } => {
                ("icc", format!("expiry = \"{}\"\nserial = \"{}\"", hex(expiry), hex(serial)))
            }
        };
        let Self { name, seed, bits, exponent, .. } = self;
        let (p, q) = (p.as_str(), q.as_str());
        Ok(format!(
            "\n# {bits} bits.\n[{kind}.{name}]\n{rows}\nseed = {seed}\nexponent = {exponent}\np = \"{p}\"\nq = \"{q}\"\n"
        ))
    }
}
