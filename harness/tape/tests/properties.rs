//! Whatever the secrets, their surroundings and the chunks: no secret in the file, and every byte can be had back.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use std::time::Duration;

use payrig_tape::{Direction, Lens, Piece, SecretKind, Secrets, Tape, leaks, read, restore};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::time::{Instant, advance};

#[derive(Clone, Debug)]
struct Values {
    pan: String,
    track_rest: String,
    key: Vec<u8>,
}

/// How a planted value is written; packed PANs may begin in a low nibble.
#[derive(Clone, Debug)]
enum Plant {
    Noise(Vec<u8>),
    Digits(String),
    Pan,
    PanPacked,
    PanPackedLow(u8, u8),
    PanBeginning(usize),
    Track,
    TrackPacked,
    Key,
    KeyHex(u32),
    KeyBeginning(usize),
}

fn values() -> impl Strategy<Value = Values> {
    ("[0-9]{13,19}", "[0-9]{4,17}", vec(any::<u8>(), 16))
        .prop_filter("a key of one byte is no key", |(_, _, key)| {
            key.windows(2).any(|pair| pair[0] != pair[1])
        })
        .prop_map(|(pan, track_rest, key)| Values { pan, track_rest, key })
}

fn plant() -> impl Strategy<Value = Plant> {
    prop_oneof![
        vec(any::<u8>(), 0..12).prop_map(Plant::Noise),
        "[0-9 A-F]{0,8}".prop_map(Plant::Digits),
        Just(Plant::Pan),
        Just(Plant::PanPacked),
        (0..16_u8, 0..16_u8).prop_map(|(before, after)| Plant::PanPackedLow(before, after)),
        (1..13_usize).prop_map(Plant::PanBeginning),
        Just(Plant::Track),
        Just(Plant::TrackPacked),
        Just(Plant::Key),
        any::<u32>().prop_map(Plant::KeyHex),
        (1..16_usize).prop_map(Plant::KeyBeginning),
    ]
}

fn pack(digits: &str) -> Vec<u8> {
    let even = if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("{digits}f") };
    hex::decode(even).unwrap()
}

fn bytes(plant: &Plant, values: &Values) -> Vec<u8> {
    match plant {
        Plant::Noise(noise) => noise.clone(),
        Plant::Digits(digits) => digits.clone().into_bytes(),
        Plant::Pan => values.pan.clone().into_bytes(),
        Plant::PanPacked => pack(&values.pan),
        Plant::PanPackedLow(before, after) => {
            let odd = if values.pan.len().is_multiple_of(2) { format!("{after:x}") } else { String::new() };
            pack(&format!("{before:x}{}{odd}", values.pan))
        }
        Plant::PanBeginning(length) => values.pan.as_bytes()[..*length].to_vec(),
        Plant::Track => format!("{}={}", values.pan, values.track_rest).into_bytes(),
        Plant::TrackPacked => pack(&format!("{}d{}", values.pan, values.track_rest)),
        Plant::Key => values.key.clone(),
        Plant::KeyHex(cases) => {
            let one = |(at, c): (usize, char)| if cases >> at & 1 == 1 { c.to_ascii_uppercase() } else { c };
            hex::encode(&values.key).chars().enumerate().map(one).collect::<String>().into_bytes()
        }
        Plant::KeyBeginning(length) => values.key[..*length].to_vec(),
    }
}

fn secrets_of(values: &Values, secrets: &Secrets) {
    secrets.register(SecretKind::Pan, "pan#1", values.pan.as_bytes()).unwrap();
    let track = format!("{}D{}", values.pan, values.track_rest);
    secrets.register(SecretKind::Track, "track#1", track.as_bytes()).unwrap();
    secrets.register(SecretKind::Key, "PIK#1", &values.key).unwrap();
}

/// Cuts the data at the given places, which wrap around.
fn cut(data: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    let mut rest = data;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, after) = rest.split_at((*size).min(rest.len()));
        chunks.push(chunk.to_vec());
        rest = after;
    }
    chunks
}

/// The nibbles between tokens, as hex digits.
fn plain_runs(pieces: &[Piece]) -> Vec<String> {
    let mut runs = vec![String::new()];
    for piece in pieces {
        match (piece, runs.last_mut()) {
            (Piece::Text(text), Some(run)) => run.push_str(&hex::encode(text)),
            (Piece::Hex(digits), Some(run)) => run.push_str(digits),
            _ => runs.push(String::new()),
        }
    }
    runs
}

fn check(values: &Values, plants: &[Plant], sizes: &[usize], lens: Lens) -> Result<(), TestCaseError> {
    let data: Vec<u8> = plants.iter().flat_map(|plant| bytes(plant, values)).collect();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (path, secrets, summary) = runtime.block_on(async {
        let tape = Tape::create(dir.path(), Instant::now()).unwrap();
        secrets_of(values, tape.secrets());
        let (line, other) = (tape.line("modem", lens), tape.line("whole", lens));
        for chunk in cut(&data, sizes) {
            advance(Duration::from_micros(7)).await;
            line.record(Direction::ToTerminal, &chunk);
        }
        other.record(Direction::ToTerminal, &data);
        (tape.path().to_owned(), tape.secrets().clone(), tape.finish().unwrap())
    });
    prop_assert_eq!(summary.fault, None);
    let recording = read(&path).unwrap();
    prop_assert!(recording.complete);
    prop_assert!(recording.entries.is_sorted_by_key(|entry| (entry.at(), entry.n())));
    let sizes_read: Vec<usize> = recording
        .events()
        .filter(|event| event.line == "modem")
        .map(|event| restore(&event.data, &secrets).map(|bytes| bytes.len()))
        .collect::<Result<_, _>>()
        .unwrap();
    prop_assert_eq!(sizes_read, cut(&data, sizes).iter().map(Vec::len).collect::<Vec<_>>());
    let stream = recording.stream("modem", Direction::ToTerminal);
    prop_assert_eq!(&stream, &recording.stream("whole", Direction::ToTerminal), "chunks change nothing");
    prop_assert_eq!(restore(&stream, &secrets).unwrap(), data);
    prop_assert_eq!(leaks(dir.path(), &secrets).unwrap(), []);
    check_runs(&stream, values)
}

/// An independent look at what is plain, that shares nothing with the search.
fn check_runs(stream: &[Piece], values: &Values) -> Result<(), TestCaseError> {
    let needles = [
        hex::encode(&values.pan[..7]),
        values.pan.clone(),
        hex::encode(&values.key[..4]),
        hex::encode(hex::encode(&values.key)),
        hex::encode(hex::encode_upper(&values.key)),
    ];
    for run in plain_runs(stream) {
        for (which, needle) in needles.iter().enumerate() {
            // Packed digits count at any nibble, everything else at whole bytes of the stream.
            let inside = run.match_indices(needle.as_str()).next().is_some();
            prop_assert!(!inside || which != 1, "packed PAN in {run}");
            let doubled =
                run.len().is_multiple_of(2) && run.match_indices(needle.as_str()).any(|(at, _)| at % 2 == 0);
            prop_assert!(!doubled, "form {which} in {run}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_reaches_a_binary_line(
        values in values(), plants in vec(plant(), 0..12), sizes in vec(1..20_usize, 1..6),
    ) {
        check(&values, &plants, &sizes, Lens::Binary)?;
    }

    #[test]
    fn no_secret_reaches_a_text_line(
        values in values(), plants in vec(plant(), 0..12), sizes in vec(1..20_usize, 1..6),
    ) {
        check(&values, &plants, &sizes, Lens::Text)?;
    }
}
