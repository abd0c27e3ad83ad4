//! What a receipt is about.

use crate::batch::chip_part::ChipPart;
use crate::clock::DateTime;
use crate::language::Language;
use crate::money::entry_mode::EntryMode;

/// A transaction that was approved, as its receipt shows it.
#[derive(Clone, Debug)]
pub(crate) struct Receipt<'a> {
    /// Language of both copies.
    pub(crate) language: Language,
    /// Field 42.
    pub(crate) merchant_id: &'a [u8; 15],
    /// Field 41.
    pub(crate) terminal_id: &'a [u8; 8],
    /// The masked card number: 13 to 19 characters.
    pub(crate) card: &'a str,
    /// The name of its issuer, where it is known: at most 16 characters.
    pub(crate) issuer: Option<&'a str>,
    /// How it was presented.
    pub(crate) mode: EntryMode,
    /// What was done.
    pub(crate) slip: Slip,
    /// Field 60.2 of the request.
    pub(crate) batch: u32,
    /// Field 11, the voucher number.
    pub(crate) stan: u32,
    /// Field 38, where the answer had one.
    pub(crate) authorisation: Option<[u8; 6]>,
    /// Field 37.
    pub(crate) reference: [u8; 12],
    /// Fields 13 and 12 of the answer.
    pub(crate) at: DateTime,
    /// Field 4, in hundredths.
    pub(crate) amount: u64,
    /// What the chip brought to a sale; nothing where there was none.
    pub(crate) chip: Option<&'a ChipPart>,
    /// Whether the PIN was given, so that nobody has to sign.
    pub(crate) with_pin: bool,
    /// Whether it was printed before.
    pub(crate) reprint: bool,
}

impl Receipt<'_> {
    /// Whether the cardholder has to sign: where there was no PIN, and of a chip's sale where the card asks for it.
    pub(crate) fn is_signed(&self) -> bool {
        self.chip.map_or(!self.with_pin, |chip| chip.signature)
    }
}

/// What the transaction was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    /// A sale.
    Sale,
    /// A void, with the STAN of the sale that it undid.
    Void { original: u32 },
}

/// Whose copy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The shop's, which is signed.
    Merchant,
    /// The cardholder's.
    Customer,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Receipt, Slip};
    use crate::batch::chip_part::ChipPart;
    use crate::clock::DateTime;
    use crate::language::Language;
    use crate::money::entry_mode::EntryMode;

    /// A sale without PIN.
    pub(crate) fn sale(language: Language) -> Receipt<'static> {
        Receipt {
            language,
            merchant_id: b"001430170119999",
            terminal_id: b"99999906",
            card: "621234******1232",
            issuer: None,
            chip: None,
            mode: EntryMode::Keyed,
            slip: Slip::Sale,
            batch: 519,
            stan: 7,
            authorisation: Some(*b"A1B2C3"),
            reference: *b"072022130001",
            at: DateTime::date(b"0720").unwrap().at(b"221301").unwrap(),
            amount: 123_450,
            with_pin: false,
            reprint: false,
        }
    }

    /// A void with PIN, of a sale whose answer had no field 38.
    pub(crate) fn void_with_pin(language: Language) -> Receipt<'static> {
        Receipt {
            slip: Slip::Void { original: 7 },
            mode: EntryMode::Stripe,
            stan: 8,
            authorisation: None,
            amount: 5,
            with_pin: true,
            ..sale(language)
        }
    }

    /// A sale of a chip without PIN.
    pub(crate) fn chip_sale(language: Language, chip: &ChipPart) -> Receipt<'_> {
        Receipt { mode: EntryMode::Chip, issuer: Some("BANK OF TESTS"), chip: Some(chip), ..sale(language) }
    }

    /// A receipt with every row but a chip's, each at its longest.
    pub(crate) fn longest(language: Language) -> Receipt<'static> {
        Receipt {
            card: "621234*********0012",
            issuer: Some("BANK OF TESTS 16"),
            slip: Slip::Void { original: 999_999 },
            batch: 999_999,
            stan: 999_999,
            amount: 999_999_999_999,
            reprint: true,
            ..sale(language)
        }
    }
}
