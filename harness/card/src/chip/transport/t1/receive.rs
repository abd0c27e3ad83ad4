//! Blocks of the terminal, character by character.

use tokio::time::Instant;

use super::state::T1;
use crate::chip::{
    slot::{Interrupt, Wire},
    transport::{Block, Kind},
};

/// Why a block is wanted again: the error of an R-block.
pub(super) const HARMED: u8 = 1;
pub(super) const WRONG: u8 = 2;

impl T1<'_> {
    /// The next block, or why it is none.
    pub(super) async fn receive(&mut self, wire: &mut Wire<'_, '_>) -> Result<Result<Block, u8>, Interrupt> {
        let nad = match self.first.take() {
            Some(first) => first,
            None => wire.hear_one().await?,
        };
        let Some(pcb) = next(wire).await? else { return Ok(Err(WRONG)) };
        self.count(wire, pcb);
        let Some(length) = next(wire).await? else { return Ok(Err(WRONG)) };
        let mut sum = nad ^ pcb ^ length;
        let mut block = Block { nad, pcb, inf: Vec::with_capacity(length.into()) };
        for _ in 0..length {
            let Some(character) = next(wire).await? else { return Ok(Err(WRONG)) };
            sum ^= character;
            block.inf.push(character);
        }
        let Some(edc) = next(wire).await? else { return Ok(Err(WRONG)) };
        if sum != edc {
            // What harmed it may have harmed its length: the card listens until the contact is quiet.
            while next(wire).await?.is_some() {}
            return Ok(Err(HARMED));
        }
        // EMV has one node on each side.
        if length == 0xFF || nad != 0 || !self.is_known(&block) {
            return Ok(Err(WRONG));
        }
        Ok(Ok(block))
    }

    /// The first block of a command begins it, once.
    fn count(&mut self, wire: &mut Wire<'_, '_>, pcb: u8) {
        let begins = matches!(Kind::of(pcb), Kind::Information { sequence, .. } if sequence == self.expected);
        if begins && self.command.is_empty() && !self.is_counted {
            self.is_counted = true;
            wire.begin_command(2);
        }
    }

    fn is_known(&self, block: &Block) -> bool {
        match block.kind() {
            Kind::Information { .. } => block.inf.len() <= self.ifsc,
            Kind::Receive { .. } => block.inf.is_empty(),
            Kind::Request(what) | Kind::Response(what) => block.inf.len() == what.length(),
            Kind::Unknown => false,
        }
    }
}

/// The next character of a block; nothing where it does not come within CWT.
async fn next(wire: &mut Wire<'_, '_>) -> Result<Option<u8>, Interrupt> {
    let until = Instant::now() + wire.timing.character_waiting();
    wire.hear(Some(until)).await
}
