//! What holds for all messages, not only the published ones.
#![allow(clippy::unwrap_used, reason = "test helpers")]

#[path = "support/strategy.rs"]
mod strategy;
mod support;

use std::sync::LazyLock;

use payrig_iso8583::{Dialect, ExplainOptions, FrameSplitter, explain, to_json};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use strategy::a_frame;

static CUP: LazyLock<Dialect> = LazyLock::new(support::cup);
static FRAMES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| support::vectors().into_iter().map(|v| v.frame).collect());

/// Damage as lines and careless peers do it: bytes changed, cut out, put in.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let blow = (any::<Index>(), any::<u8>(), 0_u8..4);
    (select(FRAMES.clone()), vec(blow, 1..6)).prop_map(|(mut bytes, blows)| {
        for (index, byte, how) in blows {
            let at = index.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << (byte % 8),
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
            if bytes.len() < 2 {
                bytes = vec![0, 0];
            }
        }
        bytes
    })
}

/// Whatever happens, errors and notes point into the bytes, and explaining them does not panic either.
fn read_without_harm(bytes: &[u8]) -> Result<(), TestCaseError> {
    for reveal in [false, true] {
        for width in [0, 40, 100] {
            let _ = explain(&CUP, bytes, &ExplainOptions { reveal, width }).styled().to_string();
        }
    }
    match CUP.decode(bytes) {
        Ok(decoded) => {
            prop_assert!(decoded.notes.iter().all(|n| n.offset <= bytes.len()));
            prop_assert!(decoded.spans.values().all(|s| s.start < s.end && s.end <= bytes.len()));
            let _ = to_json(&CUP, &decoded, false).to_string();
        }
        Err(error) => prop_assert!(error.offset <= bytes.len(), "{error}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_frames_never_panic(bytes in damaged()) {
        read_without_harm(&bytes)?;
    }

    #[test]
    fn noise_never_panics(bytes in vec(any::<u8>(), 0..200)) {
        read_without_harm(&bytes)?;
    }

    #[test]
    fn masking_hides_every_pan_and_track_from_every_output(frame in a_frame(&CUP, 24)) {
        let Ok(bytes) = CUP.encode(&frame) else { return Ok(()) };
        let decoded = CUP.decode(&bytes).unwrap();
        let dump = explain(&CUP, &bytes, &ExplainOptions { reveal: false, width: 2000 }).to_string();
        let json = to_json(&CUP, &decoded, false)["fields"].clone();
        for number in [2, 35, 36] {
            let Some(secret) = frame.message.text(number).filter(|s| s.len() >= 12) else { continue };
            prop_assert!(!dump.contains(secret));
            prop_assert_ne!(json[number.to_string()].as_str(), Some(secret));
        }
    }

    #[test]
    fn a_stream_in_any_pieces_gives_the_same_frames(frames in vec(select(FRAMES.clone()), 1..5), cuts in vec(1_usize..40, 1..50)) {
        let stream = frames.concat();
        let mut splitter = FrameSplitter::new(CUP.largest_frame());
        let (mut got, mut rest, mut cuts) = (Vec::new(), &stream[..], cuts.into_iter().cycle());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(cuts.next().unwrap().min(rest.len()));
            splitter.push(now);
            got.extend(std::iter::from_fn(|| splitter.next_frame()));
            rest = later;
        }
        prop_assert_eq!(got, frames);
        prop_assert_eq!(splitter.pending().len(), 0);
    }

    #[test]
    fn a_splitter_holds_no_more_than_a_frame_of_garbage(pieces in vec(vec(any::<u8>(), 0..600), 0..20)) {
        let mut splitter = FrameSplitter::new(CUP.largest_frame());
        for piece in pieces {
            splitter.push(&piece);
            while splitter.next_frame().is_some() {}
            prop_assert!(splitter.pending().len() <= CUP.largest_frame() + 2);
        }
    }
}

#[test]
fn a_length_beyond_the_largest_frame_ends_a_stream_with_its_offset() {
    let frame = &FRAMES[0];
    let mut splitter = FrameSplitter::new(CUP.largest_frame());
    splitter.push(frame);
    splitter.push(b"HTTP/1.1 400 Bad Request\r\n");
    assert_eq!(splitter.next_frame().as_ref(), Some(frame));
    assert_eq!(splitter.next_frame(), None);
    let fault = splitter.fault().unwrap();
    assert_eq!((fault.offset, fault.declared), (frame.len() as u64, 0x4854));
    splitter.push(frame);
    assert_eq!(splitter.next_frame(), None);
}
