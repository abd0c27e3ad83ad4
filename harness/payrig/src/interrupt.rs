//! Ctrl-C and SIGTERM in the middle of a run.

use std::{
    io::{self, Write},
    path::PathBuf,
    thread,
};

use payrig_rig::remove_temporary_folders;
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
};

/// What is not done with records that others still write when the process ends.
const UNSEARCHED: &str = "not searched for secrets as a whole";

/// What a shell adds to a signal's number for the exit code of what it has ended.
const SIGNALLED: u8 = 128;

/// Ends this process at once when it is interrupted, terminated, or its terminal goes away: the boards' emulators end with it, their
/// temporary folders are removed, `last` is done, and the records under `run` stay as far as they have come.
///
/// # Errors
/// A system that lets no signal be caught or no thread be started.
pub(crate) fn end_at_once(run: Option<PathBuf>, last: impl Fn() + Send + 'static) -> io::Result<()> {
    end_unless(run, || false, last)
}

/// The same, but a signal that `taken` has a use for ends nothing.
///
/// # Errors
/// As [`end_at_once`].
pub(crate) fn end_unless(
    run: Option<PathBuf>,
    taken: impl Fn() -> bool + Send + 'static,
    last: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    // From here on no signal ends the process by itself, though the thread may not run yet.
    let signals = {
        let _signals_need_it = runtime.enter();
        Signals::catch()?
    };
    thread::Builder::new().name("signals".into()).spawn(move || {
        let kind = runtime.block_on(signals.first_not_taken(taken));
        last();
        remove_temporary_folders();
        let records = run.map(|run| format!("; the records so far: {} ({UNSEARCHED})", run.display()));
        let records = records.unwrap_or_default();
        // Whoever has hung up does not read it.
        let _ = writeln!(io::stderr(), "\npayrig: interrupted{records}");
        std::process::exit(exit_code(kind).into());
    })?;
    Ok(())
}

/// The signals that ask a command to end. They do not end the process by themselves as soon as they are caught.
pub(crate) struct Signals(Vec<(SignalKind, Signal)>);

impl Signals {
    /// Catches Ctrl-C, SIGTERM, and the word that the terminal has gone away. Called on a runtime with I/O.
    ///
    /// # Errors
    /// A system that lets no signal be caught.
    pub(crate) fn catch() -> io::Result<Self> {
        [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
            .map(|kind| Ok((kind, signal(kind)?)))
            .into_iter()
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Which came first.
    pub(crate) async fn first(self) -> SignalKind {
        self.first_not_taken(|| false).await
    }

    /// Which came first that nobody had a use for.
    async fn first_not_taken(self, taken: impl Fn() -> bool) -> SignalKind {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        for (kind, mut signal) in self.0 {
            let sender = sender.clone();
            tokio::spawn(async move {
                while signal.recv().await.is_some() {
                    let _ = sender.send(kind);
                }
            });
        }
        loop {
            match receiver.recv().await {
                Some(_) if taken() => {}
                kind => return kind.unwrap_or(SignalKind::terminate()),
            }
        }
    }
}

/// The exit code of a command that this signal has ended.
pub(crate) fn exit_code(kind: SignalKind) -> u8 {
    SIGNALLED.saturating_add(u8::try_from(kind.as_raw_value()).unwrap_or(0))
}
