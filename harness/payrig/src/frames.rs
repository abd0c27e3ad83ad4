//! Where messages to decode come from: an argument, a file, a capture, standard input; one or many.

use std::{
    collections::BTreeMap,
    io::{Read, stdin},
    path::Path,
};

use payrig_iso8583::{Dialect, FrameSplitter};
use payrig_tape::{captured, is_capture};

use crate::failure::Failure;

/// One message, and where it was.
pub(crate) struct Found {
    /// For people: `message 2 of host.pcapng, connection 1, to the host`.
    pub place: String,
    /// The message, its length in front where the input had it.
    pub bytes: Vec<u8>,
}

/// Everything that the user named.
pub(crate) fn find(dialect: &Dialect, inputs: &[String]) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for input in inputs {
        let path = Path::new(input);
        if input == "-" {
            let mut bytes = Vec::new();
            stdin().read_to_end(&mut bytes).map_err(|e| unreadable("standard input", &e))?;
            found.extend(of_contents(dialect, "standard input", &bytes)?);
        } else if path.is_file() {
            let bytes = std::fs::read(path).map_err(|e| unreadable(input, &e))?;
            found.extend(of_contents(dialect, input, &bytes)?);
        } else {
            found.extend(cut(dialect, "the argument", &hex("the argument", input)?));
        }
    }
    Ok(found)
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::input(format!("{name}: cannot be read: {error}"), "give hex, a file, or `-` for standard input")
}

/// A capture, hex as people paste it, or the bytes themselves.
fn of_contents(dialect: &Dialect, name: &str, bytes: &[u8]) -> Result<Vec<Found>, Failure> {
    if is_capture(bytes) {
        return of_capture(dialect, name, bytes);
    }
    match str::from_utf8(bytes) {
        Ok(text) if text.chars().all(|c| c.is_ascii_graphic() || c.is_ascii_whitespace()) => {
            Ok(cut(dialect, name, &hex(name, text)?))
        }
        _ => Ok(cut(dialect, name, bytes)),
    }
}

/// Hex digits, two for a byte; white space and colons between them do not count.
fn hex(name: &str, text: &str) -> Result<Vec<u8>, Failure> {
    let mut digits = Vec::new();
    for (offset, c) in text.char_indices() {
        match c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()) {
            Some(digit) => digits.push(digit),
            None if c.is_whitespace() || c == ':' => {}
            None => {
                return Err(Failure::input(
                    format!("{name}: byte {offset}: expected a hex digit, found {c:?}"),
                    "give the message as hex digits, two for a byte, its length first",
                ));
            }
        }
    }
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        let message = format!(
            "{name}: byte {}: expected two hex digits for each byte, found {} in all",
            text.len(),
            digits.len()
        );
        return Err(Failure::input(message, "look whether the first or the last digit is missing"));
    }
    Ok(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Messages that follow each other, cut by the length in front of each. What no length explains is one message: its
/// decoding says what is wrong with it.
fn cut(dialect: &Dialect, name: &str, bytes: &[u8]) -> Vec<Found> {
    let mut splitter = FrameSplitter::new(dialect.largest_frame());
    splitter.push(bytes);
    let mut messages: Vec<_> = std::iter::from_fn(|| splitter.next_frame()).collect();
    if messages.is_empty() || !splitter.pending().is_empty() {
        messages.push(splitter.pending().to_vec());
    }
    let alone = messages.len() == 1;
    let place = |n| if alone { name.to_owned() } else { format!("message {} of {name}", n + 1) };
    messages.into_iter().enumerate().map(|(n, bytes)| Found { place: place(n), bytes }).collect()
}

/// The messages of a capture's connections, each where its last byte came.
fn of_capture(dialect: &Dialect, name: &str, bytes: &[u8]) -> Result<Vec<Found>, Failure> {
    let sent = captured(bytes)
        .map_err(|e| Failure::input(format!("{name}: {e}"), "capture again, or cut the damage out"))?;
    let mut streams = BTreeMap::new();
    let mut messages = Vec::new();
    for packet in sent {
        let new = || FrameSplitter::new(dialect.largest_frame());
        let stream: &mut FrameSplitter = streams.entry((packet.from, packet.to)).or_insert_with(new);
        stream.push(&packet.bytes);
        while let Some(bytes) = stream.next_frame() {
            messages.push((packet.from, packet.to, bytes));
        }
    }
    let unfinished = streams.into_iter().filter(|(_, stream)| !stream.pending().is_empty());
    messages.extend(unfinished.map(|((from, to), stream)| (from, to, stream.pending().to_vec())));
    let place = |n, from, to| format!("message {} of {name}, {from} to {to}", n + 1);
    let found: Vec<_> = messages
        .into_iter()
        .enumerate()
        .map(|(n, (from, to, bytes))| Found { place: place(n, from, to), bytes })
        .collect();
    if found.is_empty() {
        return Err(Failure::input(
            format!("{name}: no TCP connection in this capture carries anything"),
            "capture the host's line",
        ));
    }
    Ok(found)
}
