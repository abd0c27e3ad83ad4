//! Whatever goes over a slot's line: no secret on the tape, and every byte can be had back.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

mod card;

use card::{FROM, Line, TO};
use payrig_tape::{Direction, Lens, PieceQueue, SecretKind, Secrets, Tape, join, leaks, read, restore};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::time::Instant;

#[derive(Clone, Debug)]
struct Values {
    pan: String,
    rest: String,
    key: Vec<u8>,
    pin: String,
}

fn values() -> impl Strategy<Value = Values> {
    // Many digits that make the escape of either convention.
    let digits = |range: &str| format!("([0-9]|10|10|01){range}");
    let fits = |pan: &String| (13..=19).contains(&pan.len());
    let key = vec(prop_oneof![Just(0x10_u8), Just(0xF7), any::<u8>()], 16);
    (
        proptest::string::string_regex(&digits("{9,16}")).unwrap().prop_filter("a PAN", fits),
        proptest::string::string_regex(&digits("{4,9}")).unwrap(),
        key.prop_filter("a key of one byte is no key", |key| key.windows(2).any(|pair| pair[0] != pair[1])),
        "[0-9]{4,12}",
    )
        .prop_map(|(pan, rest, key, pin)| Values { pan, rest, key, pin })
        .prop_filter("the beginnings that may be told look like no middle", middles_are_their_own)
}

/// Whether no middle that [`check_values`] looks for is met in what a line may tell of a value: its beginning, with its escapes and in either
/// convention.
fn middles_are_their_own(values: &Values) -> bool {
    let beginnings = [pack(&values.pan[..6]), values.key[..3].to_vec(), values.pan.as_bytes()[..6].to_vec()];
    let escaped = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().flat_map(|byte| std::iter::repeat_n(*byte, if *byte == 0x10 { 2 } else { 1 })).collect()
    };
    let lines = beginnings.iter().flat_map(|told| [escaped(told), escaped(&turned(told))]);
    let lines: Vec<_> = lines.flat_map(|line| [turned(&line), line]).collect();
    // Escapes stand beside signals, and a length of 16 is an escape: what is full of them may be met in a line without any value.
    let escapes = |middle: &Vec<u8>| middle.iter().filter(|byte| matches!(byte, 0x10 | 0xF7)).count();
    middles(values).iter().all(|middle| !lines.iter().any(|line| holds(line, middle)) && escapes(middle) < 2)
}

/// Characters as the other convention has them.
fn turned(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| !byte.reverse_bits()).collect()
}

fn holds(line: &[u8], middle: &[u8]) -> bool {
    line.windows(middle.len()).any(|window| window == middle)
}

/// The middles of secrets, which no line may tell.
fn middles(values: &Values) -> [Vec<u8>; 3] {
    [pack(&values.pan[..12]), values.key[5..9].to_vec(), values.pan.as_bytes()[6..11].to_vec()]
}

#[derive(Clone, Debug)]
enum Field {
    Noise(Vec<u8>),
    Pan,
    PanLow(u8),
    Track,
    Ascii,
    Key,
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![
        vec(any::<u8>(), 0..9).prop_map(Field::Noise),
        Just(Field::Pan),
        (0..16_u8).prop_map(Field::PanLow),
        Just(Field::Track),
        Just(Field::Ascii),
        Just(Field::Key),
    ]
}

fn pack(digits: &str) -> Vec<u8> {
    let even = if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("{digits}f") };
    hex::decode(even).unwrap()
}

fn bytes(field: &Field, values: &Values) -> Vec<u8> {
    match field {
        Field::Noise(noise) => noise.clone(),
        Field::Pan => pack(&values.pan),
        Field::PanLow(before) => pack(&format!("{before:x}{}", values.pan)),
        Field::Track => pack(&format!("{}d{}", values.pan, values.rest)),
        Field::Ascii => values.pan.clone().into_bytes(),
        Field::Key => values.key.clone(),
    }
}

/// What terminal and card do.
#[derive(Clone, Debug)]
enum Act {
    Reset { inverse: bool, protocol: u8 },
    Off,
    T0 { out: bool, one_by_one: bool, fields: Vec<Field> },
    T1 { out: bool, size: usize, again: Vec<(usize, Option<usize>)>, fields: Vec<Field> },
    Verify { one_by_one: bool },
    VerifyT1 { size: usize, again: Vec<(usize, Option<usize>)> },
    Noise(bool, Vec<u8>),
}

fn again() -> impl Strategy<Value = Vec<(usize, Option<usize>)>> {
    vec((0..4_usize, proptest::option::of(0..20_usize)), 0..3)
}

fn act() -> impl Strategy<Value = Act> {
    let fields = || vec(field(), 1..6);
    prop_oneof![
        3 => (any::<bool>(), 0..2_u8).prop_map(|(inverse, protocol)| Act::Reset { inverse, protocol }),
        1 => Just(Act::Off),
        4 => (any::<bool>(), any::<bool>(), fields())
            .prop_map(|(out, one_by_one, fields)| Act::T0 { out, one_by_one, fields }),
        4 => (any::<bool>(), 1..40_usize, again(), fields())
            .prop_map(|(out, size, again, fields)| Act::T1 { out, size, again, fields }),
        2 => any::<bool>().prop_map(|one_by_one| Act::Verify { one_by_one }),
        2 => (1..20_usize, again()).prop_map(|(size, again)| Act::VerifyT1 { size, again }),
    ]
}

fn noise() -> impl Strategy<Value = Act> {
    let byte = prop_oneof![Just(0x10_u8), Just(0x52), Just(0x50), Just(0x45), Just(1), Just(0), any::<u8>()];
    (any::<bool>(), vec(byte, 0..30)).prop_map(|(to, noise)| Act::Noise(to, noise))
}

