//! The lines of `tape.jsonl`.

use serde::{Deserialize, Serialize};

use crate::lens::{Direction, Lens};
use crate::piece::Piece;

/// Version of the format, in the first line.
pub(crate) const VERSION: u32 = 1;

/// What the tape belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The case, such as `sign-on/sim-no-credit`.
    pub case: String,
    /// The rig's name.
    pub rig: String,
}

#[derive(Serialize)]
pub(crate) struct HeaderRecord<'a> {
    pub(crate) tape: u32,
    pub(crate) case: &'a str,
    pub(crate) rig: &'a str,
}

#[derive(Serialize)]
pub(crate) struct LineRecord<'a> {
    pub(crate) n: u64,
    pub(crate) t: u64,
    pub(crate) line: &'a str,
    pub(crate) lens: Lens,
}

#[derive(Serialize)]
pub(crate) struct EventRecord<'a> {
    pub(crate) n: u64,
    pub(crate) t: u64,
    pub(crate) line: &'a str,
    pub(crate) dir: Direction,
    pub(crate) data: &'a [Piece],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) more: bool,
}

#[derive(Serialize)]
pub(crate) struct NoteRecord<'a> {
    pub(crate) n: u64,
    pub(crate) t: u64,
    pub(crate) note: &'a str,
    pub(crate) text: &'a str,
}

#[derive(Serialize)]
pub(crate) struct EndRecord<'a> {
    pub(crate) n: u64,
    pub(crate) t: u64,
    pub(crate) end: &'a str,
    pub(crate) events: u64,
    pub(crate) notes: u64,
    pub(crate) bytes: u64,
}

/// Any line, as it is read: which one it is follows from the fields that it has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnyRecord {
    pub(crate) tape: Option<u32>,
    pub(crate) case: Option<String>,
    pub(crate) rig: Option<String>,
    pub(crate) n: Option<u64>,
    pub(crate) t: Option<u64>,
    pub(crate) line: Option<String>,
    pub(crate) lens: Option<Lens>,
    pub(crate) dir: Option<Direction>,
    pub(crate) data: Option<Vec<Piece>>,
    #[serde(default)]
    pub(crate) more: bool,
    pub(crate) note: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) end: Option<String>,
    pub(crate) events: Option<u64>,
    pub(crate) notes: Option<u64>,
    pub(crate) bytes: Option<u64>,
}

/// A record as a line of the file. Serialising these types to memory does not fail; were it to, the line would be empty and
/// the reader would say so.
pub(crate) fn to_line(record: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(record).unwrap_or_default();
    line.push(b'\n');
    line
}
