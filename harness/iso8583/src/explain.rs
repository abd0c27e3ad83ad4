//! A frame as an annotated dump.

use crate::decode_error::DecodeError;
use crate::dialect::Dialect;
use crate::mask;
use crate::meaning::{self, Detail};
use crate::message::Value;
use crate::note::Note;
use crate::packing;
use crate::schema::Justify;
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
    /// Two characters for each byte.
    pub cells: Vec<String>,
    pub what: Detail,
    pub parts: Vec<Detail>,
}

/// Explains bytes as far as they can be understood; an error is part of the explanation.
#[must_use]
pub fn explain(dialect: &Dialect, bytes: &[u8], options: &ExplainOptions) -> Explanation {
    let (view, error) = dialect.view_so_far(bytes);
    let mut blocks = front(&view);
    blocks.extend(view.fields().map(|field| block(&view, &field, options)));
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
fn front(view: &View<'_>) -> Vec<Block> {
    let start = view.start;
    let mut blocks = Vec::new();
    let mut push = |from: usize, to: usize, what: Detail, parts: Vec<Detail>| {
        if let Some(bytes) = view.bytes.get(from..to).filter(|_| to <= view.understood) {
            let cells = bytes.iter().map(|b| format!("{b:02X}")).collect();
            blocks.push(Block { offset: from, cells, what, parts });
        }
    };
    if start > 0 {
        push(0, 2, named("length", format!("{} bytes", view.length())), Vec::new());
    }
    let tpdu = view.tpdu();
    let parts = meaning::of_digits(&view.dialect.tpdu, &tpdu);
    push(start, start + 5, named("TPDU", hex::encode_upper(tpdu)), parts);
    let header = view.header();
    let parts = meaning::of_digits(&view.dialect.header, &header);
    push(start + 5, start + 11, named("header", hex::encode_upper(header)), parts);
    let mti = hex::encode_upper(view.mti());
    let mut what = named("MTI", mti.clone());
    what.meaning = view.dialect.mti.get(&mti).cloned().unwrap_or_default();
    push(start + 11, start + 13, what, Vec::new());
    let bits: Vec<String> = (1..=64).filter(|n| view.has(*n)).map(|n| n.to_string()).collect();
    push(start + 13, start + 21, named("bitmap", bits.join(" ")), Vec::new());
    blocks
}

fn named(name: &str, value: String) -> Detail {
    Detail { label: String::new(), name: name.to_owned(), value, meaning: String::new() }
}

fn block(view: &View<'_>, field: &FieldView<'_>, options: &ExplainOptions) -> Block {
    let definition = field.field;
    let secret = definition.secret.filter(|_| !options.reveal);
    let value = field.value();
    let shown = secret.map_or_else(|| value.to_string(), |secret| mask::masked(secret, &value.to_string()));
    let length = view.bytes.get(field.start..field.end - field.data.len()).unwrap_or_default();
    let mut cells: Vec<String> = length.iter().map(|b| format!("{b:02X}")).collect();
    cells.extend(data_cells(field, secret.is_some().then_some(&shown)));
    let meaning = meaning::of_value(&definition.meaning, &value.to_string());
    let parts = if secret.is_some() { Vec::new() } else { meaning::of_parts(view, field) };
    // The bytes stand to the left: a long binary value is not repeated.
    let shown = match &value {
        Value::Bytes(bytes) if bytes.len() > 8 => format!("{} bytes", bytes.len()),
        _ => shown,
    };
    let what =
        Detail { label: definition.number.to_string(), name: definition.name.clone(), value: shown, meaning };
    Block { offset: field.start, cells, what, parts }
}

/// The bytes of a field, each half byte hidden that `masked` hides.
fn data_cells(field: &FieldView<'_>, masked: Option<&String>) -> Vec<String> {
    let Some(masked) = masked else {
        return field.data.iter().map(|b| format!("{b:02X}")).collect();
    };
    let odd = !masked.len().is_multiple_of(2);
    let skipped = usize::from(odd && field.field.justify == Justify::Right);
    let half = |index: usize| {
        let shown = index.checked_sub(skipped).and_then(|i| masked.as_bytes().get(i));
        match (shown, packing::nibble(field.data, index)) {
            (Some(b'*'), _) | (_, None) => '*',
            (_, Some(nibble)) => packing::digit(nibble),
        }
    };
    (0..field.data.len()).map(|i| [half(2 * i), half(2 * i + 1)].iter().collect()).collect()
}

/// What no one could read may hold a PAN: without `reveal` its bytes are counted, not shown.
fn not_understood(offset: usize, rest: &[u8], options: &ExplainOptions) -> Block {
    let mut what = named("not understood", format!("{} bytes", rest.len()));
    let mut cells = Vec::new();
    if options.reveal {
        cells.extend(rest.iter().take(256).map(|b| format!("{b:02X}")));
        if rest.len() > cells.len() {
            what.meaning = format!("the first {} of them shown", cells.len());
        }
    } else {
        what.meaning = "not shown, they may hold a PAN".to_owned();
    }
    Block { offset, cells, what, parts: Vec::new() }
}
