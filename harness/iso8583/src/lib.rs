//! ISO 8583 messages: decode, encode, explain. No I/O, no protocol knowledge of its own.
//!
//! What the fields are, how they are packed and what their parts mean is a [`Dialect`], read from a file such as
//! `fixtures/dialects/cup.toml`, whose head says how one is written. A wrong dialect file is refused with file, line and
//! column.
//!
//! - [`Dialect::decode`] is lenient: what harms nothing (padding, digits beyond 9 in TPDU or header, bytes after the
//!   last field) is accepted and listed in [`Decoded::notes`]. An error carries byte offset, field, and what was
//!   expected. What was decoded can be encoded again; without notes, to the same bytes.
//! - [`Dialect::encode`] is strict, and allocates the frame alone.
//! - [`Dialect::view`] finds the fields in place, without allocating; `decode` is that plus a copy.
//! - [`explain`] prints an annotated dump, [`to_json`] a JSON object.
//! - [`FrameSplitter`] cuts a stream into frames.
//!
//! # What is shown
//!
//! Unless told to reveal, `explain` and `to_json` show of a PAN the first six and the last four digits, of a track
//! its PAN likewise, wherever the dialect says that one stands: a field, a part of one, an element of chip data. A frame
//! that ends in an error, or whose fields may have slipped (a character out of place, bytes left over), could show a
//! PAN as an amount: there every run of digits that could be one is hidden. `Debug` of a value or a view tells
//! sizes, not contents; that of a message leaves out the fields that hold a PAN or a track.
//!
//! # A message there and back
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
//!
//! # A stream, a dialect of one's own, and a MAC
//!
//! ```
//! use payrig_iso8583::{Dialect, Frame, FrameSplitter, Message, Value};
//!
//! let small = Dialect::from_toml("small.toml", r#"
//! name = "small"
//! title = "Two fields"
//! [framing]
//! largest = 64
//! tpdu = [{ name = "id", size = 2, values = { "60" = "transport" } }, { name = "addresses", size = 8 }]
//! header = [{ name = "all", size = 12 }]
//! [field.2]
//! name = "PAN"
//! format = "n..19"
//! length = "LL"
//! secret = "pan"
//! [field.64]
//! name = "MAC"
//! format = "b64"
//! "#)?;
//!
//! // A MAC covers the bytes as they are sent: encode with eight bytes in its place, then put it there.
//! let message = Message::new("0200").with(2, Value::digits("6212345678901232")).with(64, Value::bytes([0; 8]));
//! let mut frame = Frame { tpdu: [0x60, 0, 0, 0, 1], header: [0; 6], message };
//! let covered = small.encode(&frame)?;
//! let covered = small.mac_input(&covered)?;
//! assert_eq!(covered.len(), 2 + 8 + 1 + 8, "MTI, bitmap, field 2 with its length");
//! frame.message.set(64, Value::bytes(*b"1A2B3C4D"));
//!
//! // The other side gets it in pieces.
//! let sent = small.encode(&frame)?;
//! let mut splitter = FrameSplitter::new(small.largest_frame());
//! splitter.push(&sent[..10]);
//! assert_eq!(splitter.next_frame(), None);
//! splitter.push(&sent[10..]);
//! let received = splitter.next_frame().ok_or("not whole")?;
//!
//! // Looked at in place, without a copy.
//! let view = small.view(&received)?;
//! let pan = view.field(2).ok_or("no PAN")?;
//! assert_eq!(pan.nibbles().next(), Some(6));
//! assert_eq!((pan.start, pan.end), (23, 32));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is held to this
//!
//! `cargo test -p payrig-iso8583`: published frames, every field in every size, a hundred thousand damaged frames, each
//! oddity by name. `cargo bench -p payrig-iso8583`: times and allocations of the shared sale frame; `compare/README.md`
//! beside the crate `iso8583_rs`. Coverage-guided: `RUSTC_BOOTSTRAP=1 cargo fuzz run decode` in this crate's folder, as
//! `fuzz/README.md` tells.

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
