//! What a terminal goes through on a disturbed line, and what must hold.

use std::{fmt, path::Path, time::Duration};

use payrig_acquirer::{Exchange, IssuedKeys, Judgement};
use payrig_bench::{
    Finding, Fixtures, KeyScreen,
    diagnosis::{Setting, SmallWorld, Stand, behaviours, terminal_of},
};
use payrig_network::{Dialect, NetworkProfile};
use tokio::time::sleep;

use crate::disturbance::{Disturbance, Switch, disturbed};

/// What the first keys are drawn from: no world of a property has this seed.
const FIRST_KEYS: u64 = 0;

/// A module may still be at what the network before was slow at, and answers nothing meanwhile: longer than any step of it takes.
const BUSY: Duration = Duration::from_secs(120);

/// A network by its name.
#[derive(Clone)]
pub struct Network {
    name: String,
    profile: NetworkProfile,
}

/// A terminal that has keys to lose, and the networks that it may find itself in.
pub struct Scene {
    stand: Stand,
    good: Network,
    networks: Vec<Network>,
    keys: KeyScreen,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Scene {
    /// The scene of a dialect.
    pub fn make(dialect: Dialect) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
        let fixtures = Fixtures::open(&root).unwrap();
        let good = if dialect == Dialect::Hayes { "line-normal" } else { "cellular-normal" };
        let mut behaviours = behaviours(&fixtures).unwrap();
        behaviours.retain(|behaviour| behaviour.dialect == dialect);
        let named = behaviours.into_iter().map(|b| Network { name: b.name, profile: b.network });
        let networks: Vec<_> = named.collect();
        let good = networks.iter().find(|network| network.name == good).unwrap().clone();
        let keyed = Stand::prepare(&fixtures, terminal_of(dialect)).unwrap();
        let mut keys = None;
        let stand = keyed.after(Setting::of(good.profile.clone(), FIRST_KEYS), async |world| {
            signed_on(world, "on a good line").await?;
            keys = Some(world.key_screen().await?);
            Ok(())
        });
        Self { stand: stand.unwrap(), good, networks, keys: keys.unwrap() }
    }

    /// The network in which all is well.
    pub fn good(&self) -> Network {
        self.good.clone()
    }

    /// Every network that there is for this dialect.
    pub fn networks(&self) -> Vec<Network> {
        self.networks.clone()
    }

    /// Signs on in `network` on a line that is disturbed by `plan`, looks at the keys, and some time later signs on on a good line in a good network. What
    /// the first came to, by its id.
    pub fn hold(&self, plan: Vec<Disturbance>, network: &Network, seed: u64) -> Result<String, Finding> {
        let (between, switch) = disturbed(plan);
        let setting = Setting { between: Some(between), ..Setting::of(network.profile.clone(), seed) };
        self.stand.play(setting, async |world| self.play(world, switch).await)
    }

    async fn play(&self, world: &mut SmallWorld<'_>, switch: Switch) -> Result<String, Finding> {
        let (shown, screen) = world.sign_on().await?;
        let id = screen.message_id.clone();
        switch.off();
        world.set_network(self.good.profile.clone());
        let succeeded = shown == "signed-on";
        if !succeeded && !id.starts_with("E2") && !id.starts_with("E3") {
            return Err(wrong(format!("expected a sign-on, or a cause of E2xx or E3xx\n{screen}")));
        }
        // A sign-on that failed changes no key; one that did not takes those that the host issued for it.
        let issued = issued_for_last(&world.acquirer().exchanges(), world.acquirer().issued());
        let right = |keys: &KeyScreen| match succeeded {
            true => issued.iter().any(|issued| is_set(keys, issued)),
            false => *keys == self.keys,
        };
        let keys = world.key_screen().await?;
        if !right(&keys) {
            return Err(wrong(format!("after {id} the keys are {keys}, before they were {}", self.keys)));
        }
        world.cut_power().await?;
        world.power_on().await?;
        let kept = world.key_screen().await?;
        if kept != keys {
            return Err(wrong(format!("after a boot the keys are {kept}, before it they were {keys}")));
        }
        sleep(BUSY).await;
        signed_on(world, &format!("on a good line after {id}")).await?;
        Ok(id)
    }
}

/// Signs on, and has the keys that the host issued last.
async fn signed_on(world: &mut SmallWorld<'_>, when: &str) -> Result<(), Finding> {
    let (shown, screen) = world.sign_on().await?;
    if shown != "signed-on" {
        return Err(wrong(format!("expected a sign-on {when}\n{screen}\n{}", world.take_dialogue())));
    }
    let keys = world.key_screen().await?;
    match world.acquirer().issued().last() {
        Some(issued) if is_set(&keys, issued) => Ok(()),
        _ => Err(wrong(format!("{when} the keys are {keys}, which are not those that the host issued last"))),
    }
}

/// The sets that the host issued for the last request that it answered with keys. That is one, unless the request went out twice:
/// a NAK among the disturbances makes the terminal say the same again, and the answer to the first may be there already.
fn issued_for_last(exchanges: &[Exchange], mut issued: Vec<IssuedKeys>) -> Vec<IssuedKeys> {
    let signed_on = |exchange: &&Exchange| matches!(exchange.judgement, Judgement::SignedOn { .. });
    let mut requests = exchanges.iter().filter(signed_on).map(|exchange| &exchange.request).rev().peekable();
    let last = requests.peek().copied();
    let alike = requests.take_while(|request| Some(*request) == last).count();
    issued.split_off(issued.len().saturating_sub(alike))
}

fn is_set(keys: &KeyScreen, issued: &IssuedKeys) -> bool {
    (&keys.pik, &keys.mak, &keys.tdk) == (&issued.pik_kcv, &issued.mak_kcv, &issued.tdk_kcv)
}

fn wrong(why: String) -> Finding {
    Finding::terminal(why)
}
