//! A command done, its answer said in blocks.

use tokio::time::Instant;
use zeroize::Zeroizing;

use super::state::T1;
use crate::chip::{
    CardFault, ChipCard, Storm,
    slot::{Interrupt, Wire},
    transport::{Block, Kind, Supervisory, t0::STORM},
};

impl T1<'_> {
    /// Has the card do a command, and begins the answer.
    pub(super) async fn run(
        &mut self,
        wire: &mut Wire<'_, '_>,
        card: &mut dyn ChipCard,
        command: &[u8],
    ) -> Result<(), Interrupt> {
        if let Some(size) = self.settings.ifs.filter(|size| (1..=254).contains(size))
            && !std::mem::replace(&mut self.has_asked, true)
        {
            self.ask(wire, Supervisory::Ifs, &[size]).await?;
            self.ifsc = size.into();
        }
        let since = Instant::now();
        let answer = self.think(wire, card, command).await?;
        if let Some(storm) = wire.storm() {
            self.storm(wire, storm).await?;
        }
        wire.before_answer(since).await?;
        for (is_due, what) in
            [(wire.aborts(), Supervisory::Abort), (wire.resynchronises(), Supervisory::Resynch)]
        {
            if is_due {
                return self.send(wire, Block::new(Kind::Request(what), &[])).await;
            }
        }
        if answer.len() < 2 {
            return Err(CardFault::Reader("the card's answer has no status".into()).into());
        }
        self.is_endless = wire.is_endless();
        self.answer = Some(answer);
        self.send_part(wire).await
    }

    /// Waits for the card, and asks for more time meanwhile.
    async fn think(
        &mut self,
        wire: &mut Wire<'_, '_>,
        card: &mut dyn ChipCard,
        command: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Interrupt> {
        let patience = wire.timing.block_waiting() * 3 / 5;
        let multiplier = self.multiplier();
        let mut work = card.transmit(command);
        let mut until = Instant::now() + patience;
        loop {
            let until_now = wire.late().is_none().then_some(until);
            if let Some(answer) = wire.attend(&mut work, until_now).await? {
                return Ok(Zeroizing::new(answer?));
            }
            self.ask(wire, Supervisory::Wtx, &[multiplier]).await?;
            until = Instant::now() + patience * multiplier.into();
        }
    }

    async fn storm(&mut self, wire: &mut Wire<'_, '_>, storm: Storm) -> Result<(), Interrupt> {
        let mut left = storm.count;
        while left != Some(0) {
            self.ask(wire, Supervisory::Wtx, &[self.multiplier()]).await?;
            wire.sleep_until(Instant::now() + STORM).await?;
            left = left.map(|left| left - 1);
        }
        Ok(())
    }

    /// Sends an S-request until its response comes.
    async fn ask(&mut self, wire: &mut Wire<'_, '_>, what: Supervisory, inf: &[u8]) -> Result<(), Interrupt> {
        loop {
            self.send(wire, Block::new(Kind::Request(what), inf)).await?;
            if let Ok(block) = self.receive(wire).await?
                && block.kind() == Kind::Response(what)
                && block.inf == inf
            {
                return Ok(());
            }
        }
    }

    /// Sends the next part of the answer.
    pub(super) async fn send_part(&mut self, wire: &mut Wire<'_, '_>) -> Result<(), Interrupt> {
        let Some(answer) = &mut self.answer else { return Ok(()) };
        let part = if self.is_endless {
            Zeroizing::new(vec![0; self.ifsd])
        } else {
            let size = self.ifsd.min(answer.len());
            Zeroizing::new(answer.drain(..size).collect::<Vec<u8>>())
        };
        let more = self.is_endless || !answer.is_empty();
        let block = Block::new(Kind::Information { sequence: self.next, more }, &part);
        self.next = !self.next;
        self.send(wire, block).await
    }

    const fn multiplier(&self) -> u8 {
        if self.settings.wtx == 0 { 1 } else { self.settings.wtx }
    }
}
