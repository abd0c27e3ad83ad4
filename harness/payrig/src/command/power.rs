//! `payrig power`.

use std::{os::unix::fs::FileTypeExt, path::Path, process::ExitCode, time::Duration};

use payrig_bench::local_runtime;
use payrig_rig::{BoardKind, BoxLine, RigFile, State, TimeKind};
use tokio::{
    io::AsyncReadExt,
    signal::unix::{SignalKind, signal},
    task::LocalSet,
};

use crate::{
    cli::PowerArgs,
    failure::{Failure, OK},
    out::say,
    run_settings::ready,
};

/// Keeps the board powered until Ctrl-C, SIGTERM, or for the time asked.
pub(crate) fn run(args: &PowerArgs) -> Result<ExitCode, Failure> {
    let mut rig = RigFile::load(&args.rig.rig)?;
    ready(&rig)?;
    // A person, or a debugger, is a real peer.
    rig.time = TimeKind::Real;
    if let Some(path) = &args.probe_socket {
        check_socket(path)?;
    }
    if let BoardKind::Qemu(section) = &mut rig.board {
        section.probe_socket.clone_from(&args.probe_socket);
    }
    let mut board = rig.board(State::Kept)?;
    let runtime =
        local_runtime(rig.time).map_err(|e| Failure::rig(format!("failed to start the runtime: {e}")))?;
    LocalSet::new().block_on(&runtime, async {
        let lines = board.power_on().await?;
        say!("{}: powered", rig.name);
        if let Some(selector) = board.probe_selector() {
            say!("probe: {selector}   (probe-rs tools: --probe {selector})");
        }
        say!(
            "{}",
            match args.seconds {
                Some(seconds) => format!("the power is cut in {seconds} s, or with Ctrl-C"),
                None => "Ctrl-C cuts the power".into(),
            }
        );
        let drained = [lines.panel, lines.modem, lines.slot, lines.antenna, lines.front_end].map(drain);
        let asked_to_end = wait(args.seconds).await;
        for task in drained {
            task.abort();
        }
        board.power_off().await?;
        asked_to_end
    })?;
    say!("{}: power cut", rig.name);
    Ok(OK.into())
}

/// A socket that is left over is in nobody's way; any other file is somebody's.
fn check_socket(path: &Path) -> Result<(), Failure> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => Err(Failure::input(
            format!("{}: exists and is no socket", path.display()),
            "name a path that is free",
        )),
        _ => Ok(()),
    }
}

/// Reads a line to its end, so that the terminal never waits for a reader.
fn drain(mut line: BoxLine) -> tokio::task::JoinHandle<()> {
    tokio::task::spawn_local(async move {
        let mut buffer = [0; 256];
        while let Ok(1..) = line.read(&mut buffer).await {}
    })
}

async fn wait(seconds: Option<u64>) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::rig(format!("failed to wait for signals: {e}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let limit = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = limit => {}
    }
    Ok(())
}
