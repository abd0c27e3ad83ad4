//! Field 55 of a request (INTERFACE.md, section 21, online).

use heapless::Vec;

use super::tag::Tag;
use super::values::Values;

/// Bytes of field 55, at most.
pub(crate) const FIELD: usize = 255;

/// Field 55.
pub(crate) type Field55 = Vec<u8, FIELD>;

/// Its objects, in their order.
const REQUEST: [Tag; 20] = [
    Tag::CRYPTOGRAM,
    Tag::CID,
    Tag::ISSUER_DATA,
    Tag::UNPREDICTABLE,
    Tag::ATC,
    Tag::TVR,
    Tag::DATE,
    Tag::TYPE,
    Tag::AMOUNT,
    Tag::CURRENCY,
    Tag::AIP,
    Tag::TERMINAL_COUNTRY,
    Tag::AMOUNT_OTHER,
    Tag::CAPABILITIES,
    Tag::CVM_RESULTS,
    Tag::TERMINAL_TYPE,
    Tag::SERIAL,
    Tag::DF_NAME,
    Tag::TERMINAL_VERSION,
    Tag::SEQUENCE,
];
impl Values<'_> {
    /// Field 55 of a request; objects that nobody has are left out. `None` where they do not fit.
    pub(crate) fn field_55(&self) -> Option<Field55> {
        let mut field = Field55::new();
        REQUEST.iter().try_for_each(|tag| self.put(&mut field, *tag))?;
        Some(field)
    }
}
