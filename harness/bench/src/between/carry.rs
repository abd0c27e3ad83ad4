//! One way of a line, carried with what is wrong with it.

use std::{collections::VecDeque, io};

use payrig_tape::{Direction, LineTap};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep_until},
};

use super::LineFaults;

/// Bytes read at once.
const CHUNK: usize = 4096;
/// Chunks on their way; then the sender waits, as at a port without room.
const ON_THEIR_WAY: usize = 256;

/// Why a way is over.
#[derive(Debug)]
pub(super) enum Ended {
    /// Whoever sends has closed, or cannot be read.
    Sender(Option<io::Error>),
    /// Whoever receives takes nothing any more.
    Receiver(io::Error),
}

/// Carries what `from` sends to `to`, until either has gone. What is on its way when the sender goes still comes, in its time.
/// `tap` records the device's end: what it sent when it sent it, and what it got when it got it.
pub(super) async fn carry(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    faults: &LineFaults,
    tap: &LineTap,
    direction: Direction,
) -> Ended {
    let mut chunk = [0; CHUNK];
    let mut on_their_way: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
    let mut closed = None;
    loop {
        while let Some((_, bytes)) = on_their_way.pop_front_if(|(due, _)| *due <= Instant::now()) {
            if let Err(error) = to.write_all(&bytes).await {
                return Ended::Receiver(error);
            }
            if direction == Direction::FromTerminal {
                tap.record(direction, &bytes);
            }
        }
        let due = on_their_way.front().map(|(due, _)| *due);
        if let Some(ended) = closed.take_if(|_| due.is_none()) {
            return Ended::Sender(ended);
        }
        tokio::select! {
            biased;
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            read = from.read(&mut chunk), if closed.is_none() && on_their_way.len() < ON_THEIR_WAY => match read {
                Ok(count @ 1..) => {
                    let bytes = chunk.get(..count).unwrap_or_default();
                    if direction == Direction::ToTerminal {
                        tap.record(direction, bytes);
                    }
                    let (due, bytes) = faults.pass(direction, bytes);
                    // Nothing overtakes what is slower.
                    let due = on_their_way.back().map_or(due, |(before, _)| due.max(*before));
                    on_their_way.push_back((due, bytes));
                }
                Ok(0) => closed = Some(None),
                Err(error) => closed = Some(Some(error)),
            },
        }
    }
}
