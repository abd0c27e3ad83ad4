//! A card number of the exception list at rest: encrypted, so that the flash of a stolen terminal tells none.

use zeroize::Zeroizing;

use crate::crypto::keys::Key16;
use crate::crypto::sm4;
use crate::money::card_number::{CardNumber, LONGEST};

/// What the list's key is the encryption of, under the factory key.
const LABEL: [u8; sm4::BLOCK] = *b"PAYRIG EXCEPTION";
/// What fills the digits of a shorter number.
const FILL: u8 = 0x0F;

/// What is kept of a card number.
pub(crate) type Mark = [u8; sm4::BLOCK];

/// The mark of a card number: one block of its digits, filled up, encrypted. The same number has the same mark, so that
/// it is found without being known.
pub(crate) fn mark(factory_key: &Key16, number: &CardNumber) -> Mark {
    let mut block = Zeroizing::new([FILL << 4 | FILL; sm4::BLOCK]);
    let digits = number.digits().bytes().map(|digit| digit & 0x0F).chain(core::iter::repeat(FILL));
    let mut nibbles = digits.take(LONGEST + 1);
    for byte in block.iter_mut() {
        *byte = nibbles.next().unwrap_or(FILL) << 4 | nibbles.next().unwrap_or(FILL);
    }
    let mut derived = Zeroizing::new(sm4::encrypt(factory_key, LABEL));
    sm4::encrypt(&Key16::take(&mut derived), *block)
}

#[cfg(test)]
mod tests {
    use super::mark;
    use crate::crypto::keys::Key16;
    use crate::money::card_number::CardNumber;
    use std::collections::BTreeSet;

    #[test]
    fn each_number_has_a_mark_of_its_own_under_each_terminal_s_key() {
        let numbers = ["6212345678901232", "6212340000000000012", "4012345678909"];
        let marks: BTreeSet<_> = numbers
            .iter()
            .flat_map(|number| [1, 2].map(|seed| (CardNumber::new(number).unwrap(), seed)))
            .map(|(number, seed)| mark(&Key16::take(&mut [seed; 16]), &number))
            .collect();
        assert_eq!(marks.len(), 6);
        let number = CardNumber::new(numbers[0]).unwrap();
        assert!(marks.contains(&mark(&Key16::take(&mut [1; 16]), &number)));
    }
}
