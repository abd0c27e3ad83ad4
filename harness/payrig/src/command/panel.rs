//! `payrig panel`.

use std::{io, path::Path, process::ExitCode};

use payrig_bench::{Bench, Finding, Parts, Person, Setup};
use payrig_operator::ProvisioningRecord;
use payrig_rig::{RigFile, TimeKind};
use tokio::sync::mpsc;

use crate::{
    cli::PanelArgs,
    command::attach::attach,
    failure::{Failure, OK},
    interrupt,
    named_fixture::named_behaviour,
    out::say,
    progress::Working,
    raw_terminal::RawTerminal,
    run_settings::{fixtures, ready, settings},
    session_seed::session_seed,
};

/// Ctrl-]: leaves the panel, as it leaves telnet.
pub(super) const LEAVE: u8 = 0x1D;
/// Where the frame's rows begin under the terminal's eight.
const FRAME: &str = "\x1b7\x1b[9;1H\x1b[2m------------------------\x1b[0m\x1b[10;1H\x1b[2m0-9  Enter: confirm  \
                     Backspace: clear  Esc: cancel\x1b[11;1HCtrl-]: leave\x1b[0m\x1b8";

/// Gives the person the terminal's keypad and screen until Ctrl-] is pressed.
pub(crate) fn run(args: &PanelArgs) -> Result<ExitCode, Failure> {
    if let Some(socket) = &args.attach {
        return attach(socket);
    }
    let mut rig = RigFile::load(&args.rig.rig)?;
    ready(&rig)?;
    // A person is a real peer.
    rig.time = TimeKind::Real;
    let parts = Parts {
        terminal: args.terminal.clone(),
        books: args.books.clone(),
        network: args.network.clone(),
        acquirer: args.acquirer.clone(),
        ..Parts::default()
    };
    let record = args.record.as_deref().map(read_record).transpose()?;
    let mut run = args.run.clone();
    run.seed = run.seed.or_else(|| Some(session_seed()));
    let fixtures = fixtures(&args.rig.rig, run.fixtures.as_deref())?;
    let behaviour = named_behaviour(&fixtures, &args.behaviour)?;
    let bench = Bench::new(settings(rig, fixtures, &run, [&parts])?);
    let window = RawTerminal::enter()
        .map_err(|e| Failure::input(e.to_string(), "run `payrig panel` in a terminal window"))?;
    interrupt::end_at_once(Some(bench.settings().run.path().to_owned()), RawTerminal::restore)
        .map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
    let working = Working::on("flashing");
    let (screen_sender, mut screen) = mpsc::unbounded_channel::<Vec<u8>>();
    let (key_sender, keys) = mpsc::unbounded_channel();
    let mut pressed = RawTerminal::keys();
    let session = async move {
        let mut working = Some(working);
        loop {
            tokio::select! {
                Some(bytes) = screen.recv() => {
                    working = None;
                    if show(&bytes).is_err() { break }
                }
                Some(keys) = pressed.recv() => {
                    if keys.contains(&LEAVE) || key_sender.send(keys).is_err() { break }
                }
                else => break,
            }
        }
        drop(working);
    };
    let chosen = record.is_some() || args.terminal != "keyed";
    let setup = Setup { parts: &parts, record, blank: args.blank, behaviour };
    let result = bench.attend(setup, Person { keys, screen: screen_sender }, session);
    drop(window);
    say!("records: {}", bench.settings().run.path().display());
    match result {
        Ok(attended) => {
            if attended.provisioned_before && chosen {
                say!("the board was provisioned already and has stayed so: --blank begins with a new one");
            }
            Ok(OK.into())
        }
        Err(finding @ Finding::Terminal(_)) => Err(Failure::terminal(finding.to_string())),
        Err(finding) => Err(Failure::rig(finding.to_string())),
    }
}

/// Shows what the terminal draws, with the frame under it again where the window was cleared.
pub(super) fn show(bytes: &[u8]) -> io::Result<()> {
    RawTerminal::show(bytes)?;
    if bytes.windows(4).any(|w| w == b"\x1b[2J") {
        RawTerminal::show(FRAME.as_bytes())?;
    }
    Ok(())
}

/// A provisioning record from a file, checked as the terminal would check it.
fn read_record(path: &Path) -> Result<ProvisioningRecord, Failure> {
    let bytes = std::fs::read(path).map_err(|e| {
        Failure::input(format!("{}: {e}", path.display()), "name a file with a provisioning record")
    })?;
    ProvisioningRecord::parse(&path.display().to_string(), &bytes).map_err(|e| Failure::usage(&e))
}
