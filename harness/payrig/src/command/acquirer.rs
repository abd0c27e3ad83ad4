//! `payrig acquirer`.

mod certificate;
mod listener;
mod patient;
mod show;

use std::{fs, io, net::SocketAddr, path::Path, process::ExitCode, rc::Rc};

use payrig_acquirer::{Acquirer, AcquirerProfile, Behaviour, Device};
use payrig_bench::{Fixtures, device, local_runtime};
use payrig_operator::TerminalFixture;
use payrig_rig::TimeKind;
use tokio::{net::TcpListener, signal::unix::SignalKind, task::LocalSet};

use crate::{
    cli::AcquirerArgs,
    failure::{Failure, OK},
    interrupt::{self, Signals},
    named_fixture::{named_behaviour, named_fixture, wrong},
    out::say,
    session_seed::session_seed,
};
use listener::Listener;
use show::Show;

/// What it remembers of what was said, which is on the window already.
const REMEMBERED: usize = 64;

/// Serves terminals until Ctrl-C, SIGTERM, or until nobody reads any more; then writes the book.
pub(crate) fn run(args: &AcquirerArgs) -> Result<ExitCode, Failure> {
    check_address(args)?;
    let fixtures = Fixtures::open(&args.fixtures).map_err(|e| {
        Failure::input(
            format!("{}: {e}", args.fixtures.display()),
            "name the folder of the fixtures with --fixtures DIR",
        )
    })?;
    let dialect = fixtures.dialect("cup").map_err(|e| wrong(&e))?;
    let seed = args.seed.unwrap_or_else(session_seed);
    let profile = profile(args, &fixtures)?;
    let told =
        format!("{}; terminals: {}; seed {seed}; Ctrl-C ends", profile.title, args.terminal.join(", "));
    let behaviour = match &args.behaviour {
        Some(name) => named_behaviour(&fixtures, name)?,
        None => Behaviour::default(),
    };
    let host =
        Acquirer::new(profile, dialect.clone(), devices(args, &fixtures)?, seed).remembering(REMEMBERED);
    host.set_behaviour(behaviour.clone());
    let tls = certificate::acceptor(args)?;
    let runtime = local_runtime(TimeKind::Real)
        .map_err(|e| Failure::rig(format!("failed to start the runtime: {e}")))?;
    let ended = LocalSet::new().block_on(&runtime, async {
        let signals =
            Signals::catch().map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
        let (socket, address) = listen(args.listen).await?;
        // What cannot be written is told now, not after hours; a book of before stays until there is another.
        args.book.as_deref().map_or(Ok(()), probe_book)?;
        say!("listening on {address}");
        say!("{told}");
        say!("the host behaves: {behaviour}");
        let show = Rc::new(Show::new(dialect, args.reveal));
        let listener = Listener { socket, host: host.clone(), tls, show: show.clone() };
        let ended = async {
            tokio::select! {
                signal = signals.first() => Some(signal),
                () = show.unread() => None,
            }
        };
        Ok::<_, Failure>(listener.serve(ended).await)
    })?;
    close_book(&host, args.book.as_deref(), ended)
}

/// This host knows no admission, and hands out keys that anybody knows.
fn check_address(args: &AcquirerArgs) -> Result<(), Failure> {
    if args.listen.ip().to_canonical().is_loopback() || args.allow_remote {
        return Ok(());
    }
    Err(Failure::input(
        format!(
            "--listen {}: not a loopback address: this host answers whoever reaches it, with test keys and without asking who it is",
            args.listen
        ),
        "listen on 127.0.0.1, or say --allow-remote where that network is the lab's own",
    ))
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let bound = match TcpListener::bind(address).await {
        Ok(socket) => socket.local_addr().map(|address| (socket, address)),
        Err(error) => Err(error),
    };
    bound.map_err(|error| {
        let port = address.port();
        let help = match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("`ss -ltnp 'sport = :{port}'` names its process: end that, or take a free port with --listen 0")
            }
            io::ErrorKind::PermissionDenied => "take a port from 1024 on".into(),
            _ => "name an address of this machine".into(),
        };
        let why = match error.kind() {
            io::ErrorKind::AddrInUse => "another process listens there".into(),
            _ => error.to_string(),
        };
        Failure::input(format!("--listen {address}: {why}"), help)
    })
}

fn profile(args: &AcquirerArgs, fixtures: &Fixtures) -> Result<AcquirerProfile, Failure> {
    let file = named_fixture(fixtures, "--profile", "acquirers", &args.profile)?;
    AcquirerProfile::load(&file).map_err(|e| wrong(&e))
}

/// The terminals in the books, no two of which may be the same.
fn devices(args: &AcquirerArgs, fixtures: &Fixtures) -> Result<Vec<Device>, Failure> {
    let mut devices = Vec::<Device>::new();
    for name in &args.terminal {
        let file = named_fixture(fixtures, "--terminal", "terminals", name)?;
        let terminal = TerminalFixture::load(&file).map_err(|e| wrong(&e))?;
        let device = device(&terminal).map_err(|e| wrong(&format!("{}: {e}", file.display())))?;
        let ids = |d: &Device| (d.merchant_id.clone(), d.terminal_id.clone());
        let known = devices.iter().position(|d| d.device_id == device.device_id || ids(d) == ids(&device));
        if let Some(other) = known.and_then(|known| args.terminal.get(known)) {
            return Err(Failure::input(
                format!("--terminal {name}: it has the ids of {other}: a host knows a device once"),
                "name one of the two",
            ));
        }
        devices.push(device);
    }
    Ok(devices)
}

/// Ends with a sentence if the book cannot be written; what is in its file stays.
fn probe_book(file: &Path) -> Result<(), Failure> {
    let opened = fs::OpenOptions::new().append(true).create(true).open(file);
    opened.map(drop).map_err(|e| no_book(file, &e))
}

fn write_book(host: &Acquirer, file: &Path) -> Result<(), Failure> {
    let json = host.book().to_json().map_err(io::Error::other);
    json.and_then(|json| fs::write(file, json + "\n")).map_err(|e| no_book(file, &e))
}

fn no_book(file: &Path, error: &io::Error) -> Failure {
    Failure::input(
        format!("--book {}: cannot be written: {error}", file.display()),
        "name a file that can be written",
    )
}

/// Writes the book, and says how it ended: by a signal, or because nobody reads any more.
fn close_book(host: &Acquirer, file: Option<&Path>, ended: Option<SignalKind>) -> Result<ExitCode, Failure> {
    let in_file = file.map(|file| write_book(host, file));
    if !matches!(in_file, Some(Ok(()))) && ended.is_some() {
        // What could not be written must not be lost.
        say!("{}", host.book().to_json().map_err(|e| Failure::rig(e.to_string()))?);
    }
    in_file.transpose()?;
    Ok(ended.map_or(OK, interrupt::exit_code).into())
}
