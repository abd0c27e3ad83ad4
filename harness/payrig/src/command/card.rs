//! `payrig card`.

mod read;
mod serve;
mod show;

use std::process::ExitCode;

use payrig_bench::{Fixtures, local_runtime};
use payrig_rig::TimeKind;

use crate::{
    cli::card::CardArgs,
    failure::{Failure, OK},
    named_fixture::wrong,
    out::say,
};

/// Where the cards' profiles are.
const CARDS: &str = "cards";

/// Serves a card, reads one, or lists those that there are.
pub(crate) fn run(args: &CardArgs) -> Result<ExitCode, Failure> {
    let runtime = local_runtime(TimeKind::Real)
        .map_err(|e| Failure::rig(format!("failed to start the runtime: {e}")))?;
    match &args.vpcd {
        Some(address) => runtime.block_on(serve::serve(args, address)),
        None if args.read => runtime.block_on(read::read(args.reader.as_deref())),
        None => list(&fixtures(args)?),
    }
}

fn fixtures(args: &CardArgs) -> Result<Fixtures, Failure> {
    Fixtures::open(&args.fixtures).map_err(|e| {
        Failure::input(
            format!("{}: {e}", args.fixtures.display()),
            "name the folder of the fixtures with --fixtures DIR",
        )
    })
}

fn list(fixtures: &Fixtures) -> Result<ExitCode, Failure> {
    let names = fixtures.names(CARDS);
    let width = names.iter().map(String::len).max().unwrap_or(0);
    for name in names.iter() {
        let profile = fixtures.card_profile(name).map_err(|e| wrong(&e))?;
        say!("{name:width$}  {}", profile.title);
    }
    Ok(OK.into())
}
