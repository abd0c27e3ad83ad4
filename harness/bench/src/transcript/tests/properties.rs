use std::collections::BTreeMap;

use payrig_tape::{Follower, Lens, Tape, render};
use proptest::prelude::*;

use super::*;

/// Both directions of every line, with something of everything.
fn everything() -> Vec<(&'static str, Direction, Vec<u8>)> {
    let boot_cut = [&BOOT[..40], BOOT, SCREEN, &SCREEN[..60], BOOT].concat();
    let data = [
        b"\r\nOK\r\n\r\n> \r\nSEND OK\r\n\r\n+IPD,70:".as_slice(),
        &echo_test("000001"),
        b"\r\nCLOSED\r\n\r\n",
    ]
    .concat();
    vec![
        ("panel", FromTerminal, boot_cut.into_bytes()),
        ("panel", ToTerminal, b"1\r\n%PAYRIG-RECORD 1\nserial=1\n%END 0000\n77%x".to_vec()),
        ("modem", FromTerminal, b"\x1bAT\rATE0\r\nAT+CIPSEND=5\r12345AT".to_vec()),
        ("modem", ToTerminal, data),
        ("host", FromTerminal, [echo_test("000001"), echo_test("000002"), vec![0, 1, 2]].concat()),
        ("host", ToTerminal, [echo_test("000003"), vec![0, 0x42, 2]].concat()),
        ("slot", FromTerminal, b"\x10\x52\x00\x10\x56\x00ab\x10\x10\x10".to_vec()),
        (
            "front-end",
            FromTerminal,
            b"\x10\x04\x04\x1b@\x1c&\x1ba\x01\xc9\xcc\xbb\xa7\n\x81\n\x1d!\x10\x04\x04\x1bd\x02\x1dVB\x00\x1dr\x01\x1d!".to_vec(),
        ),
        (
            "front-end",
            ToTerminal,
            b"\xff\xa5\x02\x00\x01\x01\x4a\xb8\xa5\x02\x00\x01\x01\x4a\xb9\xa5\x03".to_vec(),
        ),
    ]
}

