//! Whatever the chunks: each side's stream in the capture is the original with the secrets' bytes masked, and nothing else changed.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use std::net::SocketAddrV4;
use std::path::Path;
use std::time::SystemTime;

use payrig_tape::{Direction, HostCapture, Lens, Piece, SecretKind, Tape, leaks, read};
use pcap_file::pcapng::{Block, PcapNgReader};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::time::Instant;

const KEY: &[u8] = b"\x5A\xA7\x1C\xDE\x0F\x93\xB4\x28\xE1\x6D\x37\xC9\x42\xFB\x80\x7E";
const PAN: &str = "621234567890123275";

fn stretch() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 1..8),
        Just(PAN.as_bytes().to_vec()),
        Just(hex::decode(PAN).unwrap()),
        Just(hex::decode(format!("a{PAN}b")).unwrap()),
        Just(KEY.to_vec()),
        Just(hex::encode(KEY).into_bytes()),
        (1..9_usize).prop_map(|length| hex::decode(PAN).unwrap()[..length].to_vec()),
    ]
}

/// The payloads of a capture by side: (terminal, host).
fn payloads(path: &Path) -> (Vec<u8>, Vec<u8>) {
    let (mut terminal, mut host) = (Vec::new(), Vec::new());
    let mut reader = PcapNgReader::new(std::fs::File::open(path).unwrap()).unwrap();
    while let Some(block) = reader.next_block() {
        if let (Block::EnhancedPacket(packet), _) = block.unwrap() {
            let packet = etherparse::SlicedPacket::from_ip(&packet.data).unwrap();
            let Some(etherparse::TransportSlice::Tcp(tcp)) = packet.transport else { continue };
            let side = if tcp.source_port() == 5000 { &mut host } else { &mut terminal };
            side.extend_from_slice(tcp.payload());
        }
    }
    (terminal, host)
}

/// Which nibbles of a stream are plain.
fn plain(pieces: &[Piece]) -> Vec<bool> {
    let one = |piece: &Piece| match piece {
        Piece::Text(text) => vec![true; text.len() * 2],
        Piece::Hex(digits) => vec![true; digits.len()],
        Piece::Token(token) => vec![false; token.nibbles],
        Piece::Slot(_) | Piece::Withheld(_) => Vec::new(),
    };
    pieces.iter().flat_map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_but_secrets_is_changed(
        stretches in vec((any::<bool>(), stretch()), 1..20), size in 1..24_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let _clock = runtime.enter();
        let dir = tempfile::tempdir().unwrap();
        let tape = Tape::create(dir.path(), Instant::now()).unwrap();
        tape.secrets().register(SecretKind::Pan, "pan#1", PAN.as_bytes()).unwrap();
        tape.secrets().register(SecretKind::Key, "PIK#1", KEY).unwrap();
        let tap = tape.line("host", Lens::Binary);
        let path = dir.path().join("host.pcapng");
        let capture = HostCapture::create(&path, Instant::now(), SystemTime::UNIX_EPOCH, tape.secrets()).unwrap();
        let (terminal, host): (SocketAddrV4, SocketAddrV4) =
            ("10.0.0.2:40001".parse().unwrap(), "192.0.2.10:5000".parse().unwrap());
        let connection = capture.connect(terminal, host);
        let mut sent = [Vec::new(), Vec::new()];
        for (from_terminal, bytes) in &stretches {
            for chunk in bytes.chunks(size) {
                if *from_terminal {
                    connection.to_host(chunk);
                    tap.record(Direction::FromTerminal, chunk);
                } else {
                    connection.from_host(chunk);
                    tap.record(Direction::ToTerminal, chunk);
                }
            }
            sent[usize::from(!from_terminal)].extend_from_slice(bytes);
        }
        connection.close();
        capture.finish().unwrap();
        tape.finish().unwrap();
        prop_assert_eq!(leaks(dir.path(), tape.secrets()).unwrap(), []);
        let recording = read(tape.path()).unwrap();
        let (terminal, host) = payloads(&path);
        for (side, direction, sent) in
            [(terminal, Direction::FromTerminal, &sent[0]), (host, Direction::ToTerminal, &sent[1])]
        {
            let plain = plain(&recording.stream("host", direction));
            prop_assert_eq!(plain.len(), sent.len() * 2);
            prop_assert_eq!(side.len(), sent.len());
            let nibbles = hex::encode(side).into_bytes().into_iter().zip(hex::encode(sent).into_bytes());
            prop_assert!(nibbles.zip(plain).all(|((seen, sent), plain)| !plain || seen == sent));
        }
    }
}
