//! The states in which the terminal is cut.

use std::time::Duration;

use payrig_keys::Key;
use payrig_rig::Board;

use crate::{
    fault::{Fault, check},
    memory::Memory,
    rig::{Rig, Site},
    world::{Parts, Request, Shown},
};

/// Boots after which a journal of 256 KiB must have come round.
const MOST_BOOTS: usize = 20_000;
/// How long a boot may take on a machine that is busy with other boards.
const LIMIT: Duration = Duration::from_secs(60);
/// Draws the keys that the host has issued before the cuts; those of the cuts come from other seeds.
const SEED: u64 = 7;

/// A terminal at rest, of which any number of copies is cut.
pub struct Start {
    pub site: Site,
    pub memory: Memory,
    pub shown: Shown,
    pub tmk: Key,
    /// The last message to the host, with the batch of its answer: the terminal's STAN and batch.
    pub last: Request,
}

impl Start {
    /// A board out of the box, which has booted once.
    pub async fn blank(rig: &Rig, parts: &Parts) -> Result<Self, Fault> {
        let site = rig.new_board().await?;
        let host = parts.host(&parts.tmk, SEED)?;
        let terminal = parts.power_on(&site, &host).await?;
        let shown = terminal.shown().await?;
        terminal.cut().await?;
        check(shown == Shown::blank(), || format!("a new board shows {shown:?}"))?;
        let last = Request { stan: 0, batch: "000000".into() };
        Ok(Self { memory: site.memory()?, site, shown, tmk: parts.tmk.clone(), last })
    }

    /// A terminal that has signed on twice: it has working keys, and another batch than a host gives first.
    pub async fn signed_on(rig: &Rig, parts: &Parts) -> Result<Self, Fault> {
        let site = rig.new_board().await?;
        let host = parts.host(&parts.tmk, SEED)?;
        let terminal = parts.power_on(&site, &host).await?;
        terminal.see("not-provisioned").await?;
        terminal.send(&parts.record()?).await?;
        for _ in 0..2 {
            terminal.press("any").await?;
            terminal.see("menu").await?;
            terminal.sign_on().await?;
        }
        terminal.cut().await?;
        let terminal = parts.power_on(&site, &host).await?;
        let shown = terminal.shown().await?;
        terminal.cut().await?;
        check(Some(&shown) == Shown::signed_on(&parts.tmk, &host).as_ref(), || {
            format!("after two sign-ons and a power cut the terminal shows {shown:?}")
        })?;
        let stan = host.requests()?.pop().ok_or("no request")?.stan;
        let last = Request { stan, batch: "000002".into() };
        Ok(Self { memory: site.memory()?, site, shown, tmk: parts.tmk.clone(), last })
    }

    /// The same terminal shortly before the journal erases a sector: it boots once more, and the next write erases.
    ///
    /// Every boot writes the journal, so it is reset until a boot erases; the memory of two boots before is taken.
    pub async fn before_an_erasure(self, parts: &Parts) -> Result<Self, Fault> {
        let host = parts.host(&self.tmk, SEED)?;
        let terminal = parts.power_on(&self.site, &host).await?;
        terminal.see("menu").await?;
        let (mut board, operator) = (terminal.board, terminal.operator);
        let mut before = [self.site.memory()?, self.site.memory()?];
        for _ in 0..MOST_BOOTS {
            board.reset().await?;
            operator.next_boot(LIMIT).await?;
            let memory = self.site.memory()?;
            let [earlier, last] = before;
            if memory.erases_since(&last) {
                board.power_off().await?;
                return Ok(Self { memory: earlier, ..self });
            }
            before = [last, memory];
        }
        Err(Fault(format!("no boot of {MOST_BOOTS} has erased a sector of the journal")))
    }
}
