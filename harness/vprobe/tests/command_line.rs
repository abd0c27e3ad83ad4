//! The `probe-rs` command, where it is installed, on a board that runs here.

#![expect(clippy::unwrap_used, reason = "what does not work fails the test")]

mod board;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use board::{Bench, image, microbit_image};
use payrig_vprobe::Machine;

const CHIP_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rigs/chips/mps2-an386.yaml");

const GREETING: &str = "payrig-board-microbit runs";

/// `probe-rs SUBCOMMAND` for this board, or `None`, said on standard output, where there is no such command.
fn probe_rs(machine: &Machine, bench: &Bench, subcommand: &str) -> Option<Command> {
    let installed = Command::new("probe-rs").arg("--version").output().is_ok_and(|o| o.status.success());
    if !installed {
        println!("skipped: `probe-rs` is not on PATH; `cargo install probe-rs-tools --locked` brings it");
        return None;
    }
    let mut command = Command::new("probe-rs");
    command.args([subcommand, "--non-interactive", "--probe", &machine.probe_selector()]);
    // Its settings and logs are none of the test's business.
    command.current_dir(bench.dir.path()).env("HOME", bench.dir.path()).stdin(Stdio::null());
    Some(command)
}

fn run(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

#[test]
fn the_emulated_board_is_flashed_verified_read_and_reset() {
    let bench = Bench::new();
    let machine = bench.start();
    let program = bench.dir.path().join("program.bin");
    std::fs::write(&program, image(20_000)).unwrap();
    let command = |subcommand, rest: &[&str]| {
        let mut command = probe_rs(&machine, &bench, subcommand)?;
        command.args(["--chip-description-path", CHIP_FILE, "--chip", "mps2-an386"]).args(rest);
        Some(command)
    };
    let program = program.to_str().unwrap();
    let raw = ["--binary-format", "bin", "--base-address", "0", program];
    let Some(download) = command("download", &[&["--verify"], raw.as_slice()].concat()) else { return };
    run(download);
    run(command("verify", &raw).unwrap());
    let read = run(command("read", &["b32", "0x0", "2"]).unwrap());
    assert!(String::from_utf8_lossy(&read.stdout).trim().ends_with("20001000 00000041"), "{read:?}");
    assert!(!machine.is_running().unwrap(), "nobody started the program");

    run(command("reset", &[]).unwrap());
    let (mut line, _) = bench.uart0.accept().unwrap();
    line.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut byte = [0];
    line.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"P");
    assert!(machine.is_running().unwrap());
    run(command("read", &["b32", "0x20000400", "1"]).unwrap());
    assert!(machine.is_running().unwrap(), "it was read while it runs");

    let refused = command("read", &["b32", "0x30000000", "1"]).unwrap().output().unwrap();
    assert!(!refused.status.success());
    run(command("read", &["b32", "0x0", "1"]).unwrap());
}

/// Runs the command until it says `greeting`.
fn says(mut command: Command, greeting: &str) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let said = lines.any(|line| line.contains(greeting));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said, "{command:?} ended without saying {greeting:?}");
}

#[test]
fn the_micro_bits_program_is_run_and_its_output_shown() {
    let bench = Bench::new();
    let machine = Machine::start(bench.microbit()).unwrap();
    let image = microbit_image();
    let Some(mut run) = probe_rs(&machine, &bench, "run") else { return };
    run.args(["--chip", "nRF51822_xxAA"]).arg(image);
    says(run, GREETING);

    // The command was killed and could not tidy up: the board is still of use.
    machine.reset().unwrap();
    let mut attach = probe_rs(&machine, &bench, "attach").unwrap();
    attach.args(["--chip", "nRF51822_xxAA"]).arg(image);
    says(attach, GREETING);
    assert!(machine.is_running().unwrap());
}
