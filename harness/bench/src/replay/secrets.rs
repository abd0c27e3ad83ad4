//! The values of a tape's tokens, from the fixtures and the seed that its case was played with.

use std::time::Duration;

use payrig_acquirer::{Acquirer, Device};
use payrig_keys::{Family, Key, KeyError, Sm4Key};
use payrig_operator::TerminalFixture;
use payrig_tape::{Direction, Piece, Secret, SecretError, SecretKind, Secrets};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::{error::ReplayError, happening, source::Source};
use crate::{Finding, Fixtures, fixtures::DIALECT};

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
    if names_unknown(source, &secrets) {
        issue_again(source, fixtures, &secrets).await?;
    }
    Ok(secrets)
}

/// Whether the terminal's lines carry a token whose value is not known.
fn names_unknown(source: &Source, secrets: &Secrets) -> bool {
    let mut pieces = source.recording.events().flat_map(|event| &event.data);
    pieces.any(|piece| matches!(piece, Piece::Token(token) if secrets.get(&token.name).is_none()))
}

/// Asks a host of the same fixtures and the same seed what the recorded one was asked: it issues the same keys.
async fn issue_again(source: &Source, fixtures: &Fixtures, secrets: &Secrets) -> Result<(), ReplayError> {
    let parts = &source.played.parts;
    let dialect = fixtures.dialect(DIALECT).map_err(unusable)?;
    let books = fixtures.terminal(&parts.books).map_err(unusable)?;
    let Some(device) = device(&books).map_err(|error| ReplayError::Fixture(error.to_string()))? else {
        return Ok(());
    };
    let profile = fixtures.acquirer(&parts.acquirer).map_err(unusable)?;
    let host = Acquirer::new(profile, dialect, vec![device], source.played.seed);
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

/// The terminal as the host has it in its books; without a TMK it is given no keys.
fn device(books: &TerminalFixture) -> Result<Option<Device>, KeyError> {
    let Some(tmk) = books.tmk() else { return Ok(None) };
    Ok(Some(Device {
        device_id: books.device_id().into(),
        serial: books.serial().into(),
        terminal_id: books.terminal_id().into(),
        merchant_id: books.merchant_id().into(),
        factory_key: Sm4Key::new(books.factory_key().bytes())?,
        tmk: Key::new(Family::Des, tmk.bytes())?,
    }))
}

fn register(secrets: &Secrets, name: &str, key: &Key) -> Result<(), ReplayError> {
    let unkept = |error: SecretError| ReplayError::Fixture(error.to_string());
    let secret = Secret::new(SecretKind::Key, name, key.bytes()).map_err(unkept)?;
    secrets.add(secret.with_label(&format!("kcv {}", key.kcv()))).map_err(unkept)
}

fn unusable(finding: Finding) -> ReplayError {
    ReplayError::Fixture(finding.to_string())
}
