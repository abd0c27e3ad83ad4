//! What the command line accepts.

pub(crate) mod card;
pub(crate) mod key;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use payrig_bench::diagnosis::VARIANTS;
use payrig_network::Dialect;

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
    /// Serve the acquirer's host to any terminal, and show what is said.
    Acquirer(AcquirerArgs),
    /// Serve the modem, with its SIM and network, to any software on a serial port, and show what is said.
    Modem(ModemArgs),
    /// Serve a chip card to any PC/SC software, or read one that is in a reader.
    Card(card::CardArgs),
    /// Try each thing that can be wrong on the way to the host in many variants, and show what the terminal says of it.
    Diagnose(DiagnoseArgs),
    /// Make the RSA keys of test chips, and print the records by which a terminal comes to know chips.
    Key(key::KeyArgs),
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
    /// Print each requirement instead, with the number of cases that cover it.
    #[arg(long, conflicts_with = "schema")]
    pub requirements: bool,
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
    /// The host: a name under `fixtures/acquirers`, or a real one as `tcp:HOST:PORT`.
    #[arg(long, value_name = "NAME", default_value = "cup")]
    pub acquirer: String,
    /// How the host behaves, where it is ours: a name under `fixtures/acquirers/behaviours`. As usual it leaves the terminal its batch at
    /// a sign-on: the terminal cannot settle yet, and would sell no more with sales of another batch.
    #[arg(long, value_name = "NAME", default_value = "same-batch")]
    pub behaviour: String,
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
#[command(after_help = "Examples:\n  payrig acquirer --listen 5000\n  \
                        payrig acquirer --listen 5000 --behaviour slow --book book.json\n  \
                        payrig acquirer --tls --tls-cert-out host.pem\n\n\
                        The first line says where it listens. `->` comes from the terminal, `<-` goes to it; times count from the start.\n\
                        Ctrl-C ends it: connections are closed, and the book of accounts and transactions is written as JSON.")]
pub(crate) struct AcquirerArgs {
    /// Where to listen: an address and a port, or a port alone; port 0 is any that is free.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = listen_address)]
    pub listen: SocketAddr,
    /// Listen on an address that other machines can reach: whoever does is answered.
    #[arg(long)]
    pub allow_remote: bool,
    /// The host: a name under `fixtures/acquirers`, or a file.
    #[arg(long, value_name = "NAME", default_value = "cup")]
    pub profile: String,
    /// The terminals in its books: names under `fixtures/terminals`, or files.
    #[arg(long, value_name = "NAME", num_args = 1.., default_value = "keyed")]
    pub terminal: Vec<String>,
    /// What it does wrong on purpose: a name under `fixtures/acquirers/behaviours`, or a file.
    #[arg(long, value_name = "NAME")]
    pub behaviour: Option<String>,
    /// Speak TLS, by a certificate for this machine that is made now, unless one is named.
    #[arg(long)]
    pub tls: bool,
    /// Speak TLS by the certificate in this file, and those behind it that sign it (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Write the certificate that is made to this file (PEM), for the terminal to trust.
    #[arg(long, value_name = "FILE", requires = "tls", conflicts_with = "tls_cert")]
    pub tls_cert_out: Option<PathBuf>,
    /// Where the book goes at the end; by default to standard output.
    #[arg(long, value_name = "FILE")]
    pub book: Option<PathBuf>,
    /// Print card numbers and tracks in full.
    #[arg(long)]
    pub reveal: bool,
    /// What the working keys are drawn from; by default another one each time.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The folder of the fixtures.
    #[arg(long, value_name = "DIR", env = "PAYRIG_FIXTURES", default_value = "fixtures")]
    pub fixtures: PathBuf,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  payrig modem --pty /tmp/modem     then `picocom /tmp/modem` elsewhere\n  \
                        payrig modem --pty /tmp/modem --network sim-no-credit\n  \
                        payrig modem --pty /tmp/modem --allow-network\n\n\
                        The first line says where it serves. `>` comes from the software, `<` goes to it; times count from the start.\n\
                        Ctrl-C ends it and removes the port."
)]
pub(crate) struct ModemArgs {
    /// The path by which software opens the port: a link to it is made there, and removed at the end.
    #[arg(long, value_name = "PATH")]
    pub pty: PathBuf,
    /// The network around the modem: a name under `fixtures/networks`, or a file.
    #[arg(long, value_name = "NAME", default_value = "cellular-normal")]
    pub network: String,
    /// The module that plays it, `sim800`, `ec20` or `hayes`; by default the one of the network's file.
    #[arg(long, value_name = "NAME")]
    pub module: Option<String>,
    /// Which of the modem's variants, by a number: echo at first, unasked lines, line ends; by default none.
    #[arg(long, value_name = "N")]
    pub variant: Option<u64>,
    /// Let connections through to real hosts, by this machine's network; otherwise each is refused as by a host at whose port nothing
    /// listens.
    #[arg(long)]
    pub allow_network: bool,
    /// What the network's timing is drawn from; by default another one each time.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The folder of the fixtures.
    #[arg(long, value_name = "DIR", env = "PAYRIG_FIXTURES", default_value = "fixtures")]
    pub fixtures: PathBuf,
}

/// `5000` and `localhost:5000` stand for `127.0.0.1:5000`.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").unwrap_or(text);
    let written = if port.parse::<u16>().is_ok() { format!("127.0.0.1:{port}") } else { text.to_owned() };
    written.parse().map_err(|_| {
        "expected an address and a port, as in `127.0.0.1:5000` or `[::1]:5000`, or a port".into()
    })
}

/// What the modem speaks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Module {
    /// A SIMCom SIM800.
    Sim800,
    /// A Quectel EC20.
    Ec20,
    /// A Hayes modem on a phone line.
    Hayes,
}

impl Module {
    pub(crate) const fn dialect(self) -> Dialect {
        match self {
            Self::Sim800 => Dialect::Sim800,
            Self::Ec20 => Dialect::Ec20,
            Self::Hayes => Dialect::Hayes,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  payrig diagnose                                   the whole matrix\n  \
                        payrig diagnose --network no-sim --module ec20    the networks whose name contains this\n  \
                        payrig diagnose --exact --network no-sim --variants 1 --seed 17 --record\n\n\
                        Each sign-on is played on the simulated board, in virtual time. A count with ! is a wrong answer.\n\
                        Exit codes: 0 no wrong answer, 1 a wrong one, or conditions of one cause that a terminal could tell apart.")]
pub(crate) struct DiagnoseArgs {
    /// Only networks whose name contains this, or whose condition it is.
    #[arg(long, value_name = "FILTER")]
    pub network: Vec<String>,
    /// Only the network of exactly this name; where none is, all of the condition of this name.
    #[arg(long, requires = "network")]
    pub exact: bool,
    /// Only this modem.
    #[arg(long, value_enum)]
    pub module: Option<Module>,
    /// So many variants of each network, each with the next seed.
    #[arg(long, value_name = "N", default_value_t = VARIANTS, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub variants: u32,
    /// The seed of the first variant; by default 1.
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Keep the record of every sign-on, not only of wrong ones.
    #[arg(long)]
    pub record: bool,
    /// The folder that the run leaves its records in; by default a new one under `runs`.
    #[arg(long, value_name = "DIR", env = "PAYRIG_RUN_DIR")]
    pub run_dir: Option<PathBuf>,
    /// The folder of the fixtures.
    #[arg(long, value_name = "DIR", env = "PAYRIG_FIXTURES", default_value = "fixtures")]
    pub fixtures: PathBuf,
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
