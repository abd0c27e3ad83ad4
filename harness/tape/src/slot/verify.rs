//! What a VERIFY command brings: a token, whatever it is.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::session::Desk;
use crate::form::{Form, bytes_to_nibbles};
use crate::lens::Direction::FromTerminal;
use crate::pattern::Pattern;
use crate::secret::{Secret, SecretKind};
use crate::secrets::Secrets;
use crate::token::Token;

/// Where the data of a command begin.
pub(crate) const DATA: usize = 5;
/// INS of VERIFY.
const VERIFY: u8 = 0x20;
/// P2 of VERIFY: the PIN is enciphered.
const ENCIPHERED: u8 = 0x88;
/// Bytes of an enciphered PIN at least: header, PIN block, the card's random number (EMV 4.3, Book 2, 7.2).
const SHORTEST_ENCIPHERED: u8 = 17;

/// Whether what follows a header may be a PIN in plain (EMV 4.3, Book 3, 6.5.12): that of any VERIFY, unless it says that it is enciphered and is
/// as long as that. A terminal may get class, reference and length of the command wrong, and the PIN right.
pub(crate) fn may_bring_pin(header: &[u8]) -> bool {
    matches!(*header, [_, VERIFY, _, p2, length, ..] if p2 != ENCIPHERED || length < SHORTEST_ENCIPHERED)
}

/// What of a VERIFY command has come.
#[derive(Default)]
pub(crate) struct Verify(Option<VerifyBlock>);

impl Verify {
    /// A block of which `values` went over the line before.
    pub(crate) fn resume(&mut self, values: &[u8]) {
        self.0 = Some(VerifyBlock { values: Zeroizing::new(values.to_vec()), symbols: Vec::new() });
    }

    /// The next character of the block waits for the last one.
    pub(crate) fn push(&mut self, desk: &mut Desk<'_>, symbol: u64, value: u8, last: bool) {
        desk.way(FromTerminal).hold(symbol);
        self.0.get_or_insert_default().push(symbol, value);
        if last {
            self.end(desk);
        }
    }

    /// Nothing more of a block comes.
    pub(crate) fn end(&mut self, desk: &mut Desk<'_>) {
        let Some(block) = self.0.take() else { return };
        for (symbol, tokens) in block.tokens(desk.secrets, desk.line) {
            desk.way(FromTerminal).fix(symbol, tokens);
            desk.way(FromTerminal).free(symbol);
        }
    }
}

/// A block as far as it has come.
#[derive(Default)]
struct VerifyBlock {
    values: Zeroizing<Vec<u8>>,
    /// The symbols that wait for it, each with its place in the block.
    symbols: Vec<(u64, usize)>,
}

impl VerifyBlock {
    fn push(&mut self, symbol: u64, value: u8) {
        self.symbols.push((symbol, self.values.len()));
        self.values.push(value);
    }

    /// The tokens of each waiting symbol, those of its high and low half.
    fn tokens(&self, secrets: &Secrets, line: &str) -> Vec<(u64, [Token; 2])> {
        let Some(pattern) = self.pattern(secrets, line) else { return Vec::new() };
        let one = |(symbol, at): &(u64, usize)| {
            (*symbol, [at * 2, at * 2 + 1].map(|from| Token::new(&pattern, from, 1, "")))
        };
        self.symbols.iter().map(one).collect()
    }

    /// The block of a PIN that is known, on whatever line, or one by itself.
    fn pattern(&self, secrets: &Secrets, line: &str) -> Option<Pattern> {
        let nibbles = Zeroizing::new(bytes_to_nibbles(&self.values));
        let is_block = |secret: &Arc<Secret>| {
            let block = Form::PinBlock.nibbles(secret, secret.value()).map(Zeroizing::new);
            secret.kind() == SecretKind::Pin && block.is_some_and(|block| block == nibbles)
        };
        match secrets.snapshot().iter().find(|secret| is_block(secret)) {
            Some(pin) => Pattern::new(pin, Form::PinBlock),
            None => Pattern::new(&secrets.verify(line, &self.values)?, Form::Raw),
        }
    }
}
