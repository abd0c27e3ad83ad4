//! ISO 8583 messages: dialects as data, decode, encode, explain; no I/O.
