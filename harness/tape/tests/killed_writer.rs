//! `kill -9` at any moment: what was recorded is readable, and the tape says that it is incomplete.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use payrig_tape::{Direction, HostCapture, Lens, Recording, SecretKind, Tape, leaks, read, render};
use tokio::time::Instant;

/// Set in the process that is killed: the folder that it writes in.
const FOLDER: &str = "PAYRIG_TAPE_WRITE_IN";
const KILLS: usize = 60;
const PAN: &[u8] = b"6212345678901232";

/// Numbered messages over two lines, each cut into three chunks, with a card number in every one: for ever.
fn write(dir: &Path) -> ! {
    let tape = Tape::create(dir, Instant::now()).unwrap();
    tape.secrets().register(SecretKind::Pan, "pan#1", PAN).unwrap();
    let base = std::time::SystemTime::UNIX_EPOCH;
    let capture =
        HostCapture::create(&dir.join("host.pcapng"), Instant::now(), base, tape.secrets()).unwrap();
    let host = "192.0.2.10:5000".parse().unwrap();
    let connection = capture.connect(host, host);
    let (modem, panel) = (tape.line("modem", Lens::Binary), tape.line("panel", Lens::Text));
    for n in 0_u64.. {
        let message = [format!("<{n}:").as_bytes(), PAN, b">"].concat();
        for chunk in message.chunks(message.len() / 3 + 1) {
            modem.record(Direction::ToTerminal, chunk);
            panel.record(Direction::FromTerminal, b".");
            connection.to_host(chunk);
        }
        if n == 0 {
            println!("recording");
        }
    }
    unreachable!("an endless writer");
}

/// How many messages of the line are whole: they are numbered without a gap, and only the last may lack its end.
fn whole_messages(recording: &Recording) -> usize {
    let text = render(&recording.stream("modem", Direction::ToTerminal));
    let whole: Vec<&str> = text.split_inclusive('>').filter(|message| message.ends_with('>')).collect();
    for (n, message) in whole.iter().enumerate() {
        assert_eq!(*message, format!("<{n}:{{pan#1 621234******1232 ascii}}>"));
    }
    whole.len()
}

#[tokio::test]
async fn a_tape_outlives_a_writer_that_is_killed_at_any_moment() {
    if let Some(dir) = std::env::var_os(FOLDER) {
        write(Path::new(&dir));
    }
    let (mut torn, mut missing, mut least, mut most) = (0, 0, usize::MAX, 0);
    for kill in 0..KILLS {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_tape_outlives_a_writer_that_is_killed_at_any_moment", "--nocapture"])
            .env(FOLDER, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = writer.stdout.take().unwrap();
        let mut begun = Vec::new();
        while !begun.ends_with(b"recording\n") {
            let mut byte = [0];
            said.read_exact(&mut byte).unwrap();
            begun.push(byte[0]);
        }
        // Wherever in the next milliseconds: it is in the middle of something all the time.
        tokio::time::sleep(std::time::Duration::from_micros((kill * 7919 % 20_000) as u64)).await;
        writer.kill().unwrap();
        writer.wait().unwrap();

        let recording = read(&dir.path().join("tape.jsonl")).unwrap();
        assert!(!recording.complete && recording.end.is_none());
        let whole = whole_messages(&recording);
        assert!(whole > 0, "the first message was recorded before the kill");
        torn += usize::from(recording.torn > 0);
        missing += usize::from(recording.missing > 0);
        (least, most) = (least.min(whole), most.max(whole));
        let secrets = payrig_tape::Secrets::new();
        secrets.register(SecretKind::Pan, "pan#1", PAN).unwrap();
        assert_eq!(leaks(dir.path(), &secrets).unwrap(), [], "tape and capture are searched whole");
    }
    println!(
        "{KILLS} kills: {least} to {most} messages whole, {torn} torn last lines, {missing} with a held-back part missing"
    );
}
