//! What the search looks for: each secret in each form, as nibbles.

use std::{collections::HashMap, sync::Arc};

use zeroize::Zeroizing;

use crate::form::Form;
use crate::lens::Lens;
use crate::secret::{Secret, SecretKind};

/// One secret in one form. Nibbles are the unit because packed digits may begin in either half of a byte.
pub(crate) struct Pattern {
    pub(crate) secret: Arc<Secret>,
    pub(crate) form: Form,
    nibbles: Zeroizing<Vec<u8>>,
    /// Which bits of a nibble count; letters in hex count in either case.
    masks: Vec<u8>,
    /// The same form of the value with zeros for all that must not be shown.
    pub(crate) hidden: Vec<u8>,
    /// A beginning of this many nibbles is told as a token even when the rest does not follow.
    floor: usize,
}

impl Pattern {
    pub(crate) fn new(secret: &Arc<Secret>, form: Form) -> Option<Self> {
        let nibbles = Zeroizing::new(form.nibbles(secret, secret.value())?);
        let hidden = form.nibbles(secret, &secret.hidden_value())?;
        let masks = case_masks(form, &nibbles);
        let floor = (nibbles.len() * (secret.harmless_prefix() + 1)).div_ceil(secret.value().len());
        Some(Self { secret: Arc::clone(secret), form, nibbles, masks, hidden, floor })
    }

    pub(crate) fn len(&self) -> usize {
        self.nibbles.len()
    }

    /// How many nibbles of `data` agree with the pattern's beginning.
    fn agreement(&self, data: &[u8]) -> usize {
        let pairs = data.iter().zip(self.nibbles.iter()).zip(&self.masks);
        pairs.take_while(|((data, own), mask)| (**data ^ **own) & **mask == 0).count()
    }

    /// The first four nibbles with which something that is told as a token may begin.
    fn prefixes(&self) -> Vec<u16> {
        let mut prefixes = vec![0];
        for at in 0..PREFIX {
            let fits = |value: &u16| match (self.nibbles.get(at), self.masks.get(at)) {
                (Some(own), Some(mask)) if at < self.floor => {
                    (*value ^ u16::from(*own)) & u16::from(*mask) == 0
                }
                _ => true,
            };
            let values: Vec<u16> = (0..16).filter(fits).collect();
            prefixes =
                prefixes.iter().flat_map(|head| values.iter().map(move |value| head << 4 | value)).collect();
        }
        prefixes
    }

    /// The bytes that the pattern may begin with: two where that is a hex letter of either case.
    fn first_bytes(&self) -> impl Iterator<Item = u8> {
        let byte = self.nibbles.first().zip(self.nibbles.get(1)).map(|(high, low)| high << 4 | low);
        let other =
            self.masks.first().filter(|mask| **mask == CASE_MASK).and(byte).map(|byte| byte ^ CASE_BIT);
        byte.into_iter().chain(other)
    }

    /// All that the pattern may begin with, as many nibbles as [`beginning`] takes: letters in hex have either case. Nothing where fewer
    /// are told as a token, so that not all of them need agree.
    fn beginnings(&self) -> Vec<u32> {
        if self.floor.min(self.len()) < BEGINNING {
            return Vec::new();
        }
        let Some(own) = beginning(&self.nibbles) else { return Vec::new() };
        let mut all = vec![own];
        for (at, mask) in self.masks.iter().take(BEGINNING).enumerate() {
            if *mask == CASE_MASK {
                // Bit 1 of the letter's high nibble.
                let bit = 0b10 << (4 * (BEGINNING - 1 - at));
                all.extend(all.clone().iter().map(|value| value ^ bit));
            }
        }
        all
    }
}

/// What tells upper from lower case in ASCII: bit 5 of the byte, bit 1 of its high nibble.
const CASE_BIT: u8 = 0x20;
const CASE_MASK: u8 = 0x0D;

/// Nibbles that are looked at before anything else.
const PREFIX: usize = 4;

/// Nibbles by which long patterns are told apart before they are compared.
const BEGINNING: usize = 6;

/// The first nibbles as one number, where there are as many.
fn beginning(nibbles: &[u8]) -> Option<u32> {
    let first = nibbles.first_chunk::<BEGINNING>()?;
    Some(first.iter().fold(0, |value, nibble| value << 4 | u32::from(*nibble)))
}

/// Letters of forms in hex count in either case.
fn case_masks(form: Form, nibbles: &[u8]) -> Vec<u8> {
    let mut masks = vec![0x0F; nibbles.len()];
    if form.any_case() {
        for (pair, mask) in nibbles.chunks(2).zip(masks.chunks_mut(2)) {
            if pair[0] == 4 || pair[0] == 6 {
                mask[0] = CASE_MASK;
            }
        }
    }
    masks
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

impl PatternSet {
    /// The patterns that are looked for through `lens` on `line`; on no line in particular, those of secrets that are on all.
    pub(crate) fn new(secrets: &[Arc<Secret>], lens: Lens, line: Option<&str>) -> Self {
        Self::of(secrets.iter().filter(|secret| secret.is_on(line)), lens)
    }

    /// The patterns of all secrets, those of single lines included.
    pub(crate) fn everywhere(secrets: &[Arc<Secret>], lens: Lens) -> Self {
        Self::of(secrets.iter(), lens)
    }

    fn of<'a>(secrets: impl Iterator<Item = &'a Arc<Secret>>, lens: Lens) -> Self {
        let mut all = Vec::new();
        for secret in secrets.filter(|secret| !secret.is_trivial()) {
            let forms = Form::all().filter(|form| is_searched(lens, secret, *form));
            all.extend(forms.filter_map(|form| Pattern::new(secret, form)).map(Arc::new));
        }
        let mut begun = vec![0_u64; (1 << (4 * PREFIX)) / 64];
        let mut by_first_byte = vec![Vec::new(); 256];
        let mut by_beginning = HashMap::<_, Vec<_>>::new();
        for pattern in &all {
            pattern
                .prefixes()
                .into_iter()
                .for_each(|prefix| begun[usize::from(prefix / 64)] |= 1 << (prefix % 64));
            let beginnings = pattern.beginnings();
            if beginnings.is_empty() {
                pattern
                    .first_bytes()
                    .for_each(|byte| by_first_byte[usize::from(byte)].push(Arc::clone(pattern)));
            }
            for value in beginnings {
                by_beginning.entry(value).or_default().push(Arc::clone(pattern));
            }
        }
        Self { begun, by_first_byte, by_beginning, all }
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
                if agreed >= pattern.floor {
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

/// A few packed digits are met by chance in any text, so that short values are packed on binary lines only. Long ones are
/// looked for in packed and raw form on text lines too: what is no text is written in hex, where they could be read.
fn is_searched(lens: Lens, secret: &Secret, form: Form) -> bool {
    match lens {
        Lens::Withheld => false,
        Lens::Binary | Lens::Frames => true,
        Lens::Text => form.is_text() || secret.kind() != SecretKind::Pin,
    }
}
