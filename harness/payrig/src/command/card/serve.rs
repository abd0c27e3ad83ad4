//! A card in the virtual reader.

use std::{io::Write, process::ExitCode, sync::Arc, time::Duration};

use payrig_card::{
    chip::emv::{CardProfile, ProfileCard},
    vpcd::{self, Ended, Seen, VpcdError},
};
use tokio::{
    net::TcpStream,
    sync::Notify,
    time::{Instant, timeout},
};

use super::{CARDS, fixtures, show};
use crate::{
    cli::card::CardArgs,
    failure::{Failure, OK},
    interrupt::{self, Signals},
    named_fixture::{named_fixture, wrong},
    out::plain,
    session_seed::session_seed,
};

/// A machine that is there accepts sooner; a firewall says nothing.
const CONNECTING: Duration = Duration::from_secs(10);

/// vpcd looks after its cards more than twice a second: one that it has not looked at so long is not in its reader.
const UNSEEN: Duration = Duration::from_secs(5);

/// Serves the card until Ctrl-C, SIGTERM, the end of vpcd, or until nobody reads any more.
pub(super) async fn serve(args: &CardArgs, (host, port): &(String, u16)) -> Result<ExitCode, Failure> {
    let signals = Signals::catch().map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
    let file = named_fixture(&fixtures(args)?, "--profile", CARDS, &args.profile)?;
    let profile = CardProfile::load(&file).map_err(|e| wrong(&e))?;
    let issued = profile.issue(&[]).map_err(|e| wrong(&e))?;
    let seed = args.seed.unwrap_or_else(session_seed);
    let mut card = ProfileCard::new(Arc::new(issued), seed);
    let address = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let mut signalled = std::pin::pin!(signals.first());
    let line = tokio::select! {
        signal = &mut signalled => return Ok(interrupt::exit_code(signal).into()),
        line = timeout(CONNECTING, TcpStream::connect((host.as_str(), *port))) => line,
    };
    let no_answer = |why: &str| no_vpcd(&format!("no vpcd answers at {address}: {why}"));
    let line =
        line.map_err(|_| no_answer("nothing within ten seconds"))?.map_err(|e| no_answer(&e.to_string()))?;

    if say(format_args!("serving {} at {address}", args.profile)).is_err() {
        return Ok(OK.into());
    }
    let shown = Shown { started: Instant::now(), unread: Notify::new() };
    shown.line(&format!("-- {}; seed {seed}; Ctrl-C takes it out", profile.title));
    let first = Notify::new();
    let seen = |seen: Seen<'_>| {
        first.notify_one();
        shown.line(&show::line(seen, args.reveal));
    };
    let unseen = async {
        if timeout(UNSEEN, first.notified()).await.is_err() {
            shown.line(
                "-- no software has given the card power yet; if another card is in this reader, take it out",
            );
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        signal = signalled => Ok(interrupt::exit_code(signal).into()),
        () = shown.unread.notified() => Ok(OK.into()),
        () = unseen => Ok(OK.into()),
        ended = vpcd::serve(line, &mut card, seen) => Err(failure(ended)),
    }
}

fn no_vpcd(message: &str) -> Failure {
    Failure::rig(message).with_help(
        "start PC/SC with vpcd: `systemctl start pcscd`, or in another window `pcscd --foreground` as root (ci/setup installs \
         pcscd and vsmartcard-vpcd)",
    )
}

fn failure(ended: Result<Ended, VpcdError>) -> Failure {
    match ended {
        Ok(Ended::ByVpcd) => no_vpcd("vpcd has closed the connection"),
        Ok(Ended::Removed) => Failure::rig("the card was removed"),
        Err(error) => Failure::rig(error.to_string()),
    }
}

/// Lines on standard output, until nobody reads them.
struct Shown {
    started: Instant,
    unread: Notify,
}

impl Shown {
    fn line(&self, text: &str) {
        let written = say(format_args!("{:>9.3}  {}", self.started.elapsed().as_secs_f64(), plain(text)));
        if written.is_err() {
            self.unread.notify_one();
        }
    }
}

fn say(text: std::fmt::Arguments<'_>) -> std::io::Result<()> {
    writeln!(anstream::stdout(), "{text}")
}
