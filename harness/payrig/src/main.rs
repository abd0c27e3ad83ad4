//! Payrig's command line.

mod cli;
mod command;
mod failure;
mod frames;
mod interrupt;
mod named_fixture;
mod out;
mod progress;
mod raw_terminal;
mod run_settings;
mod session_seed;
mod summary;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Test(args) => command::test::run(&args),
        Command::List(args) => command::list::run(&args),
        Command::Flash(args) => command::flash::run(&args),
        Command::Decode(args) => command::decode::run(&args),
        Command::Panel(args) => command::panel::run(&args),
        Command::Console(args) => command::console::run(&args),
        Command::Power(args) => command::power::run(&args),
        Command::Replay(args) => command::replay::run(&args),
        Command::Acquirer(args) => command::acquirer::run(&args),
        Command::Modem(args) => command::modem::run(&args),
        Command::Card(args) => command::card::run(&args),
        Command::Diagnose(args) => command::diagnose::run(&args),
        Command::Key(args) => command::key::run(&args),
        Command::Doctor(args) => command::doctor::run(&args),
    };
    result.unwrap_or_else(|failure| failure.report())
}
