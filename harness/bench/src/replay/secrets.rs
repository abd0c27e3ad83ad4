//! The values of a tape's tokens, from the fixtures and the seed that its case was played with.

use std::{fmt, time::Duration};

use payrig_acquirer::Acquirer;
use payrig_keys::Key;
use payrig_tape::{Direction, Piece, Secret, SecretKind, Secrets};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::{error::ReplayError, happening, source::Source};
use crate::{
    Fixtures, cards, chips, device,
    fixtures::DIALECT,
    swipes::{self, Swiped},
};

/// The host's line on the tape.
const HOST: &str = "host";
/// What is under way between the tape and the host at once.
const PIPE: usize = 4096;
/// Longer than a host takes for an answer, in virtual time.
const PATIENCE: Duration = Duration::from_secs(600);

/// Every value that the fixtures of the case hold. Those of keys that its host issued are made again where the tape names one.
pub(super) async fn known(source: &Source, fixtures: &Fixtures) -> Result<Secrets, ReplayError> {
    let secrets = Secrets::new();
    let terminal = fixtures.terminal(&source.played.parts.terminal).map_err(unusable)?;
    for (name, key) in terminal.secret_keys() {
        register(&secrets, &name, &key)?;
    }
    let cards = fixtures.cards(&source.played.parts.acquirer).map_err(unusable)?;
    cards::register(&secrets, &cards)
        .and_then(|()| cards::register_exceptions(&secrets, &terminal))
        .map_err(unusable)?;
    for note in source.recording.notes().filter(|note| note.kind == swipes::NOTE) {
        let swiped: Swiped = serde_json::from_str(&note.text)
            .map_err(|error| source.wrong(note.n, format!("a swipe that cannot be read: {error}")))?;
        let flux = swiped.flux(&cards).map_err(ReplayError::Fixture)?;
        swiped.register(&flux, &secrets).map_err(unusable)?;
    }
    for note in source.recording.notes().filter(|note| note.kind == chips::NOTE) {
        let named: chips::Named = serde_json::from_str(&note.text)
            .map_err(|error| source.wrong(note.n, format!("an insertion that cannot be read: {error}")))?;
        let (card, keys) = chips::issue(fixtures, &named.card, &named.faults).map_err(unusable)?;
        chips::register(&secrets, &named.card, &card, &keys).map_err(unusable)?;
    }
    if names_unknown(source, &secrets) {
        issue_again(source, fixtures, &secrets).await?;
    }
    Ok(secrets)
}

/// Whether the terminal's lines carry a token whose value is not known.
fn names_unknown(source: &Source, secrets: &Secrets) -> bool {
    let mut tokens = source.recording.events().flat_map(|event| &event.data).flat_map(Piece::tokens);
    tokens.any(|token| secrets.get(&token.name).is_none())
}

/// Asks a host of the same fixtures and the same seed what the recorded one was asked: it issues the same keys.
async fn issue_again(source: &Source, fixtures: &Fixtures, secrets: &Secrets) -> Result<(), ReplayError> {
    let parts = &source.played.parts;
    let dialect = fixtures.dialect(DIALECT).map_err(unusable)?;
    let books = fixtures.terminal(&parts.books).map_err(unusable)?;
    let Some(device) = device::known(&books).map_err(unusable)? else {
        return Ok(());
    };
    let profile = fixtures.acquirer(&parts.acquirer).map_err(unusable)?;
    let host = Acquirer::new((*profile).clone(), dialect, vec![device], source.played.seed);
    let (mut asking, answering) = duplex(PIPE);
    let serving = tokio::spawn(host.clone().serve(answering));
    let mut answers = vec![0; PIPE];
    for event in source.recording.events() {
        if event.line != HOST || event.direction != Direction::FromTerminal {
            continue;
        }
        // What the host does not get it does not answer: a key that is missing then is named where it is needed.
        let Ok(asked) = happening::value(event, secrets) else { continue };
        if asking.write_all(&asked).await.is_err() {
            break;
        }
        while let Ok(Ok(1..)) = tokio::time::timeout(PATIENCE, asking.read(&mut answers)).await {}
    }
    drop(asking);
    let _ = serving.await;
    for issued in host.issued() {
        for (name, key) in issued.secrets() {
            register(secrets, &name.replace(' ', "-"), key)?;
        }
    }
    Ok(())
}

fn register(secrets: &Secrets, name: &str, key: &Key) -> Result<(), ReplayError> {
    let secret = Secret::new(SecretKind::Key, name, key.bytes()).map_err(unusable)?;
    secrets.add(secret.with_label(&format!("kcv {}", key.kcv()))).map_err(unusable)
}

fn unusable(error: impl fmt::Display) -> ReplayError {
    ReplayError::Fixture(error.to_string())
}
