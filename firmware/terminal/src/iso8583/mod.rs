//! ISO 8583 messages as the terminal needs them.
