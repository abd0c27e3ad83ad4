//! The card in the rig's PC/SC reader, in the place of one that is played.
//!
//! A record is kept of every line, and the secrets of a card that nobody knows could not be kept off it. So a scenario says whose account
//! the card is of, and a card that names another account does not get a word of that to the terminal, nor to any record.

use payrig_card::{
    chip::{
        CardFault, CardFuture, ChipCard, SlotEvent,
        emv::{CardProfile, Tag, telling_signatures},
    },
    pcsc::{Obstacle, PhysicalCard, find_reader},
};
use payrig_rig::CardReader;
use payrig_tape::Secrets;
use tokio::{sync::watch, task::spawn_blocking};
use zeroize::Zeroizing;

use crate::{Finding, chips};

/// The card in `reader`, which must be of the account of `profile` (`fixtures/cards/<name>.toml`), and what happens when it leaves the reader. What it
/// says of its number in signatures becomes `secrets`.
///
/// # Errors
/// [`Finding::Rig`]: no PC/SC, no such reader, no card in it, or one that another program has.
pub(crate) async fn open(
    reader: &CardReader,
    name: &str,
    profile: &CardProfile,
    secrets: &Secrets,
) -> Result<(KnownCard<PhysicalCard>, impl Future<Output = SlotEvent> + use<>), Finding> {
    let in_the_way = |obstacle: Obstacle| Finding::Rig(obstacle.to_string());
    let card = PhysicalCard::open(Some(&reader.reader)).await.map_err(in_the_way)?;
    let presence = card.presence().await.map_err(in_the_way)?;
    let reader = card.reader().to_owned();
    if !*presence.borrow() {
        return Err(in_the_way(Obstacle::no_card(&reader)));
    }
    let mut card = KnownCard::new(card, &reader, name, profile, secrets.clone());
    card.make_ready().await.map_err(|fault| Finding::Rig(fault.to_string()))?;
    Ok((card, left(presence, reader)))
}

/// Waits until the card is not in the reader any more, or until nobody can tell.
async fn left(mut presence: watch::Receiver<bool>, reader: String) -> SlotEvent {
    // A sender that has gone is a service that has.
    let _ = presence.wait_for(|is_in| !is_in).await;
    match spawn_blocking(move || find_reader(Some(&reader))).await {
        Ok(Err(obstacle)) => SlotEvent::Broken(obstacle.to_string()),
        Ok(Ok(_)) | Err(_) => SlotEvent::Gone,
    }
}

/// A card of an account that is known, or of none that it says. It is kept ready: a reader takes longer to reset a card than a terminal waits
/// for the first character.
pub(crate) struct KnownCard<C> {
    card: C,
    /// The cold answer to reset of a card that nobody has used since.
    ready: Option<Vec<u8>>,
    pan: Zeroizing<String>,
    track_2: Zeroizing<String>,
    stranger: String,
    secrets: Secrets,
}

impl<C: ChipCard> KnownCard<C> {
    fn new(card: C, reader: &str, name: &str, profile: &CardProfile, secrets: Secrets) -> Self {
        let account = &profile.account;
        let stranger = format!(
            "the card in the reader `{reader}` is not the account of `{name}`: put that one in, or name a file of fixtures/cards that has its account"
        );
        let pan = Zeroizing::new(account.pan().to_owned());
        Self { card, ready: None, pan, track_2: account.track_2(), stranger, secrets }
    }

    /// A mute card is no fault of the bench: the terminal is to find that out.
    async fn make_ready(&mut self) -> Result<(), CardFault> {
        match self.card.power_on().await {
            Ok(atr) => self.ready = Some(atr),
            Err(CardFault::Mute) => self.ready = None,
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    fn look_through(&self, response: Vec<u8>) -> Result<Vec<u8>, CardFault> {
        let mut accounts = (0..response.len()).filter_map(|at| account_at(response.get(at..)?));
        let is_stranger = accounts.any(|account| match account {
            Account::Pan(pan) => pan != self.pan,
            Account::Track2(track) => track != self.track_2,
        });
        if is_stranger {
            // It goes nowhere.
            drop(Zeroizing::new(response));
            return Err(CardFault::Reader(self.stranger.clone()));
        }
        let signatures = signatures(&response);
        chips::register_signatures(&self.secrets, "physical", signatures).map_err(|error| {
            CardFault::Reader(format!("the card's signatures could not be kept secret: {error}"))
        })?;
        Ok(response)
    }
}

/// The signatures that tell a card's number to whoever has the public keys: as the answer's data objects have them, and where the answer is none, what stands
/// behind the tag of a certificate anywhere.
fn signatures(response: &[u8]) -> Vec<(Tag, Vec<u8>)> {
    let data = response.get(..response.len().saturating_sub(2)).unwrap_or_default();
    let mut found = telling_signatures(data);
    for at in 0..data.len() {
        let (tag, value) = match data.get(at..).unwrap_or_default() {
            [0x9F, tag @ (0x46 | 0x2D), 0x81, length, rest @ ..]
            | [0x9F, tag @ (0x46 | 0x2D), length, rest @ ..] => {
                (0x9F00 | u16::from(*tag), rest.get(..usize::from(*length)).unwrap_or(rest))
            }
            _ => continue,
        };
        if !found.iter().any(|(_, known)| known == value) {
            found.push((Tag(tag), value.to_vec()));
        }
    }
    found
}

/// Whose card it is, as a data object says it.
enum Account {
    Pan(Zeroizing<String>),
    Track2(Zeroizing<String>),
}

/// The account that a data object at the beginning of `bytes` names: 5A, 57 or 9F6B, wherever it lies and whatever is around it.
fn account_at(bytes: &[u8]) -> Option<Account> {
    let (tag, length, rest) = match bytes {
        [0x9F, 0x6B, length, rest @ ..] => (0x57, *length, rest),
        [tag @ (0x57 | 0x5A), length, rest @ ..] => (*tag, *length, rest),
        _ => return None,
    };
    let value = Zeroizing::new(hex::encode_upper(rest.get(..length.into())?));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_pan = |text: &str| (12..=19).contains(&text.len()) && digits(text);
    let text = value.trim_end_matches('F');
    if tag == 0x5A {
        return is_pan(text).then(|| Account::Pan(Zeroizing::new(text.to_owned())));
    }
    let (pan, behind) = text.split_once('D')?;
    (is_pan(pan) && digits(behind)).then(|| Account::Track2(Zeroizing::new(text.to_owned())))
}

impl<C: ChipCard> ChipCard for KnownCard<C> {
    fn power_on(&mut self) -> CardFuture<'_, Vec<u8>> {
        Box::pin(async {
            match self.ready.take() {
                Some(atr) => Ok(atr),
                None => self.card.power_on().await,
            }
        })
    }

    fn reset(&mut self) -> CardFuture<'_, Vec<u8>> {
        self.card.reset()
    }

    /// What the card had in its RAM is lost: in its reader it is reset for the next time.
    fn power_off(&mut self) -> CardFuture<'_, ()> {
        Box::pin(async { self.make_ready().await })
    }

    fn transmit<'a>(&'a mut self, command: &'a [u8]) -> CardFuture<'a, Vec<u8>> {
        Box::pin(async {
            let response = self.card.transmit(command).await?;
            self.look_through(response)
        })
    }
}

#[cfg(test)]
mod tests;
