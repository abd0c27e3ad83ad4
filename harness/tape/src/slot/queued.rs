//! Symbols that wait to be told.

use zeroize::{Zeroize, Zeroizing};

use super::convention::Convention;
use crate::form::bytes_to_nibbles;
use crate::piece::{Piece, PieceBuilder};
use crate::token::Token;

/// The tokens of a character's high and low half.
pub(crate) type Cover = [Option<Token>; 2];

/// Which other character says what this one should have said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Twin {
    #[default]
    None,
    /// The one before it in its direction.
    Before,
    /// This one, which came later.
    Later(u64),
}

/// A symbol that waits.
pub(crate) struct Queued {
    /// As it went over the line.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// What it says, where it is a character.
    pub(crate) value: Option<u8>,
    pub(crate) convention: Convention,
    /// How many searches have not decided.
    pub(crate) searched: u8,
    /// How many others keep it waiting: a block that is not whole, a character that may come again.
    pub(crate) held: u8,
    /// What each search has found.
    pub(crate) covers: [Cover; 2],
    /// What outweighs them.
    pub(crate) fixed: Option<[Token; 2]>,
    pub(crate) twin: Twin,
    /// Whether a block of T=1 begins with it.
    pub(crate) begins: bool,
    /// Whether it is a check character over what came since then.
    pub(crate) checks: bool,
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl Queued {
    /// One that is no character.
    pub(crate) fn control(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self::new(bytes, None, Convention::Direct, Twin::None)
    }

    /// One that says `value`.
    pub(crate) fn character(
        bytes: Zeroizing<Vec<u8>>,
        value: u8,
        convention: Convention,
        twin: Twin,
    ) -> Self {
        Self::new(bytes, Some(value), convention, twin)
    }

    fn new(bytes: Zeroizing<Vec<u8>>, value: Option<u8>, convention: Convention, twin: Twin) -> Self {
        Self {
            bytes,
            value,
            convention,
            searched: 0,
            held: 0,
            covers: Default::default(),
            fixed: None,
            twin,
            begins: false,
            checks: false,
        }
    }

    /// The tokens of its halves.
    pub(crate) fn cover(&self) -> Cover {
        if let Some([high, low]) = &self.fixed {
            return [Some(high.clone()), Some(low.clone())];
        }
        // A search in data alone knows more than one in all characters.
        let [all, data] = &self.covers;
        [0, 1].map(|half| data[half].clone().or_else(|| all[half].clone()))
    }
}

/// What a character of `value` says, as pieces.
pub(crate) fn pieces(cover: &Cover, value: u8) -> Vec<Piece> {
    let mut pieces = PieceBuilder::default();
    for (token, nibble) in cover.iter().zip(bytes_to_nibbles(&[value])) {
        match token {
            Some(token) => pieces.token(token.clone()),
            None => pieces.plain(&[nibble]),
        }
    }
    pieces.finish()
}