/// Messages of one way, with what neither a reader nor an order of bytes decides taken away: rows of mere bytes are one.
fn joined(rows: &[Row]) -> Vec<(String, String)> {
    let mut joined: Vec<(String, String)> = Vec::new();
    for row in rows {
        let Row::Message(message) = row else { continue };
        match (joined.last_mut(), &message.meaning) {
            (Some((kind, text)), Meaning::Bytes) if kind == "bytes" => text.push_str(&message.text()),
            (_, Meaning::Bytes) => joined.push(("bytes".into(), message.text())),
            (_, meaning) => joined.push((format!("{meaning:?}"), message.text())),
        }
    }
    joined
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However the bytes are cut, the same messages come out, and every byte is in one of them.
    #[test]
    fn messages_do_not_depend_on_chunks(cuts in proptest::collection::vec(0..1000_usize, 0..40)) {
        for (line, direction, bytes) in everything() {
            // The data of the modem need their announcement, which goes the other way.
            let announced = chunk("modem", FromTerminal, "AT+CIPSEND=5\r");
            let prompt = chunk("modem", ToTerminal, "\r\n> ");
            let before = match (line, direction) {
                ("modem", ToTerminal) => vec![announced],
                ("modem", FromTerminal) => vec![announced, prompt, chunk("modem", FromTerminal, "abcde")],
                _ => Vec::new(),
            };
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % bytes.len()).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let cut = cuts.windows(2).map(|cut| chunk(line, direction, &bytes[cut[0]..cut[1]]));
            let cut: Vec<_> = before.iter().cloned().chain(cut).collect();
            let whole: Vec<_> = before.iter().cloned().chain([chunk(line, direction, &bytes)]).collect();
            let (cut, whole) = (rows(&cut), rows(&whole));
            prop_assert_eq!(joined(&cut), joined(&whole), "{} {:?}", line, direction);
            let kept = |rows: &[Row]| {
                let messages = rows.iter().filter_map(|row| match row {
                    Row::Message(message) if message.direction == direction => Some(message.pieces.clone()),
                    _ => None,
                });
                render(&join(messages.flatten()))
            };
            prop_assert_eq!(kept(&cut), kept(&whole));
            prop_assert!(kept(&whole).ends_with(&render(&pieces(&bytes))) || before.len() > 1);
        }
    }

    /// While a tape is written, bytes that may begin a secret come late and out of order: a line tells the same all the same.
    #[test]
    fn a_tape_that_is_written_tells_the_same_as_a_finished_one(
        line in prop_oneof![Just("panel"), Just("modem"), Just("host"), Just("slot"), Just("front-end")],
        order in proptest::collection::vec((any::<bool>(), 1..25_usize), 0..200),
        key in proptest::array::uniform16(prop_oneof![Just(b'\r'), Just(b'O'), Just(b'1'), Just(0x10_u8)]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let _clock = runtime.enter();
        let tape = Tape::create(folder.path(), tokio::time::Instant::now()).unwrap();
        tape.secrets().register(SecretKind::Key, "key#1", &key).unwrap();
        tape.secrets().register(SecretKind::Pan, "pan#1", b"1621234567890123").unwrap();
        let mut follower = Follower::new(tape.path());
        let mut live = Transcript::new(dialect());
        let mut seen = Vec::new();
        let mut said: Vec<_> = everything().into_iter().filter(|(name, ..)| *name == line).collect();
        if line == "modem" {
            said = conversation();
        }
        for (backwards, count) in order {
            // On the modem's line one waits for the other; elsewhere the ways have nothing to do with each other.
            let open = said.iter().position(|(.., bytes)| !bytes.is_empty()).unwrap_or(0);
            let at = if backwards && line != "modem" { said.len() - 1 } else { open };
            let (_, direction, bytes) = &mut said[at];
            let now: Vec<_> = bytes.drain(..count.min(bytes.len())).collect();
            let lens = match line {
                "panel" => Lens::Text,
                "slot" => Lens::Slot,
                _ => Lens::Binary,
            };
            tape.line(line, lens).record(*direction, &now);
            for entry in follower.news().unwrap() {
                seen.extend(live.push(&entry));
            }
        }
        tape.finish().unwrap();
        for entry in follower.news().unwrap() {
            seen.extend(live.push(&entry));
        }
        seen.extend(live.finish());
        let finished = Transcript::of(dialect(), &payrig_tape::read(tape.path()).unwrap());
        prop_assert_eq!(by_way(&seen), by_way(&finished));
    }

    /// A tape may hold anything.
    #[test]
    fn garbage_is_told_and_nothing_of_it_is_lost(
        chunks in proptest::collection::vec(
            (0..6_usize, any::<bool>(), prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..60),
                Just(BOOT.as_bytes().to_vec()),
                Just(b"PAYRIG-TERMINAL ".to_vec()),
                Just(b"AT+CIPSEND=99999999999999999999\r".to_vec()),
                Just(b"\r\n+IPD,99999999999:\r\n> ".to_vec()),
                Just(b"%PAYRIG-RECORD 1\n%END".to_vec()),
            ]), 0..40),
    ) {
        let names = ["panel", "modem", "host", "slot", "antenna", "front-end"];
        let direction = |to| if to { ToTerminal } else { FromTerminal };
        let chunks: Vec<_> =
            chunks.iter().map(|(line, to, bytes)| chunk(names[*line], direction(*to), bytes)).collect();
        let rows = rows(&chunks);
        for name in names {
            for way in [ToTerminal, FromTerminal] {
                let sent = chunks.iter().filter(|(line, to, _)| *line == name && *to == way);
                let messages = rows.iter().filter_map(|row| match row {
                    Row::Message(message) if message.line == name && message.direction == way => Some(message),
                    _ => None,
                });
                let told = messages.clone().flat_map(|message| message.pieces.clone());
                prop_assert_eq!(join(told), join(sent.flat_map(|(_, _, data)| data.clone())));
                prop_assert!(messages.map(|message| message.number).eq(1..=messages_of(&rows, name, way)));
            }
        }
    }
}

fn messages_of(rows: &[Row], line: &str, direction: Direction) -> usize {
    let of = |row: &&Row| matches!(row, Row::Message(m) if m.line == line && m.direction == direction);
    rows.iter().filter(of).count()
}

/// What terminal and modem say to each other, one after the other.
fn conversation() -> Vec<(&'static str, Direction, Vec<u8>)> {
    let received = [b"\r\nSEND OK\r\n\r\n+IPD,61:".as_slice(), &echo_test("000001")].concat();
    vec![
        ("modem", FromTerminal, b"AT\r".to_vec()),
        ("modem", ToTerminal, b"AT\r\r\nOK\r\n".to_vec()),
        ("modem", FromTerminal, b"AT+CIPSEND=5\r".to_vec()),
        ("modem", ToTerminal, b"\r\n> ".to_vec()),
        ("modem", FromTerminal, b"1\r345".to_vec()),
        ("modem", ToTerminal, received),
        ("modem", FromTerminal, b"AT+CIPCLOSE=1\r".to_vec()),
        ("modem", ToTerminal, b"\r\nCLOSE OK\r\n".to_vec()),
    ]
}

/// The messages of each line and direction.
fn by_way(rows: &[Row]) -> BTreeMap<(String, Direction), Vec<(String, String)>> {
    let mut ways = BTreeMap::<_, Vec<Row>>::new();
    for row in rows {
        if let Row::Message(message) = row {
            ways.entry((message.line.clone(), message.direction)).or_default().push(row.clone());
        }
    }
    ways.into_iter().map(|(way, rows)| (way, joined(&rows))).collect()
}
