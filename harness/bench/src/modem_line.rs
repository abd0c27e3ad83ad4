//! Who is at the far end of the terminal's modem line: our actor, or a device of the rig.

use std::sync::Arc;

use payrig_network::{Modem, ModemHandle, NetworkProfile};
use payrig_rig::{BoxLine, Device, LineName, RigFile};
use payrig_tape::{Lens, Tape};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_local},
};

use crate::{
    Finding, Settings,
    between::{self, DEVICE, External, LineFaults},
    listener::listen,
    uplink::HostUplink,
};

/// The modem line from the terminal's end on.
pub(crate) struct ModemLine {
    /// Our actor. Nobody has it on the line where the modem is external.
    pub(crate) actor: ModemHandle,
    /// What is wrong with the line.
    pub(crate) faults: LineFaults,
    /// Whether the bench stands between the terminal and our actor as well.
    pub(crate) faulty: bool,
    external: Option<External>,
    lines: mpsc::UnboundedSender<BoxLine>,
    tape: Tape,
}

/// The rig's device, as soon as nobody else uses it; nothing where the modem is our own.
///
/// # Errors
/// No device there.
pub(crate) async fn device_of(rig: &RigFile) -> Result<Option<Device>, Finding> {
    match &rig.modem {
        None => Ok(None),
        Some(modem) => Ok(Some(modem.open().await?)),
    }
}

impl ModemLine {
    /// Puts `device`, or else our actor in the network of `profile` (with the number of its variant), at the far end. The tasks serve it.
    ///
    /// # Errors
    /// A host that cannot wait for the device's connections.
    pub(crate) async fn new(
        settings: &Settings,
        (profile, variant): (NetworkProfile, Option<u64>),
        device: Option<Device>,
        uplink: &Arc<HostUplink>,
        tape: &Tape,
    ) -> Result<(Self, Vec<JoinHandle<()>>), Finding> {
        let modem = Modem::new(profile, uplink.clone(), settings.seed);
        let mut modem = match variant {
            Some(variant) => modem.with_variant(variant),
            None => modem,
        };
        let actor = modem.handle();
        let faults = LineFaults::new(settings.seed);
        let (lines, mut to_serve) = mpsc::unbounded_channel::<BoxLine>();
        let mut tasks = Vec::new();
        let external = match (device, &settings.rig.modem) {
            (Some(device), Some(described)) => {
                let external = External::new(described.address.to_string());
                let tap = tape.line(DEVICE, Lens::Binary);
                tasks.push(spawn_local(between::serve(
                    device,
                    to_serve,
                    faults.clone(),
                    tap,
                    external.clone(),
                )));
                if let Some(address) = described.host {
                    tasks.push(spawn_local(
                        listen(address, described.access, uplink.clone(), tape.clone()).await?,
                    ));
                }
                Some(external)
            }
            _ => {
                tasks.push(spawn_local(async move {
                    while let Some(line) = to_serve.recv().await {
                        // The line ends when the terminal loses power; the module keeps its own.
                        let _ = modem.serve(line).await;
                    }
                }));
                None
            }
        };
        let line = Self { actor, faults, faulty: false, external, lines, tape: tape.clone() };
        Ok((line, tasks))
    }

    /// Connects a boot's line. A task that is returned carries it, and ends with it.
    pub(crate) fn connect(&self, line: BoxLine) -> Option<JoinHandle<()>> {
        let line: BoxLine = Box::new(self.tape.line(LineName::Modem.word(), Lens::Binary).wrap(line));
        let (line, carrying) = if self.faulty && self.external.is_none() {
            let tap = self.tape.line(DEVICE, Lens::Binary);
            let (line, carrying) = between::before_an_actor(line, self.faults.clone(), tap);
            (line, Some(spawn_local(carrying)))
        } else {
            (line, None)
        };
        // Its task ends with the world; until then it takes each boot's line.
        let _ = self.lines.send(line);
        carrying
    }

    /// The device, where the modem is external.
    pub(crate) fn external(&self) -> Option<&External> {
        self.external.as_ref()
    }
}
