//! Where data stand in T=1: the information fields of I-blocks, joined over a chain (ISO/IEC 7816-3, 11).

use zeroize::Zeroizing;

/// What a character is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The first one of a block.
    Begins,
    /// Another one of the prologue.
    Prologue,
    /// One of the information field.
    Information {
        /// The first one of it: what it follows in its chain.
        follows: Option<Follows>,
    },
    /// The LRC: whether it is right.
    Check(bool),
}

/// What an information field follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// The field that was there last.
    Last,
    /// Another one, or nothing: [`T1::context`] tells.
    Context,
}

/// What the last whole I-blocks of one direction said.
#[derive(Default)]
struct Chain {
    /// The fields before the last one.
    before: Zeroizing<Vec<u8>>,
    last: Zeroizing<Vec<u8>>,
    /// N(S) of the last one.
    number: Option<bool>,
    /// Whether it goes on.
    more: bool,
}

/// The blocks of one direction.
#[derive(Default)]
pub(crate) struct T1 {
    prologue: Vec<u8>,
    /// How many characters of the information field are left.
    left: usize,
    check: u8,
    chain: Chain,
    /// What was sent of the chain, this block's field included.
    message: Zeroizing<Vec<u8>>,
    /// How many of these came before this block.
    context: usize,
    /// Whether the field that was there last is one of the chain's.
    clean: bool,
}

const PROLOGUE: usize = 3;
/// A message is no longer; noise may go on forever.
const LONGEST: usize = 65_536;

impl T1 {
    /// Takes a character's value; with `trusting`, every LRC is right.
    pub(crate) fn push(&mut self, value: u8, trusting: bool) -> Place {
        if self.prologue.len() < PROLOGUE {
            self.prologue.push(value);
            self.check ^= value;
            if self.prologue.len() == 1 {
                return Place::Begins;
            }
            if self.prologue.len() == PROLOGUE {
                self.left = usize::from(value);
            }
            return Place::Prologue;
        }
        if self.left == 0 {
            return Place::Check(self.end(trusting || self.check == value));
        }
        self.check ^= value;
        let first = self.left == usize::from(self.prologue[2]);
        let follows = first.then(|| self.begin_field());
        self.left -= 1;
        self.message.push(value);
        Place::Information { follows }
    }

    /// The block ends here: the other side speaks. Whether one had begun.
    pub(crate) fn interrupt(&mut self) -> bool {
        let begun = !self.prologue.is_empty();
        self.clean &= !begun;
        self.prologue.clear();
        (self.left, self.check) = (0, 0);
        begun
    }

    /// Whether the last whole I-block says that its message goes on.
    pub(crate) fn goes_on(&self) -> bool {
        self.chain.more
    }

    /// What was sent of the chain before this block.
    pub(crate) fn context(&self) -> &[u8] {
        &self.message[..self.context.min(self.message.len())]
    }

    /// What was sent of the chain, up to the last character taken.
    pub(crate) fn message(&self) -> &[u8] {
        &self.message
    }

    fn control(&self) -> u8 {
        self.prologue.get(1).copied().unwrap_or_default()
    }

    /// N(S) of the block and whether it is chained, where it is an I-block.
    fn information(&self) -> Option<(bool, bool)> {
        let control = self.control();
        (control & 0x80 == 0).then_some((control & 0x40 != 0, control & 0x20 != 0))
    }

    /// Which bytes the field follows: a block that comes again follows what it followed before.
    fn begin_field(&mut self) -> Follows {
        let chain = &self.chain;
        let again = self.information().is_some_and(|(number, _)| chain.number == Some(number));
        let next = self.information().is_some() && !again && chain.more;
        self.message = match (again, next) {
            (true, _) => chain.before.clone(),
            (_, true) => Zeroizing::new([&chain.before[..], &chain.last[..]].concat()),
            _ => Zeroizing::default(),
        };
        self.context = self.message.len();
        if next && std::mem::take(&mut self.clean) { Follows::Last } else { Follows::Context }
    }

    /// Takes the LRC. The chain has grown by a whole block only.
    fn end(&mut self, right: bool) -> bool {
        let empty = self.prologue[2] == 0;
        if let (true, Some((number, more))) = (right, self.information()) {
            if empty {
                self.begin_field();
            }
            let (before, last) = self.message.split_at(self.context.min(self.message.len()));
            let before = if self.message.len() > LONGEST { &[][..] } else { before };
            let (before, last) = (Zeroizing::new(before.to_vec()), Zeroizing::new(last.to_vec()));
            self.chain = Chain { before, last, number: Some(number), more };
            self.clean = !empty;
        } else if !empty {
            self.clean = false;
        }
        self.prologue.clear();
        self.check = 0;
        right
    }
}
