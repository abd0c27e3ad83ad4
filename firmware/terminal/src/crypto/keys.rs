//! Key types: they do not print their bytes, and erase them when dropped.

use core::fmt;

use zeroize::Zeroize;

/// A key of `N` bytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key<const N: usize>([u8; N]);

/// A double-length DES key or an SM4 key.
pub(crate) type Key16 = Key<16>;
/// A single-length DES key.
pub(crate) type Key8 = Key<8>;

impl<const N: usize> Key<N> {
    /// Takes the bytes and leaves none behind in `bytes`.
    pub(crate) fn take(bytes: &mut [u8; N]) -> Self {
        let key = Self(*bytes);
        bytes.zeroize();
        key
    }

    pub(crate) fn bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// All zero in the 56 (112) bits that DES uses.
    pub(crate) fn is_zero(&self) -> bool {
        self.0.iter().all(|byte| byte >> 1 == 0)
    }

    /// The same key for DES: parity bits do not count (FIPS 46-3).
    pub(crate) fn same_for_des(&self, other: &Self) -> bool {
        same_for_des(&self.0, &other.0)
    }
}

impl Key16 {
    /// Both halves the same for DES, which makes 3DES single DES.
    pub(crate) fn has_equal_halves(&self) -> bool {
        let (left, right) = self.0.split_at(8);
        same_for_des(left, right)
    }
}

fn same_for_des(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).all(|(one, other)| one >> 1 == other >> 1)
}

impl<const N: usize> Drop for Key<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> fmt::Debug for Key<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Key16};

    #[test]
    fn a_key_prints_no_byte() {
        assert_eq!(std::format!("{:?}", Key16::take(&mut [0xA5; 16])), "Key(..)");
    }

    #[test]
    fn taking_a_key_leaves_no_byte_behind() {
        let mut bytes = [7_u8; 16];
        assert_eq!(Key::take(&mut bytes).bytes(), &[7; 16]);
        assert_eq!(bytes, [0; 16]);
    }

    #[test]
    fn parity_bits_do_not_count() {
        assert!(Key16::take(&mut [0x01; 16]).is_zero());
        assert!(!Key16::take(&mut [0x02; 16]).is_zero());
        let mut halves = [0x10; 16];
        halves[9] = 0x11;
        assert!(Key16::take(&mut halves).has_equal_halves());
    }
}
