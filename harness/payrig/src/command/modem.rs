//! `payrig modem`.

mod outward;
mod symlink;

use std::{io::Write, process::ExitCode, sync::Arc};

use payrig_bench::{Fixtures, local_runtime};
use payrig_network::{Dialect, Entry, Modem, NetworkProfile};
use payrig_rig::{PtyPort, TimeKind};
use tokio::{
    signal::unix::SignalKind,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::Instant,
};

use crate::{
    cli::ModemArgs,
    failure::{Failure, OK},
    interrupt::{self, Signals},
    named_fixture::{named_fixture, wrong},
    out::plain,
    session_seed::session_seed,
};
use outward::Outward;
use symlink::Symlink;

/// Serves the modem to whoever opens the port, until Ctrl-C, SIGTERM, or until nobody reads any more.
pub(crate) fn run(args: &ModemArgs) -> Result<ExitCode, Failure> {
    let fixtures = Fixtures::open(&args.fixtures).map_err(|e| {
        Failure::input(
            format!("{}: {e}", args.fixtures.display()),
            "name the folder of the fixtures with --fixtures DIR",
        )
    })?;
    let file = named_fixture(&fixtures, "--network", "networks", &args.network)?;
    let profile = played(NetworkProfile::load(&file).map_err(|e| wrong(&e))?, args.module.as_deref())?;
    let runtime = local_runtime(TimeKind::Real)
        .map_err(|e| Failure::rig(format!("failed to start the runtime: {e}")))?;
    let ended = runtime.block_on(serve(args, profile))?;
    Ok(ended.map_or(OK, interrupt::exit_code).into())
}

/// The network with the module that the command line names.
fn played(profile: NetworkProfile, module: Option<&str>) -> Result<NetworkProfile, Failure> {
    let Some(name) = module else { return Ok(profile) };
    let names = Dialect::ALL.map(Dialect::name).join(", ");
    let help = || format!("name one of {names}, or another network");
    let dialect = Dialect::named(name).ok_or_else(|| {
        Failure::input(format!("--module: unknown module `{}`", name.escape_debug()), help())
    })?;
    profile.with_dialect(dialect).map_err(|why| Failure::input(format!("--module: {why}"), help()))
}

async fn serve(args: &ModemArgs, profile: NetworkProfile) -> Result<Option<SignalKind>, Failure> {
    let signals = Signals::catch().map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
    let port = PtyPort::make().map_err(|e| Failure::rig(format!("failed to make a pty: {e}")))?;
    let _removed_at_the_end = Symlink::to(port.path(), &args.pty)?;
    let seed = args.seed.unwrap_or_else(session_seed);
    let (note, notes) = unbounded_channel();
    let _ = note.send(format!("{}; seed {seed}; Ctrl-C ends", profile.title));
    let uplink = Outward::new(args.allow_network, note.clone());
    let modem = Modem::new(profile, Arc::new(uplink), seed);
    let mut modem = match args.variant {
        Some(variant) => modem.with_variant(variant),
        None => modem,
    };
    let mut shown = Shown { started: Instant::now(), dialogue: modem.handle().listen(), notes };
    if say(format_args!("serving on {}", args.pty.display())).is_err() {
        return Ok(None);
    }
    let serving = async {
        loop {
            let line = port.opened().await?;
            let _ = note.send("the port was opened".into());
            modem.serve(line).await?;
            let _ = note.send("the port was closed".into());
            modem.drop_dtr();
            port.clear()?;
        }
    };
    let ended = tokio::select! {
        signal = signals.first() => Ok(Some(signal)),
        () = shown.until_unread() => Ok(None),
        failed = serving => failed,
    };
    let _ = shown.rest();
    ended.map_err(|e: std::io::Error| Failure::rig(format!("{}: {e}", args.pty.display())))
}

/// The dialogue and what happens beside it, line by line on standard output.
struct Shown {
    started: Instant,
    dialogue: UnboundedReceiver<Entry>,
    notes: UnboundedReceiver<String>,
}

impl Shown {
    /// Shows what comes; ends when nobody reads it any more.
    async fn until_unread(&mut self) {
        loop {
            let shown = tokio::select! {
                biased;
                Some(note) = self.notes.recv() => self.line(&format!("-- {note}")),
                Some(entry) = self.dialogue.recv() => self.line(&entry.what.to_string()),
                else => return,
            };
            if shown.is_err() {
                return;
            }
        }
    }

    /// Shows what has come and was not shown yet.
    fn rest(&mut self) -> std::io::Result<()> {
        while let Ok(entry) = self.dialogue.try_recv() {
            self.line(&entry.what.to_string())?;
        }
        Ok(())
    }

    fn line(&self, text: &str) -> std::io::Result<()> {
        say(format_args!("{:>9.3}  {}", self.started.elapsed().as_secs_f64(), plain(text)))
    }
}

fn say(text: std::fmt::Arguments<'_>) -> std::io::Result<()> {
    writeln!(anstream::stdout(), "{text}")
}
