//! What the search looks for: each secret in each form, as nibbles.

use std::{collections::HashMap, sync::Arc};

use crate::form::Form;
use crate::lens::Lens;
use crate::secret::{Secret, SecretKind};
use crate::shape::{PREFIX, Shape, beginning};

/// One secret in one form.
pub(crate) struct Pattern {
    pub(crate) secret: Arc<Secret>,
    pub(crate) form: Form,
    shape: Arc<Shape>,
}

impl Pattern {
    pub(crate) fn new(secret: &Arc<Secret>, form: Form) -> Option<Self> {
        let shape = secret.shape(form)?;
        Some(Self { secret: Arc::clone(secret), form, shape })
    }

    /// Its nibbles.
    pub(crate) fn len(&self) -> usize {
        self.shape.nibbles.len()
    }

    /// The same form of the value with zeros for all that must not be shown.
    pub(crate) fn hidden(&self) -> &[u8] {
        &self.shape.hidden
    }

    /// How many nibbles of `data` agree with the pattern's beginning.
    fn agreement(&self, data: &[u8]) -> usize {
        let Shape { nibbles, masks, .. } = &*self.shape;
        let pairs = data.iter().zip(nibbles.iter()).zip(masks);
        pairs.take_while(|((data, own), mask)| (**data ^ **own) & **mask == 0).count()
    }
}

/// What begins at a place.
pub(crate) enum Found {
    /// No secret.
    Nothing,
    /// More data are needed to tell.
    Open,
    /// A secret, or as much of its beginning as went over the line, in nibbles.
    Secret(Arc<Pattern>, usize),
}

/// All patterns of one line, by what they begin with.
pub(crate) struct PatternSet {
    /// A bit for each four nibbles: whether a pattern begins so. Most places are settled by it.
    begun: Vec<u64>,
    /// Those of which a short beginning is told as well.
    by_first_byte: Vec<Vec<Arc<Pattern>>>,
    /// The others. A long run has thousands.
    by_beginning: HashMap<u32, Vec<Arc<Pattern>>>,
    all: Vec<Arc<Pattern>>,
}

impl Default for PatternSet {
    fn default() -> Self {
        Self {
            begun: vec![0; (1 << (4 * PREFIX)) / 64],
            by_first_byte: vec![Vec::new(); 256],
            by_beginning: HashMap::new(),
            all: Vec::new(),
        }
    }
}

impl PatternSet {
    /// The patterns that are looked for through `lens` on `line`; on no line in particular, those of secrets that are on all.
    pub(crate) fn new(secrets: &[Arc<Secret>], lens: Lens, line: Option<&str>) -> Self {
        let mut set = Self::default();
        set.add(secrets, lens, line);
        set
    }

    /// Adds the patterns of more secrets, as [`PatternSet::new`] takes them.
    pub(crate) fn add(&mut self, secrets: &[Arc<Secret>], lens: Lens, line: Option<&str>) {
        self.add_pairs(through(secrets.iter().filter(|secret| secret.is_on(line)), lens));
    }

    /// Adds what is looked for on a slot's line: PIN blocks of whatever PIN is known as well.
    pub(crate) fn add_on_slot(&mut self, secrets: &[Arc<Secret>], line: &str) {
        let here = secrets.iter().filter(|secret| secret.is_on(Some(line)));
        self.add_pairs(on_slot(here, secrets));
    }

    /// The patterns of `secrets` wherever they stand on a slot's line, with the PIN blocks of `all`.
    pub(crate) fn slot_everywhere(secrets: &[Arc<Secret>], all: &[Arc<Secret>]) -> Self {
        Self::from_pairs(on_slot(secrets.iter(), all))
    }

    /// The PIN blocks of all secrets.
    pub(crate) fn pin_blocks(secrets: &[Arc<Secret>]) -> Self {
        Self::from_pairs(secrets.iter().map(|secret| (secret, Form::PinBlock)))
    }

    /// The patterns of all secrets, those of single lines included.
    pub(crate) fn everywhere(secrets: &[Arc<Secret>], lens: Lens) -> Self {
        Self::from_pairs(through(secrets.iter(), lens))
    }

    fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a Arc<Secret>, Form)>) -> Self {
        let mut set = Self::default();
        set.add_pairs(pairs);
        set
    }

    fn add_pairs<'a>(&mut self, pairs: impl Iterator<Item = (&'a Arc<Secret>, Form)>) {
        for pattern in pairs.filter_map(|(secret, form)| Pattern::new(secret, form)).map(Arc::new) {
            for prefix in &pattern.shape.prefixes {
                self.begun[usize::from(prefix / 64)] |= 1 << (prefix % 64);
            }
            if pattern.shape.beginnings.is_empty() {
                for byte in pattern.shape.first_bytes() {
                    self.by_first_byte[usize::from(byte)].push(Arc::clone(&pattern));
                }
            }
            for value in &pattern.shape.beginnings {
                self.by_beginning.entry(*value).or_default().push(Arc::clone(&pattern));
            }
            self.all.push(pattern);
        }
    }

    /// Looks at what begins at nibble `at` of `data`, whose first nibble is a byte's high one.
    ///
    /// The longest whole secret wins over a longer beginning of another. With `end`, no more data will come.
    pub(crate) fn look(&self, data: &[u8], at: usize, end: bool) -> Found {
        let Some((&first, rest)) = data.get(at..).and_then(<[u8]>::split_first) else {
            return Found::Nothing;
        };
        if let Some([second, third, fourth]) = rest.first_chunk() {
            let prefix = usize::from(first << 4 | second) << 8 | usize::from(third << 4 | fourth);
            if self.begun[prefix / 64] >> (prefix % 64) & 1 == 0 {
                return Found::Nothing;
            }
        }
        let (short, long) = match (beginning(&data[at..]), rest.first()) {
            (Some(value), Some(second)) => (
                &self.by_first_byte[usize::from(first << 4 | second)],
                self.by_beginning.get(&value).map_or(&[][..], Vec::as_slice),
            ),
            // The end of the data: few places, all patterns.
            _ => (&self.all, &[][..]),
        };
        let candidates = short.iter().chain(long);
        let mut whole: Option<(&Arc<Pattern>, usize)> = None;
        let mut cut: Option<(&Arc<Pattern>, usize)> = None;
        for pattern in candidates.filter(|pattern| at.is_multiple_of(2) || pattern.form == Form::Bcd) {
            let agreed = pattern.agreement(&data[at..]);
            if agreed == pattern.len() {
                keep_longer(&mut whole, pattern, agreed);
            } else if agreed > 0 && at + agreed == data.len() && !end {
                return Found::Open;
            } else {
                let agreed = if pattern.form == Form::Bcd { agreed } else { agreed & !1 };
                if agreed >= pattern.shape.floor {
                    keep_longer(&mut cut, pattern, agreed);
                }
            }
        }
        whole.or(cut).map_or(Found::Nothing, |(pattern, length)| Found::Secret(Arc::clone(pattern), length))
    }
}

fn keep_longer<'a>(best: &mut Option<(&'a Arc<Pattern>, usize)>, pattern: &'a Arc<Pattern>, length: usize) {
    if best.is_none_or(|(_, longest)| length > longest) {
        *best = Some((pattern, length));
    }
}

/// Each secret in each form that it is looked for in through a lens.
fn through<'a>(
    secrets: impl Iterator<Item = &'a Arc<Secret>>,
    lens: Lens,
) -> impl Iterator<Item = (&'a Arc<Secret>, Form)> {
    let pairs = secrets.flat_map(|secret| Form::all().map(move |form| (secret, form)));
    pairs.filter(move |(secret, form)| !secret.is_trivial() && is_searched(lens, secret, *form))
}

/// Each of `here` in each form but a PIN block, and the PIN blocks of `all`.
fn on_slot<'a>(
    here: impl Iterator<Item = &'a Arc<Secret>>,
    all: &'a [Arc<Secret>],
) -> impl Iterator<Item = (&'a Arc<Secret>, Form)> {
    let forms = || Form::all().filter(|form| *form != Form::PinBlock);
    let own = here.flat_map(move |secret| forms().map(move |form| (secret, form)));
    let blocks = all.iter().map(|secret| (secret, Form::PinBlock));
    own.chain(blocks).filter(|(secret, _)| !secret.is_trivial())
}

/// A few packed digits are met by chance in any text, so that short values are packed on binary lines only. Long ones are
/// looked for in packed and raw form on text lines too: what is no text is written in hex, where they could be read.
fn is_searched(lens: Lens, secret: &Secret, form: Form) -> bool {
    match lens {
        Lens::Withheld => false,
        Lens::Binary | Lens::Frames | Lens::Slot => form != Form::PinBlock,
        Lens::Text => form.is_text() || secret.kind() != SecretKind::Pin,
    }
}