/// Plays the acts: those of another protocol than the session's are left out.
fn play(acts: &[Act], values: &Values) -> Line {
    let mut line = Line::default();
    let (mut protocol, mut numbers) = (None, [0, 0]);
    let data = |fields: &[Field]| {
        let mut all: Vec<u8> = fields.iter().flat_map(|field| bytes(field, values)).collect();
        all.truncate(250);
        all
    };
    let pin = || {
        let block = format!("2{:x}{}", values.pin.len(), values.pin);
        hex::decode(format!("{block:f<16}")).unwrap()
    };
    for act in acts {
        match act {
            Act::Reset { inverse, protocol: chosen } => {
                line.reset(*inverse, *chosen);
                (protocol, numbers) = (Some(*chosen), [0, 0]);
            }
            Act::Off => {
                line.off();
                protocol = None;
            }
            Act::T0 { out, one_by_one, fields } if protocol == Some(0) => {
                let data = data(fields);
                match (out, data.is_empty()) {
                    (_, true) => {}
                    (true, _) => line.t0_out([0x80, 0xDA, 0, 0], &data, *one_by_one),
                    (false, _) => line.t0_in([0x00, 0xB2, 1, 0x0C], &data, *one_by_one),
                }
            }
            Act::T1 { out, size, again, fields } if protocol == Some(1) => {
                let (way, at) = if *out { (FROM, 0) } else { (TO, 1) };
                let mut message = data(fields);
                // No command that the lens would take for VERIFY.
                message.insert(0, 0x80);
                numbers[at] = line.t1(way, &message, (*size, numbers[at]), again);
            }
            Act::Verify { one_by_one } if protocol == Some(0) => {
                line.t0_out([0x00, 0x20, 0x00, 0x80], &pin(), *one_by_one);
            }
            Act::VerifyT1 { size, again } if protocol == Some(1) => {
                let message = [&[0x00, 0x20, 0x00, 0x80, 8][..], &pin()].concat();
                numbers[0] = line.t1(FROM, &message, (*size, numbers[0]), again);
            }
            Act::Noise(to, noise) => line.raw(if *to { TO } else { FROM }, noise),
            _ => {}
        }
    }
    line
}

fn secrets_of(values: &Values, secrets: &Secrets) {
    secrets.register(SecretKind::Pan, "pan#1", values.pan.as_bytes()).unwrap();
    let track = format!("{}D{}", values.pan, values.rest);
    secrets.register(SecretKind::Track, "track#1", track.as_bytes()).unwrap();
    secrets.register(SecretKind::Key, "PIK#1", &values.key).unwrap();
    let pin = payrig_tape::Secret::new(SecretKind::Pin, "pin#1", values.pin.as_bytes()).unwrap();
    secrets.add(pin.on_lines(["panel"])).unwrap();
}

fn check(values: &Values, line: &Line, sizes: &[usize], pure: bool) -> Result<(), TestCaseError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (recording, whole, secrets) = runtime.block_on(async {
        let record = |folder: &str, sizes: &[usize]| {
            let tape = Tape::create(&dir.path().join(folder), Instant::now()).unwrap();
            secrets_of(values, tape.secrets());
            let tap = tape.line("slot", Lens::Slot);
            line.chunks(sizes).iter().for_each(|(way, bytes)| tap.record(*way, bytes));
            assert_eq!(tape.finish().unwrap().fault, None);
            (read(tape.path()).unwrap(), tape.secrets().clone())
        };
        let (whole, _) = record("whole", &[usize::MAX]);
        let (recording, secrets) = record("cut", sizes);
        (recording, whole, secrets)
    });
    prop_assert!(recording.complete);
    for way in [TO, FROM] {
        let stream = recording.stream("slot", way);
        prop_assert_eq!(&stream, &whole.stream("slot", way), "chunks change nothing");
        prop_assert_eq!(restore(&stream, &secrets).unwrap(), line.way(way));
        let mut queue = PieceQueue::default();
        stream.iter().for_each(|piece| queue.push(std::slice::from_ref(piece)));
        let taken: Vec<_> = (0..4000).flat_map(|_| queue.take(3)).collect();
        prop_assert_eq!(join(taken), stream, "a queue keeps it");
    }
    if pure {
        prop_assert_eq!(leaks(dir.path(), &secrets).unwrap(), []);
        check_values(values, &recording)?;
    }
    Ok(())
}

/// An independent look: no characters of a secret's middle stand together in what is plain.
fn check_values(values: &Values, recording: &payrig_tape::Recording) -> Result<(), TestCaseError> {
    for way in [Direction::ToTerminal, Direction::FromTerminal] {
        for piece in recording.stream("slot", way) {
            let plain = match &piece {
                payrig_tape::Piece::Text(text) => text.clone().into_bytes(),
                payrig_tape::Piece::Hex(digits) => hex::decode(digits).unwrap(),
                _ => continue,
            };
            for middle in middles(values) {
                for line in [turned(&plain), plain.clone()] {
                    prop_assert!(!holds(&line, &middle), "{} in {}", hex::encode(middle), hex::encode(line));
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_of_a_session_reaches_a_tape(
        values in values(), acts in vec(act(), 1..8), first in (any::<bool>(), 0..2_u8), sizes in vec(1..20_usize, 1..6),
    ) {
        let first = Act::Reset { inverse: first.0, protocol: first.1 };
        let acts: Vec<Act> = std::iter::once(first).chain(acts).collect();
        check(&values, &play(&acts, &values), &sizes, true)?;
    }

    #[test]
    fn noise_is_had_back(
        values in values(), acts in vec(prop_oneof![act(), noise()], 1..12), sizes in vec(1..20_usize, 1..6),
    ) {
        check(&values, &play(&acts, &values), &sizes, false)?;
    }
}
