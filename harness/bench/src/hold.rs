//! A case that has failed and is held as it is, for a person to look at it.

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use payrig_operator::Operator;
use payrig_rig::{Scratch, TimeKind};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::Notify,
};

use crate::{Aftermath, Finding, World, record_secrets::RecordGate};

/// What is held, and how to get at it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The case.
    pub case: String,
    /// Why it failed.
    pub why: String,
    /// What there was to see.
    pub aftermath: Aftermath,
    /// A unix socket that is the panel line, for one visitor at a time; nothing where the terminal has no power.
    pub panel: Option<PathBuf>,
    /// The selector of the debug probe, where the rig has one.
    pub probe: Option<String>,
    /// The case's folder.
    pub folder: PathBuf,
}

/// Stops a run at the first case that fails, with the rig powered, until it is released.
#[derive(Clone)]
pub struct Hold {
    tell: Arc<dyn Fn(&Held) + Send + Sync>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    holding: AtomicBool,
    over: AtomicBool,
    released: Notify,
}

impl Hold {
    /// A hold that calls `tell` as soon as a case is held.
    pub fn new(tell: impl Fn(&Held) + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), state: Arc::default() }
    }

    /// Lets go of what is held. Says whether anything was.
    pub fn release(&self) -> bool {
        let held = self.state.holding.load(Ordering::Acquire);
        if held {
            self.state.released.notify_one();
        }
        held
    }

    /// Whether a case was held: no further one is to be played.
    pub fn is_over(&self) -> bool {
        self.state.over.load(Ordering::Acquire)
    }

    /// Holds the world until it is released.
    pub(crate) async fn hold(&self, world: &mut World, why: &Finding) -> io::Result<()> {
        if world.settings.rig.time == TimeKind::Virtual {
            // A person is a real peer.
            tokio::time::resume();
        }
        let scratch = Scratch::new().map_err(io::Error::other)?;
        let socket = scratch.path().join("panel.sock");
        let listener = UnixListener::bind(&socket)?;
        let held = Held {
            case: world.case.clone(),
            why: format!("{}: {why}", why.verdict()),
            aftermath: world.aftermath(),
            panel: world.operator.is_some().then_some(socket),
            probe: world.board.probe_selector(),
            folder: world.folder.clone(),
        };
        world.note("hold", "for a person to look at it");
        self.state.over.store(true, Ordering::Release);
        self.state.holding.store(true, Ordering::Release);
        (self.tell)(&held);
        tokio::select! {
            () = self.state.released.notified() => {}
            () = receive(&listener, world) => {}
        }
        self.state.holding.store(false, Ordering::Release);
        Ok(())
    }
}

/// Lets one visitor after the other use the panel.
async fn receive(listener: &UnixListener, world: &World) {
    while let Ok((visitor, _)) = listener.accept().await {
        if let Some(operator) = &world.operator {
            // A visitor who leaves in the middle of something is no fault.
            let _ = accompany(visitor, operator, world).await;
        }
    }
}

/// Shows the visitor the panel, and presses what the visitor does.
async fn accompany(mut visitor: UnixStream, operator: &Operator, world: &World) -> io::Result<()> {
    let mut shown = operator.listen();
    visitor.write_all(operator.screen().drawn().as_bytes()).await?;
    let mut gate = RecordGate::default();
    let mut pressed = [0; 64];
    loop {
        tokio::select! {
            bytes = shown.recv() => match bytes {
                Some(bytes) => visitor.write_all(&bytes).await?,
                None => return Ok(()),
            },
            count = visitor.read(&mut pressed) => match count? {
                0 => return Ok(()),
                count => {
                    let keys = gate.pass(&pressed[..count], &world.tape, world.terminal.factory_key());
                    operator.write(&keys.map_err(|e| io::Error::other(e.to_string()))?).await?;
                }
            },
        }
    }
}
