//! What is looked for, made from the secrets once.

use std::sync::Arc;

use crate::lens::Lens;
use crate::pattern::PatternSet;
use crate::secret::{Secret, SecretKind};
use crate::secrets::Secrets;
use crate::slot::Gapped;

/// Shorter PINs are met by chance in any file, and are looked for among the keys pressed on their lines only.
const SHORTEST_PIN: usize = 8;
/// Shorter PINs are met by chance where the numbers of a text are read without what separates them.
const SHORTEST_BARE_PIN: usize = 12;

/// The patterns of all secrets, by where they are looked for.
pub(super) struct Sought {
    everywhere: PatternSet,
    bare: PatternSet,
    pin_blocks: PatternSet,
    pub short_pins: Vec<Arc<Secret>>,
    pub gapped: Gapped,
    /// What is looked for where a slot's session is known.
    pub on_slot: PatternSet,
    pub secrets: Secrets,
}

/// Which secrets are looked for.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// Those that are not met by chance.
    Everything,
    /// Those that are not met by chance even where separators were left out.
    Bare,
    /// PIN blocks.
    PinBlocks,
    /// These.
    These(&'a PatternSet),
}

impl Sought {
    pub(super) fn new(secrets: &Secrets) -> Self {
        let pin_below = |secret: &Secret, digits: usize| {
            secret.kind() == SecretKind::Pin && secret.value().len() < digits
        };
        let all = secrets.snapshot();
        let (pin_blocks, gapped) = (PatternSet::pin_blocks(&all), Gapped::new(&all));
        let (short_pins, mut list): (Vec<_>, Vec<_>) =
            all.iter().cloned().partition(|secret| pin_below(secret, SHORTEST_PIN));
        let everywhere = PatternSet::everywhere(&list, Lens::Binary);
        let on_slot = PatternSet::slot_everywhere(&list, &all);
        list.retain(|secret| !pin_below(secret, SHORTEST_BARE_PIN));
        let bare = PatternSet::everywhere(&list, Lens::Text);
        let secrets = secrets.clone();
        Self { everywhere, bare, pin_blocks, short_pins, gapped, on_slot, secrets }
    }

    pub(super) fn patterns<'a>(&'a self, part: Part<'a>) -> &'a PatternSet {
        match part {
            Part::Everything => &self.everywhere,
            Part::Bare => &self.bare,
            Part::PinBlocks => &self.pin_blocks,
            Part::These(set) => set,
        }
    }
}
