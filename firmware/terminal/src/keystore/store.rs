//! Two copies in battery-backed RAM, and the tamper latch beside them.
//!
//! A commit writes one copy, checks it, then writes the other. Before a copy's first byte changes its magic is erased,
//! and the magic is written last: whatever store the power cut falls behind, at least one copy is whole, and it holds
//! the old state or the new. Both copies are the same at rest, so that damage to one brings no older state back.

use super::image::{Copy, Image, MAGIC};
use super::secrets::Secrets;
use crate::clock::DateTime;
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

/// What a key store holds, but for the keys: those are read whenever one is used, so that none is in RAM between two uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) has_tmk: bool,
    pub(crate) has_working_keys: bool,
    pub(crate) batch: u32,
    /// Of the sign-on that brought the working keys, where it is known.
    pub(crate) signed_on_at: Option<DateTime>,
}

impl Contents {
    fn of(secrets: &Secrets) -> Self {
        Self {
            has_tmk: secrets.tmk().is_some(),
            has_working_keys: secrets.working().is_some(),
            batch: secrets.batch(),
            signed_on_at: secrets.signed_on_at(),
        }
    }
}

/// The key store.
pub(crate) struct Keystore<B> {
    ram: B,
    contents: Option<Contents>,
    sequence: u32,
    /// The copy that was last seen whole; it is overwritten last.
    whole: usize,
}

