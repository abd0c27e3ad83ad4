//! What a custodian types: a component of the TMK, and a key check value.

use core::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::crypto::kcv::Kcv;
use crate::crypto::keys::Key16;

/// Bytes of a component.
const COMPONENT: usize = 16;
/// Hex digits of a component.
pub(crate) const COMPONENT_DIGITS: usize = 2 * COMPONENT;

/// Hex digits as they are typed, two a byte; erased when dropped, and byte by byte when taken away.
#[derive(Default)]
pub(crate) struct Typed<const BYTES: usize>
where
    [u8; BYTES]: Zeroize + Default,
{
    bytes: Zeroizing<[u8; BYTES]>,
    digits: usize,
}

/// A component.
pub(crate) type Component = Typed<COMPONENT>;
/// A key check value.
pub(crate) type TypedKcv = Typed<4>;

impl<const BYTES: usize> Typed<BYTES>
where
    [u8; BYTES]: Zeroize + Default,
{
    /// Appends a digit, 0 to 15; one too many is ignored.
    pub(crate) fn push(&mut self, digit: u8) {
        if let Some(byte) = self.bytes.get_mut(self.digits / 2) {
            *byte |= if self.digits.is_multiple_of(2) { digit << 4 } else { digit & 0x0F };
            self.digits += 1;
        }
    }

    /// Takes the last digit away.
    pub(crate) fn pop(&mut self) {
        self.digits = self.digits.saturating_sub(1);
        if let Some(byte) = self.bytes.get_mut(self.digits / 2) {
            *byte &= if self.digits.is_multiple_of(2) { 0x00 } else { 0xF0 };
        }
    }

    /// Digits so far.
    pub(crate) fn len(&self) -> usize {
        self.digits
    }

    /// Whether no digit is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.digits == 2 * BYTES
    }
}

impl Component {
    /// The component's own check value.
    pub(crate) fn kcv(&self) -> Kcv {
        Kcv::double(&self.combined_with(&Self::default()))
    }

    /// The key that two components make: their XOR.
    pub(crate) fn combined_with(&self, other: &Self) -> Key16 {
        let mut bytes = Zeroizing::new(*self.bytes);
        for (byte, other) in bytes.iter_mut().zip(other.bytes.iter()) {
            *byte ^= other;
        }
        Key16::take(&mut bytes)
    }

    /// Whether it adds nothing to the other one, parity bits aside.
    pub(crate) fn is_zero(&self) -> bool {
        self.combined_with(&Self::default()).is_zero()
    }

    /// Whether both custodians gave the same.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.digits == other.digits && self.bytes == other.bytes
    }
}

impl TypedKcv {
    /// Whether it is this one.
    pub(crate) fn is(&self, kcv: Kcv) -> bool {
        self.is_whole() && *self.bytes == kcv.0
    }
}

/// The digits so far, in upper case. A check value is no secret.
impl fmt::Display for TypedKcv {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nibbles = self.bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        nibbles.take(self.digits).try_for_each(|nibble| write!(formatter, "{nibble:X}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{COMPONENT_DIGITS, Component, TypedKcv};
    use crate::crypto::kcv::Kcv;
    use std::format;

    fn component(hex: &str) -> Component {
        let mut typed = Component::default();
        hex.chars().for_each(|digit| typed.push(digit.to_digit(16).unwrap() as u8));
        typed
    }

    const ONE: &str = "0123456789ABCDEFFEDCBA9876543210";
    const OTHER: &str = "1032547698BADCFE1032547698BADCFE";

    #[test]
    fn digits_are_packed_in_order_and_taken_away_from_the_end() {
        let mut typed = component("0123456789abcdeffedcba9876543219");
        assert!(typed.is_whole());
        typed.push(5);
        assert_eq!(typed.len(), COMPONENT_DIGITS, "a digit too many is ignored");
        typed.pop();
        assert!(!typed.is_whole());
        typed.push(0);
        assert!(typed.equals(&component(ONE)));
        for left in (0..COMPONENT_DIGITS).rev() {
            typed.pop();
            assert_eq!(typed.len(), left);
            let kept = hex::encode(*typed.bytes);
            assert_eq!(kept[..left].to_uppercase(), ONE[..left]);
            assert!(kept[left..].bytes().all(|digit| digit == b'0'), "{left}: a digit stays behind");
        }
        typed.pop();
        assert_eq!(typed.len(), 0);
    }

    #[test]
    fn the_key_is_the_exclusive_or_and_a_component_s_check_value_its_own() {
        let (one, other) = (component(ONE), component(OTHER));
        let key = one.combined_with(&other);
        assert_eq!(hex::encode_upper(key.bytes()), "1111111111111111EEEEEEEEEEEEEEEE");
        assert_eq!(key, other.combined_with(&one));
        // OpenSSL: printf '\0\0\0\0\0\0\0\0' | openssl enc -des-ede -K 0123456789ABCDEFFEDCBA9876543210 -nopad
        assert_eq!(format!("{}", one.kcv()), "08D7B4FB");
    }

    /// Clearing a vector drops what is in it and writes nothing else to its memory.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_component_is_overwritten_where_it_stood() {
        use std::os::unix::fs::FileExt;
        let mut kept = std::vec![component(ONE)];
        let (address, mut bytes) = (kept.as_ptr() as u64, [0; size_of::<Component>()]);
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let holds = |bytes: &[u8]| bytes.windows(4).any(|part| hex::decode(ONE).unwrap().starts_with(part));
        memory.read_exact_at(&mut bytes, address).unwrap();
        assert!(holds(&bytes), "the test looks in the wrong place");
        kept.clear();
        memory.read_exact_at(&mut bytes, address).unwrap();
        assert!(!holds(&bytes), "{bytes:02X?}");
    }

    #[test]
    fn only_the_same_digits_are_equal() {
        assert!(component(ONE).equals(&component(ONE)));
        assert!(!component(ONE).equals(&component(OTHER)));
        assert!(!component("00").equals(&component("000")), "zeros, but not as many");
    }

    #[test]
    fn a_check_value_is_shown_as_typed_and_is_one_only_when_whole() {
        let mut typed = TypedKcv::default();
        for (digit, shown) in [(0x0, "0"), (0xA, "0A"), (0xB, "0AB")] {
            typed.push(digit);
            assert_eq!(format!("{typed}"), shown);
        }
        assert!(!typed.is(Kcv([0x0A, 0xB0, 0x00, 0x00])), "three digits");
        (0..5).for_each(|_| typed.push(0));
        assert!(typed.is(Kcv([0x0A, 0xB0, 0x00, 0x00])));
        assert!(!typed.is(Kcv([0x0A, 0xB0, 0x00, 0x01])));
    }
}
