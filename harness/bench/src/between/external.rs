//! A device that is none of ours, at the modem line of each of the terminal's boots.

use std::{io, sync::Arc};

use payrig_rig::{BoxLine, Device};
use payrig_tape::{Direction, LineTap};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, split},
    sync::{mpsc, watch},
};

use super::{
    LineFaults,
    carry::{Ended, carry},
};

/// What is known of the device. Clones are of the same one.
#[derive(Clone)]
pub(crate) struct External {
    /// Where it answers, for messages.
    device: String,
    gone: Arc<watch::Sender<Option<String>>>,
}

impl External {
    /// The device at `address`, which is there.
    pub(crate) fn new(address: String) -> Self {
        Self { device: address, gone: Arc::new(watch::Sender::new(None)) }
    }

    /// The sentence about a device that has gone, if it has.
    pub(crate) fn mishap(&self) -> Option<String> {
        self.gone.borrow().clone()
    }

    /// Waits until the device has gone, and says so.
    pub(crate) async fn gone(&self) -> String {
        let mut gone = self.gone.subscribe();
        // Its sender is part of `self`.
        let said = gone.wait_for(Option::is_some).await.ok().and_then(|said| said.clone());
        said.unwrap_or_default()
    }

    fn lose(&self, error: Option<&io::Error>) {
        let how =
            error.map_or_else(|| "closed by the device".to_owned(), |error| format!("it failed: {error}"));
        self.gone.send_replace(Some(format!(
            "the modem line has gone in mid-run: {}: {how} (power the device, look at its cable, and run the case again)",
            self.device
        )));
    }
}

/// Puts the device on each of the terminal's lines that come, one after the other, until no more can come or the device has gone. The
/// device keeps its power when the terminal loses its own; what it says meanwhile is recorded, and heard by nobody.
pub(crate) async fn serve(
    device: Device,
    mut lines: mpsc::UnboundedReceiver<BoxLine>,
    faults: LineFaults,
    tap: LineTap,
    external: External,
) {
    let Device { stream, lease: _until_the_end } = device;
    let (mut from_device, mut to_device) = split(stream);
    loop {
        let line = tokio::select! {
            biased;
            line = lines.recv() => line,
            error = unheard(&mut from_device, &tap) => return external.lose(error.as_ref()),
        };
        let Some(line) = line else { return };
        if let Some(error) = on_line(line, &mut from_device, &mut to_device, &faults, &tap).await {
            return external.lose(error.as_ref());
        }
    }
}

/// Carries a line until the terminal has lost it; if it is the device that has gone, the answer says how.
async fn on_line(
    line: BoxLine,
    from_device: &mut (impl AsyncRead + Unpin),
    to_device: &mut (impl AsyncWrite + Unpin),
    faults: &LineFaults,
    tap: &LineTap,
) -> Option<Option<io::Error>> {
    let (mut from_terminal, mut to_terminal) = split(line);
    let up = carry(&mut from_terminal, to_device, faults, tap, Direction::FromTerminal);
    let down = carry(from_device, &mut to_terminal, faults, tap, Direction::ToTerminal);
    tokio::select! {
        biased;
        up = up => match up {
            Ended::Receiver(error) => Some(Some(error)),
            Ended::Sender(_) => None,
        },
        down = down => match down {
            Ended::Sender(error) => Some(error),
            Ended::Receiver(_) => None,
        },
    }
}

/// Records what a device says while nobody hears it, until it has gone.
async fn unheard(from_device: &mut (impl AsyncRead + Unpin), tap: &LineTap) -> Option<io::Error> {
    let mut chunk = [0; 256];
    loop {
        match from_device.read(&mut chunk).await {
            Ok(0) => return None,
            Ok(count) => tap.record(Direction::ToTerminal, chunk.get(..count).unwrap_or_default()),
            Err(error) => return Some(error),
        }
    }
}
