//! A frame as an annotated dump.

use crate::decode_error::DecodeError;
use crate::dialect::Dialect;
use crate::meaning::{self, Detail};
use crate::message::Value;
use crate::note::Note;
use crate::veil::{self, Veil};
use crate::view::{FieldView, View};

/// How a frame is explained.
#[derive(Clone, Copy, Debug)]
pub struct ExplainOptions {
    /// Show PAN and tracks whole, and bytes that were not understood.
    pub reveal: bool,
    /// Columns of the terminal or page.
    pub width: usize,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self { reveal: false, width: 100 }
    }
}

/// An annotated dump: `Display` is plain, [`Explanation::styled`] has ANSI colours.
#[derive(Clone, Debug)]
pub struct Explanation {
    pub(crate) blocks: Vec<Block>,
    pub(crate) notes: Vec<Note>,
    pub(crate) error: Option<DecodeError>,
    pub(crate) width: usize,
}

/// A run of bytes and what they are.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub offset: usize,
    /// Hex, two characters for each byte.
    pub cells: String,
    pub what: Detail,
    pub parts: Vec<Detail>,
}

/// Explains bytes as far as they can be understood; an error is part of the explanation.
///
/// Unless revealed, a PAN shows its first six and last four digits. Where the frame ends in an error, or something
/// else says that its fields may stand elsewhere than they seem to, a PAN shows nothing, and every run of digits
/// that could be one is hidden wherever it stands.
#[must_use]
pub fn explain(dialect: &Dialect, bytes: &[u8], options: &ExplainOptions) -> Explanation {
    let (view, error) = dialect.view_so_far(bytes);
    let veil = match options.reveal {
        true => Veil::lifted(),
        false => Veil::over(&view, veil::doubtful(error.as_ref(), &view.notes)),
    };
    let mut blocks = front(&view, &veil);
    blocks.extend(view.fields().map(|field| block(&view, &field, &veil)));
    let rest = bytes.get(view.understood..).unwrap_or_default();
    if !rest.is_empty() {
        blocks.push(not_understood(view.understood, rest, options));
    }
    Explanation { blocks, notes: view.notes, error, width: options.width }
}

impl Explanation {
    /// Why it ends before the bytes do, if it does.
    #[must_use]
    pub const fn error(&self) -> Option<&DecodeError> {
        self.error.as_ref()
    }

    /// What each field and each of its parts says, in the order of the frame; PAN and tracks as the dump shows them.
    pub fn details(&self) -> impl Iterator<Item = &Detail> {
        self.blocks.iter().flat_map(|block| std::iter::once(&block.what).chain(&block.parts))
    }

    /// The oddities that were accepted.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

/// Length, TPDU, header, MTI and bitmap, as far as they were read.
fn front(view: &View<'_>, veil: &Veil) -> Vec<Block> {
    let start = view.start;
    let mut blocks = Vec::new();
    let mut push = |from: usize, to: usize, what: Detail, parts: Vec<Detail>| {
        if let Some(bytes) = view.bytes.get(from..to).filter(|_| to <= view.understood) {
            blocks.push(Block { offset: from, cells: veil.hex(from, bytes), what, parts });
        }
    };
    if start > 0 {
        push(0, 2, named("length", format!("{} bytes", view.length())), Vec::new());
    }
    let tpdu = veil.hex(start, &view.tpdu());
    let parts = meaning::of_digits(&view.dialect.tpdu, hex::encode_upper(view.tpdu()), &tpdu);
    push(start, start + 5, named("TPDU", tpdu), parts);
    let call = view.call();
    if !call.is_empty() {
        push(start + 5, view.header_at, named("call", told_of_call(call)), Vec::new());
    }
    let (header_at, mti_at) = (view.header_at, view.mti_offset());
    let header = veil.hex(header_at, &view.header());
    let parts = meaning::of_digits(&view.dialect.header, hex::encode_upper(view.header()), &header);
    push(header_at, mti_at, named("header", header), parts);
    let mti = veil.hex(mti_at, &view.mti());
    let mut what = named("MTI", mti.clone());
    what.meaning = view.dialect.mti.get(&mti).cloned().unwrap_or_default();
    push(mti_at, mti_at + 2, what, Vec::new());
    let bits = match veil.hides_of(mti_at + 2..mti_at + 10) {
        true => "not shown, it may be of a PAN".to_owned(),
        false => (1..=64).filter(|n| view.has(*n)).map(|n| n.to_string()).collect::<Vec<_>>().join(" "),
    };
    push(mti_at + 2, mti_at + 10, named("bitmap", bits), Vec::new());
    blocks
}

/// What an access controller tells of a call, behind 5 bytes of name and length: who calls and who is called, 8 bytes of BCD each,
/// filled up with F.
fn told_of_call(call: &[u8]) -> String {
    let number = |at: usize| {
        let bytes = call.get(at..at + 8)?;
        Some(hex::encode(bytes).trim_end_matches('f').to_owned())
    };
    match (number(5), number(13)) {
        (Some(calling), Some(called)) => format!("LRI, {calling} calls {called}"),
        _ => format!("LRI, {} bytes", call.len()),
    }
}

fn named(name: &str, value: String) -> Detail {
    Detail { label: String::new(), name: name.to_owned(), value, meaning: String::new() }
}

fn block(view: &View<'_>, field: &FieldView<'_>, veil: &Veil) -> Block {
    let definition = field.field;
    let value = field.value();
    let text = value.to_string();
    let shown = veil.text(field, &value);
    let meaning = if shown == text { meaning::of_value(&definition.meaning, &text) } else { String::new() };
    let parts = meaning::of_parts(view, field, &value, &shown);
    // The bytes stand to the left: a long binary value is not repeated.
    let shown = match &value {
        Value::Bytes(bytes) if bytes.len() > 8 => format!("{} bytes", bytes.len()),
        _ => shown,
    };
    let what =
        Detail { label: definition.number.to_string(), name: definition.name.clone(), value: shown, meaning };
    let cells = veil.hex(field.start, view.bytes.get(field.start..field.end).unwrap_or_default());
    Block { offset: field.start, cells, what, parts }
}

const NOT_UNDERSTOOD_SHOWN: usize = 256;

/// What no one could read may hold a PAN: without `reveal` its bytes are counted, not shown.
fn not_understood(offset: usize, rest: &[u8], options: &ExplainOptions) -> Block {
    let mut what = named("not understood", format!("{} bytes", rest.len()));
    let mut cells = String::new();
    if options.reveal {
        let first = rest.get(..NOT_UNDERSTOOD_SHOWN).unwrap_or(rest);
        cells = hex::encode_upper(first);
        if rest.len() > first.len() {
            what.meaning = format!("the first {} of them shown", first.len());
        }
    } else {
        what.meaning = "not shown, they may hold a PAN".to_owned();
    }
    Block { offset, cells, what, parts: Vec::new() }
}
