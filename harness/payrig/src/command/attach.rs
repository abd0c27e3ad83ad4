//! `payrig panel --attach`: the panel of a case that is held.

use std::{io, path::Path, process::ExitCode};

use payrig_bench::local_runtime;
use payrig_rig::TimeKind;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

use crate::{
    command::panel::{LEAVE, show},
    failure::{Failure, OK},
    interrupt,
    raw_terminal::RawTerminal,
};

/// Gives the person the held terminal's keypad and screen until Ctrl-] is pressed or the case is let go of.
pub(super) fn attach(socket: &Path) -> Result<ExitCode, Failure> {
    let runtime = local_runtime(TimeKind::Real)
        .map_err(|e| Failure::rig(format!("failed to start the runtime: {e}")))?;
    runtime.block_on(async {
        let line = UnixStream::connect(socket).await.map_err(|e| {
            let help = "name the socket that `payrig test --hold` prints while it holds a case";
            Failure::input(format!("{}: {e}", socket.display()), help)
        })?;
        let window = RawTerminal::enter()
            .map_err(|e| Failure::input(e.to_string(), "run `payrig panel` in a terminal window"))?;
        interrupt::end_at_once(None, RawTerminal::restore)
            .map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
        let ended = visit(line).await;
        drop(window);
        ended.map_err(|e| Failure::rig(format!("the held panel broke: {e}")))?;
        Ok(OK.into())
    })
}

async fn visit(mut line: UnixStream) -> io::Result<()> {
    let mut pressed = RawTerminal::keys();
    let mut bytes = [0; 512];
    loop {
        tokio::select! {
            count = line.read(&mut bytes) => match count? {
                0 => return Ok(()),
                count => show(&bytes[..count])?,
            },
            keys = pressed.recv() => match keys {
                Some(keys) if !keys.contains(&LEAVE) => line.write_all(&keys).await?,
                _ => return Ok(()),
            },
        }
    }
}
