//! The capture opens in tshark, whose reassembled streams are the masked bytes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails the test")]

use std::net::SocketAddrV4;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use payrig_tape::{HostCapture, HostConnection, Secret, SecretKind, Secrets, leaks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, advance};

const HOST: &str = "192.0.2.10:5000";
const KEY: [u8; 16] =
    [0x5A, 0xA7, 0x1C, 0xDE, 0x0F, 0x93, 0xB4, 0x28, 0xE1, 0x6D, 0x37, 0xC9, 0x42, 0xFB, 0x80, 0x7E];

/// Runs tshark with checksums checked and payloads left undissected; the answer is its standard output.
fn tshark(file: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("tshark");
    command.args([
        "-d",
        "tcp.port==5000,data",
        "-o",
        "ip.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
    ]);
    let output = match command.arg("-r").arg(file).args(arguments).output() {
        Ok(output) => output,
        Err(error) => panic!(
            "tshark, which proves that the capture opens, did not start ({error}): ci/setup installs it"
        ),
    };
    assert!(output.status.success(), "tshark: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What each side sent on a TCP stream, as tshark puts it together: (terminal, host).
fn follow(file: &Path, stream: usize) -> (Vec<u8>, Vec<u8>) {
    let text = tshark(file, &["-q", "-z", &format!("follow,tcp,raw,{stream}")]);
    let (mut terminal, mut host) = (Vec::new(), Vec::new());
    for line in text.lines().skip_while(|line| !line.starts_with("Node 1")).skip(1) {
        let (side, digits) = match line.strip_prefix('\t') {
            Some(digits) => (&mut host, digits),
            None => (&mut terminal, line),
        };
        side.extend(hex::decode(digits).unwrap_or_default());
    }
    (terminal, host)
}

fn secrets() -> Secrets {
    let secrets = Secrets::new();
    secrets.register(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
    secrets.add(Secret::new(SecretKind::Key, "PIK#1", &KEY).unwrap().with_label("kcv 900ECCE3")).unwrap();
    secrets
}

fn capture(dir: &Path, secrets: &Secrets) -> (HostCapture, std::path::PathBuf) {
    let path = dir.join("host.pcapng");
    let base = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    (HostCapture::create(&path, Instant::now(), base, secrets).unwrap(), path)
}

fn connect(capture: &HostCapture, port: u16) -> HostConnection {
    capture.connect(SocketAddrV4::new([10, 0, 0, 2].into(), port), HOST.parse().unwrap())
}

/// What tshark finds fault with: checksums, sequence numbers, malformed packets.
fn faults(file: &Path) -> Vec<String> {
    let all = tshark(file, &[]).lines().count();
    let good = tshark(file, &["-Y", "ip.checksum.status == 1 && tcp.checksum.status == 1"]).lines().count();
    // From "warning" on; below are comments and the beginning and end of connections.
    let expert = "tcp.analysis.flags || _ws.malformed || _ws.expert.severity >= 0x600000";
    let mut faults: Vec<String> = tshark(file, &["-Y", expert]).lines().map(str::to_owned).collect();
    if good != all || all == 0 {
        faults.push(format!("{good} of {all} packets have good checksums"));
    }
    faults
}

#[tokio::test(start_paused = true)]
async fn streams_are_reassembled_with_secrets_masked() {
    let dir = tempfile::tempdir().unwrap();
    let secrets = secrets();
    let (capture, path) = capture(dir.path(), &secrets);
    let (first, second) = (connect(&capture, 40001), connect(&capture, 40002));
    advance(Duration::from_millis(20)).await;
    // The packed PAN begins in a low nibble and is split over two packets; the answer comes in between.
    first.to_host(&hex::decode("0216a6212345").unwrap());
    second.to_host(b"other");
    advance(Duration::from_millis(20)).await;
    first.from_host(&[&[0xAB], &KEY[..], b"6212345678901232"].concat());
    advance(Duration::from_millis(20)).await;
    first.to_host(&hex::decode("678901232f").unwrap());
    first.close();
    second.from_host(b"connection");
    let summary = capture.finish().unwrap();
    assert_eq!((summary.connections, summary.packets), (2, 5 + 12));
    let (to_host, from_host) = follow(&path, 0);
    assert_eq!(hex::encode(to_host), "0216a6212340000001232f");
    assert_eq!(from_host, [&[0xAB], &[0; 16][..], b"6212340000001232"].concat());
    let order = [
        "-Y",
        "tcp.stream == 0 && tcp.len > 0",
        "-T",
        "fields",
        "-e",
        "tcp.srcport",
        "-e",
        "frame.time_relative",
    ];
    let expected = "40001\t0.020000000\n5000\t0.040000000\n40001\t0.060000000\n";
    assert_eq!(tshark(&path, &order), expected, "a held-back request stays before its answer");
    assert_eq!(follow(&path, 1), (b"other".to_vec(), b"connection".to_vec()));
    assert_eq!(faults(&path), [] as [String; 0]);
    assert_eq!(leaks(dir.path(), &secrets).unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn packets_tell_time_and_tokens() {
    let dir = tempfile::tempdir().unwrap();
    let (capture, path) = capture(dir.path(), &secrets());
    let connection = connect(&capture, 40001);
    advance(Duration::from_nanos(1_250_000_007)).await;
    connection.to_host(b"to 6212345678901232.");
    capture.finish().unwrap();
    let fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.comment", "-e", "tcp.payload"];
    let text = tshark(&path, &[&fields as &[&str], &["-Y", "tcp.len > 0"]].concat());
    let expected = [
        "1700000001.250000007",
        "{pan#1 621234******1232 ascii} at byte 3, 16 bytes, masked",
        &hex::encode(b"to 6212340000001232."),
    ];
    assert_eq!(text.trim_end(), expected.join("\t"));
}

#[tokio::test(start_paused = true)]
async fn long_messages_and_many_of_them_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    let (capture, path) = capture(dir.path(), &secrets());
    let connection = connect(&capture, 40001);
    let long: Vec<u8> = (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    connection.from_host(&long);
    for _ in 0..200 {
        connection.to_host(b"ping");
        connection.from_host(b"pong");
    }
    capture.finish().unwrap();
    let (to_host, from_host) = follow(&path, 0);
    assert_eq!(to_host, b"ping".repeat(200));
    assert_eq!(from_host, [long, b"pong".repeat(200)].concat());
    assert_eq!(faults(&path), [] as [String; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_wrapped_stream_is_captured_from_the_hosts_end() {
    let dir = tempfile::tempdir().unwrap();
    let (capture, path) = capture(dir.path(), &secrets());
    let (mut modem, host) = tokio::io::duplex(64);
    let mut host = connect(&capture, 40001).wrap(host);
    modem.write_all(b"request").await.unwrap();
    let mut buffer = [0; 64];
    let count = host.read(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..count], b"request");
    host.write_all(b"answer").await.unwrap();
    drop(host);
    capture.finish().unwrap();
    assert_eq!(follow(&path, 0), (b"request".to_vec(), b"answer".to_vec()));
    assert_eq!(faults(&path), [] as [String; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_capture_cut_off_by_a_kill_still_opens() {
    let dir = tempfile::tempdir().unwrap();
    let (capture, path) = capture(dir.path(), &secrets());
    let connection = connect(&capture, 40001);
    connection.to_host(b"request\r\n");
    // What is in the file now is what a kill would leave.
    let killed = dir.path().join("killed.pcapng");
    std::fs::copy(&path, &killed).unwrap();
    assert_eq!(follow(&killed, 0).0, b"request\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_damaged_packet_would_be_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (capture, path) = capture(dir.path(), &secrets());
    connect(&capture, 40001).to_host(b"request\r\n");
    capture.finish().unwrap();
    let mut data = std::fs::read(&path).unwrap();
    let at = data.windows(7).position(|window| window == b"request").unwrap();
    data[at] ^= 1;
    std::fs::write(&path, data).unwrap();
    assert!(!faults(&path).is_empty());
}
