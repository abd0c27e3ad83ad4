//! ISO 8583 messages: decode, encode, explain. No I/O, no protocol knowledge of its own.
//!
//! What the fields are, how they are packed and what their parts mean is a [`Dialect`], read from a file such as
//! `fixtures/dialects/cup.toml`. A wrong dialect file is refused with file, line and column.
//!
//! - [`Dialect::decode`] is lenient: what harms nothing (padding, digits beyond 9 in TPDU or header, bytes after the
//!   last field) is accepted and listed in [`Decoded::notes`]. An error carries byte offset, field, and what was
//!   expected.
//! - [`Dialect::encode`] is strict.
//! - [`Dialect::view`] finds the fields in place, without allocating; `decode` is that plus a copy.
//! - [`explain`] prints an annotated dump, [`to_json`] a JSON object; both mask PAN and tracks unless told not to.
//! - [`FrameSplitter`] cuts a stream into frames.
//!
//! `Debug` of a message, a view or a splitter never prints a PAN, a track or raw bytes.
//!
//! # Example
//!
//! ```
//! use payrig_iso8583::{Dialect, ExplainOptions, Frame, Message, Value, explain, to_json};
//!
//! let text = std::fs::read_to_string("../../fixtures/dialects/cup.toml")?;
//! let cup = Dialect::from_toml("cup.toml", &text)?;
//!
//! let message = Message::new("0820")
//!     .with(11, Value::digits("000042"))
//!     .with(41, Value::text("99999906"))
//!     .with(42, Value::text("001430170119999"))
//!     .with(60, Value::digits("00000001301"));
//! let frame = Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0x60, 0x31, 0, 0x31, 0x11, 0x08], message };
//! let bytes = cup.encode(&frame)?;
//!
//! let decoded = cup.decode(&bytes)?;
//! assert_eq!(decoded.frame, frame);
//! assert!(decoded.notes.is_empty());
//! assert_eq!(to_json(&cup, &decoded, false)["fields"]["11"], "000042");
//!
//! let dump = explain(&cup, &bytes, &ExplainOptions::default()).to_string();
//! assert!(dump.contains("301  echo"));
//!
//! // Half a frame: the error says where and what.
//! let error = cup.decode(&bytes[..30]).unwrap_err();
//! assert_eq!(error.to_string(), "byte 26, field 41 (terminal id): its value: expected 8 bytes, 4 left");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod decode;
mod decode_error;
mod dialect;
mod dump;
mod encode;
mod explain;
mod format;
mod json;
mod mask;
mod meaning;
mod message;
mod note;
mod packing;
mod read;
mod schema;
mod splitter;
mod tlv;
mod veil;
mod view;

pub use decode::Decoded;
pub use decode_error::{DecodeError, FieldName, Problem};
pub use dialect::{Dialect, DialectError, Field};
pub use dump::Styled;
pub use encode::EncodeError;
pub use explain::{ExplainOptions, Explanation, explain};
pub use format::{Kind, Size};
pub use json::to_json;
pub use mask::masked;
pub use meaning::Detail;
pub use message::{Frame, Message, Value};
pub use note::{Note, Oddity};
pub use packing::Nibbles;
pub use payrig_fixture::{FixtureError, Refusal, nearest};
pub use schema::{Justify, Secret};
pub use splitter::{FrameSplitter, SplitError};
pub use view::{FieldView, View};
