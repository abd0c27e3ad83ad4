//! One cut: the terminal is brought to the last key of a sale or void, and loses its power behind it.

use std::time::Duration;

use payrig_acquirer::{Acquirer, Behaviour, State, TransactionKind};
use payrig_bench::{Finding, World, books::Allowed};
use tokio::time::Instant;

use crate::chip::{self, Chip};

/// How long the terminal may take until a screen is there: its own limits lie below.
pub const LONG: Duration = Duration::from_secs(150);
/// Behind this the terminal has done everything: its host's time is 3 s, its printer's 20 s.
const DONE: Duration = Duration::from_secs(60);
/// As it is typed for a sale of 12.34.
const KEYS: &str = "1234\r6212345678901232\r1230\r123456";

/// What is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sale,
    Void,
    Chip(Chip),
}

impl Kind {
    /// The terminal that is cut off.
    pub const fn terminal(self) -> &'static str {
        match self {
            Self::Sale | Self::Void => "keyed-hasty",
            Self::Chip(_) => chip::TERMINAL,
        }
    }
}

/// When the power is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// When the application has been polled so often since the last key.
    Poll(usize),
    /// When the journal has been changed so often since a chip card was put in.
    Change(usize),
    /// So long after the last key: thousandths of the time that the sign-on before it took on this machine.
    Share(u32),
}

/// A transaction that is cut off.
#[derive(Clone, Debug)]
pub struct Cut {
    pub kind: Kind,
    /// The host's behaviour towards it.
    pub behaviour: String,
    pub at: Moment,
}

/// What came of the transaction that was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Captured,
    Reversed,
    /// The host never booked it, or declined it.
    Neither,
}

/// How a cut ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    pub outcome: Outcome,
    /// Whether the terminal was not done before.
    pub was_cut: bool,
}

impl Cut {
    /// Plays it on a new terminal. The books must agree afterwards.
    pub async fn play(&self, world: &mut World, behaviour: Behaviour) -> Result<Ended, Finding> {
        world.prepare().await?;
        let begun = Instant::now();
        world.sign_on().await?;
        let sign_on = begun.elapsed();
        if self.kind == Kind::Void {
            type_sale(world).await?;
            world.press_keys("\r").await?;
            world.see_in("approved", LONG).await?;
            world.press("any").await?;
            world.see("menu").await?;
        }
        host(world)?.set_behaviour(behaviour);
        let was_cut = self.until_it_is_cut(world, sign_on).await?;
        world.cut_power().await?;
        world.power_on().await?;
        host(world)?.set_behaviour(Behaviour::default());
        recover(world).await?;
        Ok(Ended { outcome: self.judge(world).await?, was_cut })
    }

    async fn until_it_is_cut(&self, world: &mut World, sign_on: Duration) -> Result<bool, Finding> {
        match (self.kind, self.at) {
            (Kind::Chip(chip), Moment::Change(changes)) => chip.sell(world, changes).await,
            _ => {
                self.up_to_the_last_key(world).await?;
                self.last_key_and_cut(world, sign_on).await
            }
        }
    }

    async fn up_to_the_last_key(&self, world: &mut World) -> Result<(), Finding> {
        match self.kind {
            Kind::Sale => type_sale(world).await,
            Kind::Void => {
                world.press("void").await?;
                world.see("void-voucher").await?;
                world.press_keys("000002\r").await?;
                world.see("void-confirm").await.map(drop)
            }
            Kind::Chip(_) => Err(Finding::Rig("a chip's sale is cut at changes of the journal".into())),
        }
    }

    async fn last_key_and_cut(&self, world: &mut World, sign_on: Duration) -> Result<bool, Finding> {
        match self.at {
            Moment::Poll(polls) => {
                let failed = world.fail_after(polls)?;
                world.press_keys("\r").await?;
                Ok(tokio::time::timeout(DONE, failed).await.is_ok())
            }
            Moment::Share(thousandths) => {
                world.press_keys("\r").await?;
                tokio::time::sleep(sign_on * thousandths / 1000).await;
                Ok(true)
            }
            Moment::Change(_) => Err(Finding::Rig("changes are counted of a chip's sale".into())),
        }
    }

    /// The books agree, and what they agree on.
    async fn judge(&self, world: &mut World) -> Result<Outcome, Finding> {
        let books = world.books().await?;
        books.compare(Allowed::default()).map_err(|found| {
            let found: Vec<_> = found.iter().map(|one| format!("- {one}")).collect();
            Finding::Terminal(format!("the books do not agree:\n{}\n{}", found.join("\n"), books.table()))
        })?;
        let kind = if self.kind == Kind::Void { TransactionKind::Void } else { TransactionKind::Sale };
        let of_kind: Vec<_> = books.host.transactions.iter().filter(|t| t.kind == kind).collect();
        let outcome = match of_kind.iter().map(|t| t.state).find(|state| *state != State::Declined) {
            Some(State::Captured | State::Voided) => Outcome::Captured,
            Some(State::Reversed) => Outcome::Reversed,
            _ => Outcome::Neither,
        };
        if let Kind::Chip(chip) = self.kind {
            chip.judge(host(world)?, outcome)?;
        }
        Ok(outcome)
    }
}

/// Types a sale up to the last key.
async fn type_sale(world: &mut World) -> Result<(), Finding> {
    world.press("sale").await?;
    world.see("amount").await?;
    world.press_keys(KEYS).await?;
    world.see("pin").await.map(drop)
}

/// What an operator does after a power cut: the next transaction sends what is due, and the last receipt is printed again.
async fn recover(world: &mut World) -> Result<(), Finding> {
    world.see("menu").await?;
    world.press("balance").await?;
    world.see("card-number").await?;
    world.press_keys("6212345678901232\r1230\r123456\r").await?;
    world.see_in("balance", LONG).await?;
    world.press("any").await?;
    world.see("menu").await?;
    world.press("reprint").await?;
    world.see_one_of(&["reprinted", "nothing-to-print"], LONG).await?;
    world.press("any").await?;
    world.see("menu").await.map(drop)
}

fn host(world: &World) -> Result<&Acquirer, Finding> {
    world.acquirer().ok_or_else(|| Finding::Rig("the host of this world is not ours".into()))
}
