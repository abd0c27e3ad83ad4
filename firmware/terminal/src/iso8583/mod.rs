//! ISO 8583:1987 messages in BCD, as the terminal needs them (PROTOCOL.md, framing and packing).

pub(crate) mod fields;
pub(crate) mod frame;
pub(crate) mod message;
pub(crate) mod six_digits;
pub(crate) mod writer;
