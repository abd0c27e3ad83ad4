//! The symbols on a slot's line: characters, and what DLE tells beside them.

use zeroize::Zeroizing;

use super::convention::DLE;

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A character, as it stands on the line.
    Character(u8),
    /// VCC on or off.
    Vcc(bool),
    /// RST high or low.
    Rst(bool),
    /// The character that follows came with a parity error.
    ParityError,
    /// The character before came with one, says who received it.
    ErrorSignal,
    /// A DLE that tells nothing: what follows it is looked at by itself.
    Stray,
}

/// A symbol with its bytes on the line.
pub(crate) struct Symbol {
    pub(crate) sign: Sign,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// What `bytes` begin with, and how many of them it is; `None` where more are needed to tell.
fn first(bytes: &[u8]) -> Option<(Sign, usize)> {
    Some(match *bytes {
        [] | [DLE] | [DLE, 0x52 | 0x56] => return None,
        [DLE, DLE, ..] => (Sign::Character(DLE), 2),
        [DLE, 0x50, ..] => (Sign::ParityError, 2),
        [DLE, 0x45, ..] => (Sign::ErrorSignal, 2),
        [DLE, 0x52, level @ (0 | 1), ..] => (Sign::Rst(level == 1), 3),
        [DLE, 0x56, level @ (0 | 1), ..] => (Sign::Vcc(level == 1), 3),
        [DLE, ..] => (Sign::Stray, 1),
        [character, ..] => (Sign::Character(character), 1),
    })
}

/// Takes the symbols of one direction out of its bytes. One that is cut belongs to the chunk that ends it: how a secret's characters are
/// escaped tells what they are.
#[derive(Default)]
pub(crate) struct Splitter {
    /// What has come of a symbol.
    begun: Zeroizing<Vec<u8>>,
    /// Symbols that nobody has taken yet.
    ready: Vec<Symbol>,
}

impl Splitter {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let mut rest = &all[..];
        while let Some((sign, length)) = first(rest) {
            let (symbol, after) = rest.split_at(length);
            self.ready.push(Symbol { sign, bytes: Zeroizing::new(symbol.to_vec()) });
            rest = after;
        }
        self.begun = Zeroizing::new(rest.to_vec());
    }

    /// Nothing more will come of a symbol that has begun.
    pub(crate) fn end(&mut self) {
        let begun = std::mem::take(&mut self.begun);
        let mut signs = begun.iter().map(|byte| match *byte {
            DLE => Symbol { sign: Sign::Stray, bytes: Zeroizing::new(vec![DLE]) },
            other => Symbol { sign: Sign::Character(other), bytes: Zeroizing::new(vec![other]) },
        });
        self.ready.extend(&mut signs);
    }

    /// How many symbols nobody has taken.
    pub(crate) fn ready(&self) -> usize {
        self.ready.len()
    }

    pub(crate) fn take(&mut self) -> Vec<Symbol> {
        std::mem::take(&mut self.ready)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signs(chunks: &[&[u8]]) -> Vec<Sign> {
        let mut splitter = Splitter::default();
        chunks.iter().for_each(|chunk| splitter.push(chunk));
        splitter.end();
        splitter.take().into_iter().map(|symbol| symbol.sign).collect()
    }

    #[test]
    fn each_escape_tells_its_own() {
        let line = b"\x10\x52\x00\x10\x56\x01\x10\x50\x62\x10\x45\x10\x10\x10\x99\x10\x52";
        let expected = [
            Sign::Rst(false),
            Sign::Vcc(true),
            Sign::ParityError,
            Sign::Character(0x62),
            Sign::ErrorSignal,
            Sign::Character(0x10),
            Sign::Stray,
            Sign::Character(0x99),
            Sign::Stray,
            Sign::Character(0x52),
        ];
        assert_eq!(signs(&[line]), expected);
    }

    proptest! {
        #[test]
        fn chunks_change_nothing_and_no_byte_is_lost(
            line in proptest::collection::vec(prop_oneof![Just(0x10), Just(0x52), Just(1_u8), any::<u8>()], 0..40),
            at in 0..40_usize,
        ) {
            let (head, tail) = line.split_at(at.min(line.len()));
            prop_assert_eq!(signs(&[head, tail]), signs(&[&line]));
            let mut splitter = Splitter::default();
            splitter.push(&line);
            splitter.end();
            let bytes: Vec<u8> = splitter.take().iter().flat_map(|symbol| symbol.bytes.to_vec()).collect();
            prop_assert_eq!(bytes, line);
        }
    }
}
