//! Chip cards that are put into the slot: issued from their profiles, and kept off every record.

use std::sync::Arc;

use payrig_card::chip::{
    SlotSettings,
    emv::{ChipKeys, EmvFault, IssuedCard, Tag},
};
use payrig_fixture::FixtureError;
use payrig_keys::DesKey;
use payrig_rig::LineName;
use payrig_tape::{Secret, SecretError, SecretKind, Secrets};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Fixtures, cards};

/// The kind of the note that stands on a tape before a card is put in.
pub(crate) const NOTE: &str = "insert";

/// Header, hash and trailer alone have nearly as many bytes (EMV 4.3 Book 2, tables 7 and 14).
const SHORTEST_SIGNATURE: usize = 32;

/// A card that is put in, and how it behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Insertion {
    /// The profile: a file of `fixtures/cards`.
    pub card: String,
    /// What is wrong with the card besides what its profile says, in its commands.
    pub faults: Vec<EmvFault>,
    /// How it behaves below its commands. Its seed is drawn from the case's.
    pub settings: SlotSettings,
    /// It lies in the rig's PC/SC reader; of the profile it has the account alone.
    pub physical: bool,
}

impl Insertion {
    /// A card as its profile has it.
    #[must_use]
    pub fn of(card: &str) -> Self {
        Self { card: card.to_owned(), ..Self::default() }
    }

    /// Whether it is a card as its profile has it.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::of(&self.card)
    }
}

/// An insertion of a case, with all that the card's answers follow from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Inserted {
    /// Which one of the case, from 1.
    pub number: u32,
    /// The profile's name.
    pub card: String,
    /// Whether it is the card of an earlier insertion, with its counters as they were left.
    pub again: bool,
    /// What its random numbers are drawn from.
    pub seed: u64,
    /// What is wrong with it, in its commands.
    pub faults: Vec<EmvFault>,
    /// How it behaves below its commands.
    pub settings: SlotSettings,
    /// Whether it lies in a PC/SC reader.
    pub physical: bool,
}

impl Inserted {
    /// The `number`th insertion of a case that is played with `seed`.
    pub(crate) fn new(number: u32, seed: u64, how: &Insertion, again: bool) -> Self {
        let seed = seed.wrapping_add(u64::from(number) << 32);
        let settings = SlotSettings { seed, ..how.settings.clone() };
        Self {
            number,
            card: how.card.clone(),
            again,
            seed,
            faults: how.faults.clone(),
            settings,
            physical: how.physical,
        }
    }
}

/// A card as `fixtures/cards/<name>.toml` has it and with these faults, and the keys that it was issued with.
///
/// # Errors
/// A profile or a key file that cannot be used, or a fault that does nothing on this card.
pub(crate) fn issue(
    fixtures: &Fixtures,
    name: &str,
    faults: &[EmvFault],
) -> Result<(Arc<IssuedCard>, Arc<ChipKeys>), FixtureError> {
    let profile = fixtures.card_profile(name)?;
    let keys = fixtures.chip_keys(&profile.key_paths())?;
    Ok((Arc::new(profile.issue_with(&keys, faults)?), keys))
}

/// What a note of an insertion says of whose secrets went over the slot's line.
#[derive(Deserialize)]
pub(crate) struct Named {
    /// The profile's name.
    pub card: String,
    /// What is wrong with it, in its commands.
    #[serde(default, deserialize_with = "readable")]
    pub faults: Vec<EmvFault>,
}

/// The faults that a record has in full. Where one puts a card number or a track, the record has a token in its place; such a value is put
/// where it is to be when everything is signed, so that the signatures are those of the card without it.
fn readable<'de, D: Deserializer<'de>>(faults: D) -> Result<Vec<EmvFault>, D::Error> {
    let faults = Vec::<serde_json::Value>::deserialize(faults)?;
    Ok(faults.into_iter().filter_map(|fault| serde_json::from_value(fault).ok()).collect())
}

/// Makes card number, track 2, PIN, its clear block, its own keys and its issuer's secrets, and the signatures that tell its number to whoever has the public keys. What
/// is known of the host's cards already keeps its name.
pub(crate) fn register(
    secrets: &Secrets,
    name: &str,
    card: &IssuedCard,
    keys: &ChipKeys,
) -> Result<(), ChipError> {
    let profile = card.profile();
    let account = &profile.account;
    let own = Secrets::new();
    own.register(SecretKind::Pan, &format!("pan#chip-{name}"), account.pan().as_bytes())?;
    own.register(SecretKind::Track, &format!("track2#chip-{name}"), account.track_2().as_bytes())?;
    let pin = Secret::new(SecretKind::Pin, &format!("pin#chip-{name}"), account.pin().as_bytes())?;
    own.add(pin.on_lines([LineName::Panel.word()]))?;
    cards::register_block(&own, &format!("block#chip-{name}"), account.pin(), account.pan())?;
    let named = profile.application.values().flat_map(|application| {
        [&application.keys.cryptograms, &application.keys.script_macs, &application.keys.script_data]
    });
    for key in named {
        let entry = keys.master(key).map_err(ChipError::Key)?;
        own.add(key_secret(key, &entry.key)?)?;
    }
    secrets.absorb(&own);
    for (use_of, key) in card.keys() {
        // Two applications may have the same keys, or each its own: as for signatures.
        let own = Secrets::new();
        own.add(key_secret(&format!("{use_of}#chip-{name}"), key)?)?;
        secrets.absorb(&own);
    }
    register_signatures(secrets, &format!("chip-{name}"), card.telling_signatures())
}

fn key_secret(name: &str, key: &DesKey) -> Result<Secret, SecretError> {
    Ok(Secret::new(SecretKind::Key, name, key.bytes())?.with_label(&format!("kcv {}", key.kcv())))
}

/// The same for signatures alone, of a card of this name. One with too few bytes to be one is nobody's secret.
pub(crate) fn register_signatures(
    secrets: &Secrets,
    name: &str,
    signatures: Vec<(Tag, Vec<u8>)>,
) -> Result<(), ChipError> {
    for (tag, value) in signatures.into_iter().filter(|(_, value)| value.len() >= SHORTEST_SIGNATURE) {
        // Two of the same name are told apart where they are put together.
        let own = Secrets::new();
        own.register(SecretKind::Certificate, &format!("{tag}#{name}"), &value)?;
        secrets.absorb(&own);
    }
    Ok(())
}

/// Why a card's secrets cannot be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChipError {
    /// A value that no secret can have.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A key that is not there.
    #[error("{0}")]
    Key(String),
}

#[cfg(test)]
mod tests;
