//! A sale with a chip that is cut off within the journal: from the card's insertion on, at every change of its flash.

use payrig_acquirer::{Acquirer, ChipRecord};
use payrig_bench::{Finding, Insertion, World};

use crate::cut::{LONG, Outcome};

/// The terminal that reads chip cards.
pub const TERMINAL: &str = "keyed-chip";

/// A card, and what its sale must come to where nobody cuts it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// The host's answer has a script for it, whose result the host must learn.
    WithScript,
    /// It declines what the host has approved, which is reversed.
    Declines,
}

impl Chip {
    const fn card(self) -> &'static str {
        match self {
            Self::WithScript => "offline-balance",
            Self::Declines => "declines-after-approval",
        }
    }

    const fn shows(self) -> &'static str {
        match self {
            Self::WithScript => "approved",
            Self::Declines => "declined-by-card",
        }
    }

    /// Sells with the card until the terminal's power fails behind so many changes of its journal; whether it did before the end.
    pub async fn sell(self, world: &mut World, changes: usize) -> Result<bool, Finding> {
        world.press("sale").await?;
        world.see("amount").await?;
        world.press_keys("1234\r").await?;
        world.see("card-number").await?;
        let failed = world.fail_after_journal_changes(changes)?;
        let was_cut = tokio::select! {
            biased;
            () = failed => true,
            sold = self.to_the_end(world) => sold.map(|()| false)?,
        };
        // Where it was cut off the card is still in.
        world.cut_power().await?;
        world.remove().await?;
        Ok(was_cut)
    }

    async fn to_the_end(self, world: &mut World) -> Result<(), Finding> {
        world.insert(&Insertion::of(self.card())).await?;
        world.see_in("pin", LONG).await?;
        world.press_keys("123456\r").await?;
        world.see_in(self.shows(), LONG).await?;
        world.press("any").await?;
        world.see_in("remove-card", LONG).await?;
        world.remove().await?;
        world.see("menu").await.map(drop)
    }

    /// What the host knows of the sale's script is what the journal knew: of a sale that is in force, that it was done.
    pub fn judge(self, host: &Acquirer, outcome: Outcome) -> Result<(), Finding> {
        let records = host.chip_records();
        let told: Vec<_> = records.iter().flat_map(|ChipRecord { scripts, .. }| scripts).collect();
        let done = told == ["script 00000001 done"];
        let wrong = |what: &str| Err(Finding::Terminal(format!("{outcome:?}: {what}: {told:?}")));
        match (self, outcome) {
            (Self::Declines, _) if !told.is_empty() => wrong("there was no script, the host was told of one"),
            (Self::Declines, Outcome::Captured) => wrong("the card declined, and the sale is in force"),
            (Self::WithScript, Outcome::Captured) if !done => wrong("the host was not told of the script"),
            (Self::WithScript, _) if !told.is_empty() && !done => wrong("the host was told another result"),
            _ => Ok(()),
        }
    }
}
