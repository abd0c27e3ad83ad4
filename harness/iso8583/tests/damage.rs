//! Damaged frames: always a message or an error with its place, never a panic, never a card number.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use std::sync::LazyLock;

use payrig_iso8583::{
    DecodeError, Decoded, Dialect, ExplainOptions, Frame, Message, Problem, Value, explain, to_json,
};
use support::PAN;

static CUP: LazyLock<Dialect> = LazyLock::new(support::cup);

const DAMAGED: usize = 100_000;

/// TPDU, header, MTI and bitmap.
const FRONT: usize = 21;

/// Numbers that look random and are the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, n: usize) -> usize {
        (self.roll() % n.max(1) as u64) as usize
    }

    fn byte(&mut self) -> u8 {
        self.roll() as u8
    }
}

/// The published frames, and one with all that holds a card number.
fn sources() -> Vec<Vec<u8>> {
    let mut frames: Vec<Vec<u8>> = support::vectors().into_iter().map(|v| v.frame).collect();
    let entry = format!("00000007{PAN:0>20}000000001234");
    let track = format!("{PAN}D30122010000000000");
    let message = Message::new("0320")
        .with(2, Value::digits(PAN))
        .with(3, Value::digits("000000"))
        .with(35, Value::digits(&track))
        .with(36, Value::digits(format!("99{track}")))
        .with(41, Value::text("99999906"))
        .with(48, Value::digits(format!("02{entry}{entry}")))
        .with(55, Value::bytes(hex::decode(format!("9F360200015A08{PAN}5711{track}")).unwrap()))
        .with(63, Value::text("CUP"));
    frames.push(CUP.encode(&Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0x60; 6], message }).unwrap());
    frames
}

/// One to three blows, of the kinds that lines, memories and careless peers deal.
fn damaged(dice: &mut Dice, sources: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = sources[dice.below(sources.len())].clone();
    for _ in 0..=dice.below(3) {
        blow(dice, &mut bytes, sources);
    }
    // With the length put right, what lies behind it is read.
    if dice.below(2) == 0 && bytes.len() >= 2 {
        let length = (bytes.len() - 2) as u16;
        bytes[..2].copy_from_slice(&length.to_be_bytes());
    }
    bytes
}

fn blow(dice: &mut Dice, bytes: &mut Vec<u8>, sources: &[Vec<u8>]) {
    let (at, byte) = (dice.below(bytes.len()), dice.byte());
    match dice.below(7) {
        _ if bytes.is_empty() => bytes.push(byte),
        0 => bytes[at] ^= 1 << (byte % 8),
        1 => bytes[at] = byte,
        2 => drop(bytes.drain(at..bytes.len().min(at + 1 + dice.below(4)))),
        3 => drop(bytes.splice(at..at, vec![byte; 1 + dice.below(4)])),
        4 => bytes[at % 2] = byte % 16,
        5 => lie(dice, bytes),
        _ => {
            let other = &sources[dice.below(sources.len())];
            bytes.truncate(at);
            bytes.extend(&other[dice.below(other.len())..]);
        }
    }
}

/// A variable field says another length than it has.
fn lie(dice: &mut Dice, bytes: &mut [u8]) {
    let Ok(decoded) = CUP.decode(bytes) else { return };
    let places: Vec<usize> = [2, 35, 36, 48, 55, 60, 62, 63]
        .iter()
        .filter_map(|n| decoded.spans.get(n).map(|span| span.start))
        .collect();
    if !places.is_empty() {
        let pair = dice.below(100) as u8;
        bytes[places[dice.below(places.len())]] = pair / 10 * 16 + pair % 10;
    }
}

fn an_error_has_its_place(bytes: &[u8], error: &DecodeError) {
    assert!(error.offset <= bytes.len(), "{error}");
    let front = if bytes.first() == Some(&0x60) { FRONT } else { 2 + FRONT };
    let in_fields = match error.problem {
        Problem::Length { .. } | Problem::TooLong { .. } => false,
        Problem::UnknownField(_) => true,
        _ => error.offset >= front,
    };
    assert_eq!(error.field.is_some(), in_fields, "{error}");
    assert!(error.to_string().starts_with(&format!("byte {}", error.offset)), "{error}");
}

fn a_message_is_whole(bytes: &[u8], decoded: &Decoded) {
    let mut at = decoded.spans.values().next().map_or(0, |span| span.start);
    for (number, span) in &decoded.spans {
        assert_eq!(span.start, at, "field {number} does not follow the one before");
        assert!(span.end > span.start && span.end <= bytes.len(), "field {number} is nowhere");
        at = span.end;
    }
    assert!(decoded.notes.iter().all(|note| note.offset <= bytes.len()), "{:?}", decoded.notes);
    let again = CUP.encode(&decoded.frame).unwrap();
    if decoded.notes.is_empty() {
        assert_eq!(again, bytes, "read without a note, written otherwise");
    }
    assert_eq!(CUP.decode(&again).unwrap().frame, decoded.frame);
}

/// The dump and the JSON show no card number, in columns or in a row.
fn nothing_secret_is_shown(bytes: &[u8]) {
    let explanation = explain(&CUP, bytes, &ExplainOptions { reveal: false, width: 200 });
    let dump = explanation.to_string();
    assert!(!dump.contains(PAN), "{dump}");
    assert!(!support::cells(&dump).contains(PAN), "{dump}");
    if let Ok(decoded) = CUP.decode(bytes) {
        let json = to_json(&CUP, &decoded, false);
        let values = json["fields"].as_object().unwrap().values();
        let row: String = values.filter_map(|v| v.as_str()).collect();
        assert!(!row.contains(PAN), "{json}");
    }
}

#[test]
fn a_hundred_thousand_damaged_frames_are_read_or_refused_with_their_place() {
    let sources = sources();
    let mut dice = Dice(20_260_601);
    let (mut read, mut noted, mut refused) = (0, 0, 0);
    for _ in 0..DAMAGED {
        let bytes = damaged(&mut dice, &sources);
        match CUP.decode(&bytes) {
            Ok(decoded) => {
                a_message_is_whole(&bytes, &decoded);
                read += 1;
                noted += usize::from(!decoded.notes.is_empty());
            }
            Err(error) => {
                an_error_has_its_place(&bytes, &error);
                refused += 1;
            }
        }
        nothing_secret_is_shown(&bytes);
    }
    println!("{DAMAGED} damaged frames: {read} read ({noted} with notes), {refused} refused");
    assert!(read > DAMAGED / 10 && refused > DAMAGED / 10, "the damage is too small or too great");
}

#[test]
fn frames_cut_at_every_length_are_refused_with_their_place_and_explained() {
    let mut cuts = 0;
    for frame in sources() {
        for cut in 0..frame.len() {
            for corrected in [false, true] {
                let mut bytes = frame[..cut].to_vec();
                if corrected && cut >= 2 {
                    bytes[..2].copy_from_slice(&((cut - 2) as u16).to_be_bytes());
                }
                let error = CUP.decode(&bytes).unwrap_err();
                an_error_has_its_place(&bytes, &error);
                nothing_secret_is_shown(&bytes);
                cuts += 1;
            }
        }
    }
    println!("{cuts} cut frames");
}
