//! One cut: a sale, a change of keys that loses its power, and a sale again.

use std::time::Duration;

use payrig_acquirer::{Acquirer, BatchRule, Behaviour, Judgement};
use payrig_bench::{Finding, KeyScreen, World, books::Allowed};
use payrig_keys::{DesKey, Key};
use tokio::time::Instant;

/// How long the terminal may take until a screen is there: its own limits lie below.
const LONG: Duration = Duration::from_secs(150);
/// Behind this the terminal has done everything.
const DONE: Duration = Duration::from_secs(60);
/// As it is typed for a sale of 12.34, with PIN.
const SALE: &str = "1234\r6212345678901232\r1230\r123456\r";
/// The first sign-on comes before the cut one.
const OLD: usize = 1;

/// What is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A sign-on that renews the working keys.
    SignOn,
    /// The last key of a ceremony: another TMK, and no working keys.
    Ceremony,
}

/// When the power is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// When the application has been polled so often since the key.
    Poll(usize),
    /// When it has stored so many bytes in its key store since the key.
    Stored(usize),
    /// So long after the key: thousandths of the time that the sign-on before it took on this machine.
    Share(u32),
}

/// A change of keys that is cut off.
#[derive(Clone, Debug)]
pub struct Cut {
    pub action: Action,
    /// The terminal's fixture, by its key scheme.
    pub terminal: &'static str,
    pub at: Moment,
}

/// Which keys the terminal had afterwards: always a whole set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    Old,
    New,
}

/// How a cut ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    pub keys: Keys,
    /// Whether the terminal was not done before.
    pub was_cut: bool,
    /// Messages with a good MAC, as the host judged them, before the cut and after it.
    pub macs: [usize; 2],
}

impl Cut {
    /// Plays it on a new terminal.
    pub async fn play(&self, world: &mut World) -> Result<Ended, Finding> {
        // One batch, so that no settlement is due between the sales.
        let same_batch = Behaviour { batch: Some(BatchRule::Same), ..Behaviour::default() };
        host(world)?.set_behaviour(same_batch);
        world.prepare().await?;
        let begun = Instant::now();
        world.sign_on().await?;
        let sign_on = begun.elapsed();
        sell(world).await?;
        let before = good_macs(world)?;
        let was = world.key_screen().await?;
        self.up_to_the_key(world).await?;
        let was_cut = self.key_and_cut(world, sign_on).await?;
        world.cut_power().await?;
        world.power_on().await?;
        world.see("menu").await?;
        let keys = self.judge(world, &was).await?;
        if self.action == Action::Ceremony && keys == Keys::New {
            world.set_host_tmk("tmk-field", &field_tmk())?;
        }
        sell(world).await?;
        let after = good_macs(world)? - before;
        world.books().await?.compare(Allowed::default()).map_err(|found| {
            let found: Vec<_> = found.iter().map(|one| format!("- {one}")).collect();
            Finding::Terminal(format!("the books do not agree:\n{}", found.join("\n")))
        })?;
        Ok(Ended { keys, was_cut, macs: [before, after] })
    }

    async fn up_to_the_key(&self, world: &mut World) -> Result<(), Finding> {
        if self.action == Action::SignOn {
            return Ok(());
        }
        world.press("keys").await?;
        world.see("keys").await?;
        world.press("new-tmk").await?;
        world.see("component-1").await?;
        let [one, other] = components();
        let typed = |key: &Key| format!("{}\r{}\r", hex::encode_upper(key.bytes()), key.kcv());
        world.press_keys(&typed(&one)).await?;
        world.see("component-2").await?;
        world.press_keys(&typed(&other)).await?;
        world.see("tmk-kcv").await?;
        world.press_keys(&field_tmk().kcv().to_string()).await
    }

    async fn key_and_cut(&self, world: &mut World, sign_on: Duration) -> Result<bool, Finding> {
        match self.at {
            Moment::Poll(polls) => {
                let failed = world.fail_after(polls)?;
                self.key(world).await?;
                Ok(tokio::time::timeout(DONE, failed).await.is_ok())
            }
            Moment::Stored(bytes) => {
                let failed = world.fail_after_stores(bytes)?;
                self.key(world).await?;
                Ok(tokio::time::timeout(DONE, failed).await.is_ok())
            }
            Moment::Share(thousandths) => {
                self.key(world).await?;
                tokio::time::sleep(sign_on * thousandths / 1000).await;
                Ok(true)
            }
        }
    }

    async fn key(&self, world: &mut World) -> Result<(), Finding> {
        match self.action {
            Action::SignOn => world.press("sign-on").await,
            Action::Ceremony => world.press("confirm").await,
        }
    }

    /// The keys are the old ones or the new ones, each of them.
    async fn judge(&self, world: &mut World, was: &KeyScreen) -> Result<Keys, Finding> {
        let now = world.key_screen().await?;
        if now == *was {
            return Ok(Keys::Old);
        }
        let issued = host(world)?.issued();
        let none = || KeyScreen::NONE.to_owned();
        let new = match self.action {
            Action::SignOn => issued.get(OLD).map(|set| KeyScreen {
                tmk: was.tmk.clone(),
                pik: set.pik_kcv.clone(),
                mak: set.mak_kcv.clone(),
                tdk: set.tdk_kcv.clone(),
            }),
            Action::Ceremony => {
                let tmk = field_tmk().kcv().to_string();
                Some(KeyScreen { tmk, pik: none(), mak: none(), tdk: none() })
            }
        };
        if Some(&now) == new.as_ref() {
            return Ok(Keys::New);
        }
        Err(Finding::Terminal(format!("neither the old keys nor the new ones: {was}, then {now}")))
    }
}

/// A sale that is approved, whatever the terminal must do for it by itself.
async fn sell(world: &mut World) -> Result<(), Finding> {
    world.press("sale").await?;
    world.see("amount").await?;
    world.press_keys(SALE).await?;
    world.see_in("approved", LONG).await?;
    world.press("any").await?;
    world.see("menu").await.map(drop)
}

/// Transactions that the host has approved, whose MAC it held to the keys in force.
fn good_macs(world: &World) -> Result<usize, Finding> {
    let exchanges = host(world)?.exchanges();
    Ok(exchanges.iter().filter(|exchange| matches!(exchange.judgement, Judgement::Approved { .. })).count())
}

/// `tmk-component-1` and `tmk-component-2` of the rig's keys, and the TMK that they make.
fn components() -> [Key; 2] {
    ["E3B063D80833A22481D6E2847CE9822D", "D266F4852729EECB1CF0375B8E6CD3C1"]
        .map(|hex| DesKey::from_hex(hex).unwrap().into())
}

fn field_tmk() -> Key {
    DesKey::from_hex("31D6975D2F1A4CEF9D26D5DFF28551EC").unwrap().into()
}

fn host(world: &World) -> Result<&Acquirer, Finding> {
    world.acquirer().ok_or_else(|| Finding::Rig("the host of this world is not ours".into()))
}
