//! A person who uses the terminal beside the bench's operator.

use payrig_keys::Sm4Key;
use payrig_rig::BoxLine;
use payrig_tape::Tape;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::mpsc,
};

use crate::record_secrets::RecordGate;

/// A person at the panel, beside the operator that the bench plays: keys in, the screen's bytes out.
pub struct Person {
    /// What the person types.
    pub keys: mpsc::UnboundedReceiver<Vec<u8>>,
    /// What the terminal shows.
    pub screen: mpsc::UnboundedSender<Vec<u8>>,
}

/// Lets a person use the panel beside the operator: both type, both see. Ends with the line, which closes the person's screen.
pub(crate) async fn accompany(
    mut panel: BoxLine,
    mut operator: DuplexStream,
    mut person: Person,
    tape: Tape,
    factory: Sm4Key,
) {
    let mut gate = RecordGate::default();
    let (mut shown, mut pressed) = ([0; 512], [0; 64]);
    loop {
        tokio::select! {
            read = panel.read(&mut shown) => match read {
                Ok(n @ 1..) => {
                    let _ = person.screen.send(shown[..n].to_vec());
                    if operator.write_all(&shown[..n]).await.is_err() { return }
                }
                _ => return,
            },
            read = operator.read(&mut pressed) => match read {
                Ok(n @ 1..) => if panel.write_all(&pressed[..n]).await.is_err() { return },
                _ => return,
            },
            Some(keys) = person.keys.recv() => {
                // Without a place for its keys in the registry a record does not go out.
                let Ok(keys) = gate.pass(&keys, &tape, &factory) else { return };
                if panel.write_all(&keys).await.is_err() { return }
            }
        }
    }
}
