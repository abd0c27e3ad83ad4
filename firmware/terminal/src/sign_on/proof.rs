//! The terminal's proof in field 59 (PROTOCOL.md, proof of the terminal).

use core::fmt::Write;

use heapless::String;

use crate::crypto::keys::Key16;
use crate::crypto::sm4;
use crate::parameters::ProofLengths;

/// Characters of field 59, at most.
const FIELD: usize = 96;
/// Element 01: the kind of terminal.
const DEVICE_TYPE: &str = "02";

/// What the proof is made of.
#[derive(Debug)]
pub(crate) struct Proof<'a> {
    /// Proves the device.
    pub(crate) factory_key: &'a Key16,
    /// Serial number: 16 ASCII characters.
    pub(crate) serial: &'a [u8; 16],
    /// Random factor: the STAN's six digits.
    pub(crate) factor: &'a str,
    /// The application's version: eight characters.
    pub(crate) version: &'a str,
    /// Digits of a length.
    pub(crate) lengths: ProofLengths,
}

impl Proof<'_> {
    /// Element 04: the first four bytes of the SM4 CBC-MAC over serial number and factor, in hex.
    fn value(&self) -> String<8> {
        let mac = sm4::cbc_mac(self.factory_key, self.serial.iter().copied().chain(self.factor.bytes()));
        let mut value = String::new();
        for byte in mac.iter().take(4) {
            let _ = write!(value, "{byte:02X}");
        }
        value
    }

    /// Field 59: `A2`, its length, and the five elements.
    pub(crate) fn field(&self) -> String<FIELD> {
        let serial = core::str::from_utf8(self.serial).unwrap_or_default();
        let mut elements = String::<FIELD>::new();
        for (tag, value) in [
            ("01", DEVICE_TYPE),
            ("02", serial),
            ("03", self.factor),
            ("04", &self.value()),
            ("05", self.version),
        ] {
            self.element(&mut elements, tag, value);
        }
        let mut field = String::new();
        self.element(&mut field, "A2", &elements);
        field
    }

    fn element(&self, to: &mut String<FIELD>, tag: &str, value: &str) {
        let _ = match self.lengths {
            ProofLengths::Three => write!(to, "{tag}{:03}{value}", value.len()),
            ProofLengths::Two => write!(to, "{tag}{:02}{value}", value.len()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::Proof;
    use crate::crypto::keys::Key16;
    use crate::parameters::ProofLengths;
    use crate::vectors::{Vectors, bytes};

    #[test]
    fn the_shared_proofs_in_both_length_forms() {
        let mut count = 0;
        for case in Vectors::load("terminal_proof_constructed") {
            if !case.inputs.contains_key("factor") {
                continue;
            }
            let factory_key = Key16::take(&mut bytes(case.input("factory_key")));
            let serial = case.input("serial").as_bytes().try_into().unwrap();
            for (lengths, field) in
                [(ProofLengths::Three, "field59_A2"), (ProofLengths::Two, "field59_A2_two_digit_lengths")]
            {
                let (factor, version) = (case.input("factor"), case.input("version"));
                let proof = Proof { factory_key: &factory_key, serial, factor, version, lengths };
                assert_eq!(proof.value(), case.output("proof"), "{}", case.name);
                assert_eq!(proof.field(), case.output(field), "{}", case.name);
                count += 1;
            }
        }
        assert_eq!(count, 4);
    }
}