impl<B: BatteryRam> Keystore<B> {
    /// Loads the newer whole copy and makes the other one equal to it.
    pub(crate) fn open(ram: B) -> Self {
        let mut store = Self { ram, contents: None, sequence: 0, whole: 0 };
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
            store.contents = Some(Contents::of(&secrets));
            if copies[0] != copies[1] {
                store.write(1 - newer, &copies[newer]);
            }
        }
        store
    }

    /// What is kept, but for the keys; `None` when neither copy is whole.
    pub(crate) fn contents(&self) -> Option<&Contents> {
        self.contents.as_ref()
    }

    /// What is kept, read anew: of a copy that was lost in the meantime, the other one.
    pub(crate) fn secrets(&self) -> Option<Secrets> {
        self.contents?;
        let copy = self.read(self.whole).decode().or_else(|| self.read(1 - self.whole).decode());
        copy.map(|copy| copy.secrets)
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
        self.contents = Some(Contents::of(&secrets));
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
        self.contents = None;
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

#[cfg(test)]
pub(crate) mod tests {
    use super::{COPY, Keystore, LATCH_AT, StoreFailed};
    use crate::clock::DateTime;
    use crate::crypto::keys::{Key8, Key16};
    use crate::crypto::working_keys::{MacKey, PinKey, TrackKey, WorkingKeys};
    use crate::keystore::image::IMAGE;
    use crate::keystore::image::tests::of_earlier_layouts;
    use crate::keystore::secrets::Secrets;
    use crate::ports::BatteryRam;
    use proptest::prelude::*;
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::vec;
    use std::vec::Vec;

    /// RAM that takes so many stores of a byte and then no more: the power is gone.
    #[derive(Clone)]
    pub(crate) struct CutRam {
        bytes: Rc<RefCell<Vec<u8>>>,
        stores_left: Rc<RefCell<usize>>,
    }

    impl CutRam {
        fn new(bytes: Vec<u8>, stores: usize) -> Self {
            Self { bytes: Rc::new(RefCell::new(bytes)), stores_left: Rc::new(RefCell::new(stores)) }
        }

        pub(crate) fn blank() -> Self {
            Self::new(vec![0; 2 * COPY], usize::MAX)
        }

        fn bytes(&self) -> Vec<u8> {
            self.bytes.borrow().clone()
        }
    }

    impl BatteryRam for CutRam {
        fn capacity(&self) -> usize {
            self.bytes.borrow().len()
        }

        fn read(&self, offset: usize, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.bytes.borrow()[offset..offset + bytes.len()]);
        }

        fn write(&mut self, offset: usize, bytes: &[u8]) {
            for (byte, at) in bytes.iter().zip(offset..) {
                let mut left = self.stores_left.borrow_mut();
                let Some(fewer) = left.checked_sub(1) else { return };
                *left = fewer;
                self.bytes.borrow_mut()[at] = *byte;
            }
        }
    }

    pub(crate) fn factory() -> Secrets {
        Secrets::new("30600000290210015708".try_into().unwrap(), *b"0000290210015708", key(1))
    }

    pub(crate) fn key(seed: u8) -> Key16 {
        Key16::take(&mut [seed; 16])
    }

    pub(crate) fn working(seed: u8) -> WorkingKeys {
        let mak = MacKey::Single(Key8::take(&mut [seed + 1; 8]));
        WorkingKeys { pik: PinKey::Double(key(seed)), mak, tdk: Some(TrackKey::Double(key(seed + 2))) }
    }

    /// Working keys of the single-length scheme.
    pub(crate) fn single(seed: u8) -> WorkingKeys {
        let [pik, mak] = [seed, seed + 1].map(|seed| Key8::take(&mut [seed; 8]));
        WorkingKeys { pik: PinKey::Single(pik), mak: MacKey::Single(mak), tdk: None }
    }

    /// Working keys of an SM4 scheme.
    pub(crate) fn sm4(seed: u8) -> WorkingKeys {
        let [pik, mak, tdk] = [seed, seed + 1, seed + 2].map(key);
        WorkingKeys { pik: PinKey::Sm4(pik), mak: MacKey::Sm4(mak), tdk: Some(TrackKey::Sm4(tdk)) }
    }

    /// The life of a terminal: every state that a commit leads to. Each sign-on brings another batch, so that a state
    /// with the keys of one and the batch of another is a third state; each brings keys of another scheme, so that a state
    /// with the keys of two is one, too.
    fn states() -> [Secrets; 6] {
        let keyed = factory().with_master_key(key(9));
        let moment = |date| DateTime::date(date).unwrap();
        let signed_on = keyed.with_working_keys(working(20)).with_batch(519);
        let rotated =
            signed_on.with_working_keys(single(40)).with_batch(520).with_sign_on_at(moment(b"1231"));
        let again = rotated.with_working_keys(sm4(60)).with_batch(999_999);
        let again = again.with_sign_on_at(moment(b"0101"));
        let new_tmk = again.with_master_key(key(8));
        [factory(), keyed, signed_on, rotated, again, new_tmk]
    }

    /// Opens a store on a copy of these bytes, with full power.
    fn found(bytes: &[u8]) -> Option<Secrets> {
        Keystore::open(CutRam::new(bytes.to_vec(), usize::MAX)).secrets()
    }

    fn has(bytes: &[u8], key: &[u8]) -> bool {
        bytes.windows(key.len()).any(|window| window == key)
    }

    #[test]
    fn a_power_cut_at_any_store_leaves_the_old_state_or_the_new() {
        let mut at_rest = CutRam::blank().bytes();
        let mut old = None;
        let (mut cuts, mut mends) = (0, 0);
        for (index, new) in states().into_iter().enumerate() {
            let mut before_commit = 0;
            for stores in 0.. {
                let ram = CutRam::new(at_rest.clone(), stores);
                let _ = Keystore::open(ram.clone()).commit(new.clone());
                cuts += 1;
                let loaded = found(&ram.bytes());
                assert!(
                    loaded == old || loaded.as_ref() == Some(&new),
                    "cut behind store {stores}: a third state"
                );
                before_commit += usize::from(loaded == old);
                // Once is enough: it is the slow part, and every commit leaves the same kinds of half copies.
                if index == 3 {
                    mends += cut_the_mending(&ram.bytes(), &loaded);
                }
                if *ram.stores_left.borrow() > 0 {
                    at_rest = ram.bytes();
                    break;
                }
            }
            assert!(before_commit > IMAGE, "the first copy's stores come before the commit point");
            assert_eq!(found(&at_rest).as_ref(), Some(&new));
            old = Some(new);
        }
        std::println!(
            "key store: {cuts} cut points in 6 commits, {mends} more while the next boot mends the copies"
        );
        assert!(cuts >= 6 * 2 * IMAGE);
    }

    /// A board whose copies are of an earlier layout keeps its keys, until the next commit replaces both, wherever that is
    /// cut.
    #[test]
    fn copies_of_an_earlier_layout_are_replaced_at_once_or_not_at_all() {
        for (copy, old) in of_earlier_layouts(0xA5) {
            let kept = CutRam::blank();
            for at in [0, COPY] {
                kept.bytes.borrow_mut()[at..at + IMAGE].copy_from_slice(&copy.0);
            }
            let new = old.with_working_keys(working(40)).with_batch(520);
            assert_eq!(found(&kept.bytes()).as_ref(), Some(&old));
            let mut outcomes = [0, 0];
            for stores in 0.. {
                let ram = CutRam::new(kept.bytes(), stores);
                let _ = Keystore::open(ram.clone()).commit(new.clone());
                let loaded = found(&ram.bytes());
                let is_new = loaded.as_ref() == Some(&new);
                assert!(is_new || loaded.as_ref() == Some(&old), "cut behind store {stores}");
                outcomes[usize::from(is_new)] += 1;
                cut_the_mending(&ram.bytes(), &loaded);
                if *ram.stores_left.borrow() > 0 {
                    assert!(!has(&ram.bytes(), &[20; 8]), "the old keys are still there");
                    break;
                }
            }
            assert!(outcomes.iter().all(|count| *count > IMAGE), "{outcomes:?}");
        }
    }

    /// Cuts the power a second time, at any store of the boot that makes both copies equal again.
    fn cut_the_mending(bytes: &[u8], loaded: &Option<Secrets>) -> usize {
        for stores in 0.. {
            let ram = CutRam::new(bytes.to_vec(), stores);
            assert_eq!(Keystore::open(ram.clone()).secrets().as_ref(), loaded.as_ref());
            assert_eq!(&found(&ram.bytes()), loaded, "second cut behind store {stores}");
            if *ram.stores_left.borrow() > 0 {
                return stores;
            }
        }
        unreachable!()
    }

    #[test]
    fn what_was_replaced_is_in_neither_copy() {
        let ram = CutRam::blank();
        let mut store = Keystore::open(ram.clone());
        for state in states() {
            store.commit(state).unwrap();
        }
        for seed in [20, 40, 60] {
            assert!(!has(&ram.bytes(), &[seed; 8]), "working keys of seed {seed} are still there");
        }
        assert!(!has(&ram.bytes(), &[9; 16]), "the old TMK is still there");
        assert_eq!(ram.bytes()[..IMAGE], ram.bytes()[COPY..COPY + IMAGE]);
    }

    #[test]
    fn tamper_erases_every_key_at_whatever_store_it_is_cut() {
        let ram = CutRam::blank();
        Keystore::open(ram.clone()).commit(states()[2].clone()).unwrap();
        for stores in 0.. {
            let cut = CutRam::new(ram.bytes(), stores);
            Keystore::open(cut.clone()).tamper();
            let over = *cut.stores_left.borrow() > 0;
            let mut again = Keystore::open(CutRam::new(cut.bytes(), usize::MAX));
            if again.is_tampered() {
                again.tamper();
                assert!(again.secrets().is_none());
                let bytes = again.ram.bytes();
                assert!(bytes[..LATCH_AT].iter().all(|byte| *byte == 0), "cut behind store {stores}");
            } else {
                assert!(stores < 16, "the latch was written first");
                assert_eq!(again.secrets(), Some(states()[2].clone()));
            }
            if over {
                break;
            }
        }
    }

    #[test]
    fn memory_that_does_not_keep_what_is_written_is_an_error() {
        let ram = CutRam::blank();
        let mut store = Keystore::open(ram.clone());
        store.commit(factory()).unwrap();
        *ram.stores_left.borrow_mut() = 10;
        assert_eq!(store.commit(states()[1].clone()), Err(StoreFailed));
        assert_eq!(store.secrets(), Some(factory()));
        assert_eq!(found(&ram.bytes()), Some(factory()));
    }

    #[test]
    fn the_sequence_number_wraps() {
        let ram = CutRam::blank();
        let mut store = Keystore::open(ram.clone());
        store.sequence = u32::MAX - 1;
        for state in states() {
            store.commit(state.clone()).unwrap();
            assert_eq!(found(&ram.bytes()), Some(state));
        }
        // A cut between the copies: the one with the wrapped number is the newer.
        store.sequence = u32::MAX;
        let cut = CutRam::new(ram.bytes(), usize::MAX);
        let mut store = Keystore::open(cut.clone());
        store.sequence = u32::MAX - 1;
        store.commit(states()[0].clone()).unwrap();
        *cut.stores_left.borrow_mut() = IMAGE + 4;
        let _ = store.commit(states()[1].clone());
        assert_eq!(found(&cut.bytes()), Some(states()[1].clone()));
    }

    proptest! {
        #[test]
        fn flipped_bits_never_make_a_third_state(
            flips in prop::collection::vec((0..2_usize, 0..IMAGE, 0..8_u32), 1..12),
            commits in 1..6_usize,
            cut in prop::option::of(0..2 * IMAGE),
        ) {
            let ram = CutRam::blank();
            let mut store = Keystore::open(ram.clone());
            for state in &states()[..commits] {
                store.commit(state.clone()).unwrap();
            }
            let old = states()[commits - 1].clone();
            let mut allowed = vec![None, Some(old)];
            if let Some(cut) = cut {
                *ram.stores_left.borrow_mut() = cut;
                let _ = store.commit(states()[commits].clone());
                allowed.push(Some(states()[commits].clone()));
            }
            let mut bytes = ram.bytes();
            for (copy, at, bit) in flips {
                bytes[copy * COPY + at] ^= 1 << bit;
            }
            prop_assert!(allowed.contains(&found(&bytes)));
        }

        #[test]
        fn any_memory_is_loaded_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 2 * COPY)) {
            prop_assert_eq!(found(&bytes), None);
        }
    }
}
