//! RSA with a public key (EMV Book 2, B2.1): what recovers a certificate and enciphers a PIN.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048, Uint};
use heapless::Vec;
use zeroize::{Zeroize, Zeroizing};

use crate::emv::parameters::{MODULUS, PublicKey, SHORTEST_MODULUS};

/// Bytes of the numbers that the arithmetic has.
const NUMBER: usize = 256;

/// As many bytes as the key's modulus; erased when dropped.
pub(crate) type Block = Zeroizing<Vec<u8, MODULUS>>;

/// `data` to the key's exponent, modulo its modulus; `None` where the data has another length than the modulus, is
/// not below it, or the key cannot be one.
pub(crate) fn public_operation(key: &PublicKey, data: &[u8]) -> Option<Block> {
    let length = key.modulus.len();
    if length < SHORTEST_MODULUS || data.len() != length || !matches!(key.exponent, 3 | 65537) {
        return None;
    }
    let modulus: U2048 = number(&key.modulus)?;
    let mut base = number(data)?;
    if base >= modulus {
        return None;
    }
    let parameters = FixedMontyParams::new_vartime(Option::from(Odd::new(modulus))?);
    let mut power =
        FixedMontyForm::new(&base, &parameters).pow_vartime(&Uint::<1>::from_u32(key.exponent)).retrieve();
    let mut whole = power.to_be_bytes();
    let block = whole.as_ref().get(NUMBER - length..).and_then(|bytes| Vec::from_slice(bytes).ok());
    base.zeroize();
    power.zeroize();
    whole.as_mut().zeroize();
    block.map(Zeroizing::new)
}

/// Bytes as a number.
fn number(bytes: &[u8]) -> Option<U2048> {
    let mut whole = Zeroizing::new([0; NUMBER]);
    whole.get_mut(NUMBER - bytes.len()..)?.copy_from_slice(bytes);
    Some(U2048::from_be_slice(whole.as_ref()))
}
