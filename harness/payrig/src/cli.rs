//! What the command line accepts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Hardware-in-the-loop test harness for card-payment terminals.
///
/// Flashes a terminal, plays the world around it, records every line and holds the run against reviewed snapshots.
#[derive(Debug, Parser)]
#[command(
    name = "payrig",
    version,
    propagate_version = true,
    after_help = "Example: payrig test --rig qemu sign-on\n\n\
                  Exit codes: 0 all pass, 1 a case failed, 2 wrong usage or input, 3 the rig is at fault,\n\
                  130 ended by Ctrl-C (143 by SIGTERM)."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run cases on a rig and print a verdict for each.
    Test(TestArgs),
    /// List the cases, and what each needs; touches no hardware.
    List(ListArgs),
    /// Put the terminal's image into the rig's board and verify it.
    Flash(FlashArgs),
    /// Show what host messages say.
    Decode(DecodeArgs),
    /// Use the terminal by hand: its keypad and screen in this window.
    Panel(PanelArgs),
    /// Show what goes over every line, decoded, while a case runs or a person plays in another window.
    Console(ConsoleArgs),
    /// Keep the rig's board powered, for a debug probe to attach.
    Power(PowerArgs),
    /// Replay a recorded case on the simulated terminal and tell the first difference.
    Replay(ReplayArgs),
    /// Say what is missing on this machine, and the command that mends it.
    Doctor(DoctorArgs),
}

/// Which rig, for commands that need a real image.
#[derive(Clone, Debug, Args)]
pub(crate) struct RigArg {
    /// The rig's file, or the name of one under `rigs`.
    #[arg(long, value_name = "RIG", env = "PAYRIG_RIG", default_value = "rigs/qemu.toml", value_parser = rig_file)]
    pub rig: PathBuf,
}

/// Which rig, for commands that play cases.
#[derive(Clone, Debug, Args)]
pub(crate) struct CaseRigArg {
    /// The rig's file, or the name of one under `rigs`.
    #[arg(long, value_name = "RIG", env = "PAYRIG_RIG", default_value = "rigs/sim.toml", value_parser = rig_file)]
    pub rig: PathBuf,
}

/// `qemu` stands for `rigs/qemu.toml`.
#[expect(clippy::unnecessary_wraps, reason = "clap's parsers can fail")]
fn rig_file(text: &str) -> Result<PathBuf, std::convert::Infallible> {
    let is_name =
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    Ok(if is_name { format!("rigs/{text}.toml").into() } else { text.into() })
}

/// Where runs are kept, and where fixtures come from.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    /// The folder that the run leaves its records in; by default a new one under `runs`.
    #[arg(long, value_name = "DIR", env = "PAYRIG_RUN_DIR")]
    pub run_dir: Option<PathBuf>,
    /// The folder of the fixtures; by default `fixtures` beside the folder of the rig's file.
    #[arg(long, value_name = "DIR", env = "PAYRIG_FIXTURES")]
    pub fixtures: Option<PathBuf>,
    /// What the host's keys and the network's timing are drawn from; by default 1 for cases, so that a run can be
    /// repeated, and another one for each session of a person.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  payrig test                        every case on the simulated board\n  \
                        payrig test --rig qemu sign-on     the cases whose name contains this, in QEMU\n  \
                        payrig test kcv key-field          those of either name\n  \
                        payrig test --last-failed --hold   those that failed, stopping at the first with the rig powered"
)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub rig: CaseRigArg,
    #[command(flatten)]
    pub run: RunArgs,
    /// Play each case so often, each time with the next seed.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub repeat: u32,
    /// Play the cases only that did not pass in the rig's newest run (of `runs`, or of --run-dir).
    #[arg(long)]
    pub last_failed: bool,
    /// Play one case at a time, and stop at the first that fails with the rig powered, for you to look at it.
    #[arg(long)]
    pub hold: bool,
    #[command(flatten)]
    pub libtest: libtest_mimic::Arguments,
    /// More filters: a case is played that matches any.
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  payrig list --rig qemu\n  payrig list --schema > fixtures/scenarios/schema.json"
)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub rig: CaseRigArg,
    /// The folder of the fixtures; by default `fixtures` beside the folder of the rig's file.
    #[arg(long, value_name = "DIR", env = "PAYRIG_FIXTURES")]
    pub fixtures: Option<PathBuf>,
    /// Print the JSON Schema of scenario files instead.
    #[arg(long)]
    pub schema: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: payrig flash target-firmware/images/mps2-an386.elf")]
pub(crate) struct FlashArgs {
    #[command(flatten)]
    pub rig: RigArg,
    /// The ELF file; by default the one that the rig's file names.
    pub image: Option<PathBuf>,
}

/// How `decode` prints.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DecodeFormat {
    /// An annotated dump: offset, bytes, field, name, meaning.
    Text,
    /// One JSON object a message.
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  payrig decode 0057600501000061310031110808000020...\n  \
                        payrig decode --format json - < frame.hex\n  \
                        payrig decode runs/20261122-194027-qemu/sign-on/succeeds/host.pcapng")]
