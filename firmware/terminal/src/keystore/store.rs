//! Two copies in battery-backed RAM, and the tamper latch beside them.
//!
//! A commit writes one copy, checks it, then writes the other. Before a copy's first byte changes its magic is erased,
//! and the magic is written last: whatever store the power cut falls behind, at least one copy is whole, and it holds
//! the old state or the new. Both copies are the same at rest, so that damage to one brings no older state back.

use super::image::{Copy, Image, MAGIC};
use super::secrets::Secrets;
use crate::ports::BatteryRam;

/// Offset of the second copy.
const COPY: usize = 4096;
/// Offset of the latch: the end of the second copy's region.
const LATCH_AT: usize = 2 * COPY - LATCH.len();
/// What the latch holds once the tamper switch was opened.
const LATCH: [u8; 16] = *b"PAYRIG-TAMPERED!";

/// The keys could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoreFailed;

/// The key store.
pub(crate) struct Keystore<B> {
    ram: B,
    secrets: Option<Secrets>,
    sequence: u32,
    /// The copy that was last seen whole; it is overwritten last.
    whole: usize,
}

impl<B: BatteryRam> Keystore<B> {
    /// Loads the newer whole copy and makes the other one equal to it.
    pub(crate) fn open(ram: B) -> Self {
        let mut store = Self { ram, secrets: None, sequence: 0, whole: 0 };
        let copies = [store.read(0), store.read(1)];
        let decoded = copies.each_ref().map(Image::decode);
        let newer = match &decoded {
            [Some(first), Some(second)] => usize::from(is_newer(second, first)),
            [None, Some(_)] => 1,
            _ => 0,
        };
        let [first, second] = decoded;
        let found = if newer == 0 { first } else { second };
        if let Some(Copy { sequence, secrets }) = found {
            store.whole = newer;
            store.sequence = sequence;
            store.secrets = Some(secrets);
            if copies[0] != copies[1] {
                store.write(1 - newer, &copies[newer]);
            }
        }
        store
    }

    /// What is kept; `None` when neither copy is whole.
    pub(crate) fn secrets(&self) -> Option<&Secrets> {
        self.secrets.as_ref()
    }

    /// Replaces everything at once.
    ///
    /// # Errors
    /// When what was written does not read back; the old state is then kept.
    pub(crate) fn commit(&mut self, secrets: Secrets) -> Result<(), StoreFailed> {
        let sequence = self.sequence.wrapping_add(1);
        let image = Image::encode(sequence, &secrets);
        let first = 1 - self.whole;
        self.write(first, &image);
        if self.read(first) != image {
            return Err(StoreFailed);
        }
        let second = self.whole;
        self.whole = first;
        self.sequence = sequence;
        self.secrets = Some(secrets);
        self.write(second, &image);
        Ok(())
    }

    /// Sets the latch, then erases both copies. Repeating it does no harm.
    ///
    /// The latch comes first, so that a power cut in between is made up for at the next boot.
    pub(crate) fn tamper(&mut self) {
        self.ram.write(LATCH_AT, &LATCH);
        for copy in 0..2 {
            self.ram.write(copy * COPY, &Image::empty().0);
        }
        self.secrets = None;
    }

    /// Whether the latch is set.
    pub(crate) fn is_tampered(&self) -> bool {
        let mut latch = [0; LATCH.len()];
        self.ram.read(LATCH_AT, &mut latch);
        latch == LATCH
    }

    fn read(&self, copy: usize) -> Image {
        let mut image = Image::empty();
        self.ram.read(copy * COPY, &mut image.0);
        image
    }

    /// Erases the magic, writes the rest, and the magic last.
    fn write(&mut self, copy: usize, image: &Image) {
        let at = copy * COPY;
        let (magic, rest) = image.0.split_at(MAGIC.len());
        self.ram.write(at, &[0; MAGIC.len()]);
        self.ram.write(at + MAGIC.len(), rest);
        self.ram.write(at, magic);
    }
}

/// Sequence numbers wrap.
fn is_newer(one: &Copy, other: &Copy) -> bool {
    one.sequence.wrapping_sub(other.sequence).cast_signed() > 0
}
