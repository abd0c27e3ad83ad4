//! A terminal that sells with a chip card.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use payrig_acquirer::{State, Transaction};
use payrig_bench::{
    Finding, Fixtures, Insertion,
    diagnosis::{Setting, SmallWorld, Stand},
};
use payrig_card::chip::{
    Place, SlotFault, SlotSettings,
    emv::{CardProfile, IssuedCard},
};
use payrig_network::NetworkProfile;

/// Longer than anything takes.
const SOON: Duration = Duration::from_secs(120);
/// From the menu to the card, with the amount 12.34.
const SALE: &str = "21234\r";

/// What may end a sale whose card is pulled out.
const ENDS: [&str; 3] = ["approved", "card-removed", "declined-by-card"];

pub struct Till {
    stand: Stand,
    network: NetworkProfile,
    card: Chip,
    /// Of another account: a new card of the same one would begin to count its transactions again.
    other: Chip,
}

struct Chip {
    name: String,
    card: Arc<IssuedCard>,
    pin: String,
}

impl Chip {
    fn of(name: &str) -> Self {
        let profile = CardProfile::load(&root().join(format!("cards/{name}.toml"))).unwrap();
        let card = Arc::new(profile.issue(&[]).unwrap());
        Self { name: name.to_owned(), card, pin: format!("{}\r", profile.account.pin()) }
    }
}

impl Till {
    /// A terminal that knows chip cards, and a card of this profile.
    pub fn new(name: &str) -> Self {
        let fixtures = Fixtures::open(&root()).unwrap();
        Self {
            stand: Stand::prepare(&fixtures, "keyed-chip").unwrap(),
            network: fixtures.network("cellular-normal").unwrap(),
            card: Chip::of(name),
            other: Chip::of("unionpay-debit"),
        }
    }

    /// Sells with a card that is pulled out there, then with one that is not. What the first sale came to, by its screen.
    pub fn sell_and_pull(&self, at: Place) -> Result<String, Finding> {
        self.stand.play(Setting::of(self.network.clone(), 7), async |world| {
            world.sign_on().await?;
            world.go_to_menu().await?;
            let fault = SlotFault { pull: Some(at), ..SlotFault::default() };
            let ended = self.sell(world, &self.card, fault).await?;
            let first = world.acquirer().book().transactions;
            let again = self.sell(world, &self.other, SlotFault::default()).await?;
            held(&ended, &first, &again, &world.acquirer().book().transactions)?;
            Ok(ended)
        })
    }

    async fn sell(
        &self,
        world: &mut SmallWorld<'_>,
        chip: &Chip,
        fault: SlotFault,
    ) -> Result<String, Finding> {
        world.type_keys(SALE).await?;
        world.see_any(&["card-number"], SOON).await?;
        let settings = SlotSettings { fault, ..SlotSettings::default() };
        let how = Insertion { settings, ..Insertion::of(&chip.name) };
        world.insert(&chip.card, &how).await?;
        let screen = world.see_any(&["pin", "card-removed"], SOON).await?;
        let mut shown = name(&self.stand, &screen.message_id);
        if shown == "pin" {
            world.type_keys(&chip.pin).await?;
            shown = name(&self.stand, &world.see_any(&ENDS, SOON).await?.message_id);
        }
        world.remove().await?;
        world.type_keys("\r").await?;
        world.see_any(&["menu"], SOON).await?;
        Ok(shown)
    }
}

/// The sale that was pulled out is in force only where its approval was shown; the next one is in any case.
fn held(ended: &str, first: &[Transaction], again: &str, then: &[Transaction]) -> Result<(), Finding> {
    let wrong = |what: &str| Err(Finding::Terminal(format!("{ended}, then {again}: {what}")));
    if again != "approved" {
        return wrong("the terminal does not sell on");
    }
    let in_force = then.iter().filter(|sale| sale.state == State::Captured).count();
    if in_force != 1 + usize::from(ended == "approved") {
        return wrong("the host has other sales in force than were approved");
    }
    if ended == "approved" && first.iter().all(|sale| sale.state != State::Captured) {
        return wrong("an approval was shown that the host knows nothing of");
    }
    Ok(())
}

fn name(stand: &Stand, id: &str) -> String {
    stand.terminal().message_name(id).unwrap_or(id).to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}