pub(crate) struct DecodeArgs {
    /// The message's dialect: a name under `fixtures/dialects`, or a file.
    #[arg(long, value_name = "NAME", default_value = "cup")]
    pub dialect: String,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub format: DecodeFormat,
    /// Print card numbers and tracks in full.
    #[arg(long)]
    pub reveal: bool,
    /// The folder of the fixtures.
    #[arg(long, value_name = "DIR", env = "PAYRIG_FIXTURES", default_value = "fixtures")]
    pub fixtures: PathBuf,
    /// Messages in hex, length first (white space and colons are ignored), or files of them: hex, raw bytes, or a pcapng
    /// capture; `-` reads standard input.
    #[arg(required = true, value_name = "HEX|FILE|-")]
    pub inputs: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  payrig panel\n  payrig panel --blank --terminal keyed-clone   a copy of the device: the host refuses it\n\nKeys: 0-9, Enter confirms, Backspace clears, Esc cancels. Ctrl-] leaves."
)]
pub(crate) struct PanelArgs {
    #[command(flatten)]
    pub rig: RigArg,
    #[command(flatten)]
    pub run: RunArgs,
    /// Use the panel of a case that `payrig test --hold` holds: the socket that it names.
    #[arg(long, value_name = "SOCKET")]
    pub attach: Option<PathBuf>,
    /// What the terminal has been given: a name under `fixtures/terminals`.
    #[arg(long, value_name = "NAME", default_value = "keyed")]
    pub terminal: String,
    /// The device as the host has it in its books: a name under `fixtures/terminals`.
    #[arg(long, value_name = "NAME", default_value = "keyed")]
    pub books: String,
    /// Begin with a new board: the kept one's keys and journal are erased.
    #[arg(long)]
    pub blank: bool,
    /// The provisioning record that a blank terminal is sent; by default the one that `--terminal` makes.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// The network around it: a name under `fixtures/networks`.
    #[arg(long, value_name = "NAME", default_value = "cellular-normal")]
    pub network: String,
    /// The host: a name under `fixtures/acquirers`.
    #[arg(long, value_name = "NAME", default_value = "cup")]
    pub acquirer: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  payrig console                     then `payrig panel` in another window\n  \
                  payrig console --rig sim --case sign-on --verbose\n  \
                  payrig console runs/20261122-194027-qemu/sign-on/succeeds\n\n\
                  `->` comes from the terminal, `<-` goes to it; times are the case's own. Ctrl-C ends.\n\
                  What may be the beginning of a secret is shown when the next bytes of its line have come."
)]
pub(crate) struct ConsoleArgs {
    /// A case of an old run, by its folder: its tape is printed, and that is all.
    #[arg(value_name = "RUN/CASE", conflicts_with = "case")]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    pub rig: RigArg,
    /// The run folder to watch, whatever rig it is of; by default the newest of the rig under `runs`, and every new one.
    #[arg(long, value_name = "DIR", env = "PAYRIG_RUN_DIR")]
    pub run_dir: Option<PathBuf>,
    /// Only cases whose name contains this.
    #[arg(long, value_name = "FILTER")]
    pub case: Option<String>,
    /// Show every field of host messages, and provisioning records whole.
    #[arg(long, short)]
    pub verbose: bool,
    /// The folder of the fixtures; by default `fixtures` beside the folder of the rig's file.
    #[arg(long, value_name = "DIR", env = "PAYRIG_FIXTURES")]
    pub fixtures: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  payrig power --seconds 60\n  payrig power --probe-socket /run/user/1000/probe.sock"
)]
pub(crate) struct PowerArgs {
    #[command(flatten)]
    pub rig: RigArg,
    /// Where the debug probe listens, a unix socket; by default in a temporary folder.
    #[arg(long, value_name = "PATH")]
    pub probe_socket: Option<PathBuf>,
    /// Cut the power after so many seconds; by default when Ctrl-C is pressed.
    #[arg(long, value_name = "N")]
    pub seconds: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: payrig doctor --rig qemu")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub rig: RigArg,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  payrig replay runs/20261122-194027-qemu/sign-on/succeeds\n  \
                        payrig replay --run-dir runs/20261122-194027-qemu power::keys-survive-a-reset\n  \
                        payrig replay runs/20261122-194027-qemu/*/*\n\n\
                        Exit codes: 0 no difference, 1 a difference, 2 a tape that cannot be replayed or is incomplete.")]
pub(crate) struct ReplayArgs {
    /// The folders of recorded cases; with --run-dir their names.
    #[arg(required = true, value_name = "RUN/CASE")]
    pub cases: Vec<PathBuf>,
    /// The run that the cases are of, if they are named and not their folders.
    #[arg(long, value_name = "DIR")]
    pub run_dir: Option<PathBuf>,
    /// The folder of the fixtures that the run was made with: they hold what the tape has tokens for.
    #[arg(long, value_name = "DIR", env = "PAYRIG_FIXTURES", default_value = "fixtures")]
    pub fixtures: PathBuf,
}
