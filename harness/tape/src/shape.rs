//! A secret's value in one form, with all that a search needs of it.

use std::array;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use crate::form::Form;
use crate::secret::Secret;

/// A value as it is written in one form. Nibbles are the unit because packed digits may begin in either half of a byte.
pub(crate) struct Shape {
    pub(crate) nibbles: Zeroizing<Vec<u8>>,
    /// Which bits of a nibble count; letters in hex count in either case.
    pub(crate) masks: Vec<u8>,
    /// The same form of the value with zeros for all that must not be shown.
    pub(crate) hidden: Vec<u8>,
    /// A beginning of this many nibbles is told as a token even when the rest does not follow.
    pub(crate) floor: usize,
    /// The first four nibbles with which something that is told as a token may begin.
    pub(crate) prefixes: Vec<u16>,
    /// All that it may begin with, as many nibbles as [`beginning`] takes: letters in hex have either case. Nothing where fewer are told as a
    /// token, so that not all of them need agree.
    pub(crate) beginnings: Vec<u32>,
}

impl Shape {
    /// Nothing where the form makes no sense for the secret or adds nothing.
    fn new(secret: &Secret, form: Form) -> Option<Self> {
        let nibbles = Zeroizing::new(form.nibbles(secret, secret.value())?);
        let hidden = form.nibbles(secret, &secret.hidden_value())?;
        let masks = case_masks(form, &nibbles);
        let floor = if form == Form::PinBlock {
            // The control field and the length are nobody's.
            2 + secret.harmless_prefix() + 1
        } else {
            (nibbles.len() * (secret.harmless_prefix() + 1)).div_ceil(secret.value().len())
        };
        let prefixes = prefixes(&nibbles, &masks, floor);
        let beginnings = beginnings(&nibbles, &masks, floor);
        Some(Self { nibbles, masks, hidden, floor, prefixes, beginnings })
    }

    /// The bytes that it may begin with: two where that is a hex letter of either case.
    pub(crate) fn first_bytes(&self) -> impl Iterator<Item = u8> {
        let byte = self.nibbles.first().zip(self.nibbles.get(1)).map(|(high, low)| high << 4 | low);
        let other =
            self.masks.first().filter(|mask| **mask == CASE_MASK).and(byte).map(|byte| byte ^ CASE_BIT);
        byte.into_iter().chain(other)
    }
}

/// A secret's shapes, each made when it is first asked for. They follow from the secret and are no part of it: all are equal.
#[derive(Clone)]
pub(crate) struct Shapes([OnceLock<Option<Arc<Shape>>>; Form::COUNT]);

impl Shapes {
    /// The one in this form of the secret that these belong to.
    pub(crate) fn get(&self, secret: &Secret, form: Form) -> Option<Arc<Shape>> {
        let known = self.0.get(form.index())?;
        known.get_or_init(|| Shape::new(secret, form).map(Arc::new)).clone()
    }
}

impl Default for Shapes {
    fn default() -> Self {
        Self(array::from_fn(|_| OnceLock::new()))
    }
}

impl PartialEq for Shapes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Shapes {}

/// What tells upper from lower case in ASCII: bit 5 of the byte, bit 1 of its high nibble.
const CASE_BIT: u8 = 0x20;
const CASE_MASK: u8 = 0x0D;

/// Nibbles that are looked at before anything else.
pub(crate) const PREFIX: usize = 4;

/// Nibbles by which long patterns are told apart before they are compared.
const BEGINNING: usize = 6;

/// The first nibbles as one number, where there are as many.
pub(crate) fn beginning(nibbles: &[u8]) -> Option<u32> {
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

fn prefixes(nibbles: &[u8], masks: &[u8], floor: usize) -> Vec<u16> {
    let mut prefixes = vec![0];
    for at in 0..PREFIX {
        let fits = |value: &u16| match (nibbles.get(at), masks.get(at)) {
            (Some(own), Some(mask)) if at < floor => (*value ^ u16::from(*own)) & u16::from(*mask) == 0,
            _ => true,
        };
        let values: Vec<u16> = (0..16).filter(fits).collect();
        prefixes =
            prefixes.iter().flat_map(|head| values.iter().map(move |value| head << 4 | value)).collect();
    }
    prefixes
}

fn beginnings(nibbles: &[u8], masks: &[u8], floor: usize) -> Vec<u32> {
    if floor.min(nibbles.len()) < BEGINNING {
        return Vec::new();
    }
    let Some(own) = beginning(nibbles) else { return Vec::new() };
    let mut all = vec![own];
    for (at, mask) in masks.iter().take(BEGINNING).enumerate() {
        if *mask == CASE_MASK {
            // Bit 1 of the letter's high nibble.
            let bit = 0b10 << (4 * (BEGINNING - 1 - at));
            all.extend(all.clone().iter().map(|value| value ^ bit));
        }
    }
    all
}
