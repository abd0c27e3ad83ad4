//! A line of the simulated board: paced as a UART paces, and kept open over a reset.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split},
    sync::mpsc,
    task::{JoinHandle, spawn_local},
    time::sleep,
};

/// What all lines run at, in bits per second; a byte is ten bits on the line.
const BAUD: u32 = 115_200;
/// What a UART takes from the application before it makes it wait.
const FIFO: usize = 256;
/// What the world's side takes before the line makes the terminal wait.
const WORLD: usize = 4096;
/// Bytes that are on the way at once: the pace is kept from piece to piece.
const PIECE: usize = 32;

/// The board's side of a line, for as long as it has power.
#[derive(Debug)]
pub(super) struct Wire {
    boots: mpsc::UnboundedSender<DuplexStream>,
    carrying: JoinHandle<()>,
}

impl Wire {
    /// A line between the world, which gets the stream, and a board that boots by [`Wire::boot`].
    pub(super) fn new() -> (DuplexStream, Self) {
        let (world, board) = duplex(WORLD);
        let (boots, booted) = mpsc::unbounded_channel();
        (world, Self { boots, carrying: spawn_local(carry(board, booted)) })
    }

    /// The end for an application that boots now. What was on the way to or from the one before it is lost.
    pub(super) fn boot(&self) -> DuplexStream {
        let (board, application) = duplex(FIFO);
        // The task lives as long as this does.
        let _ = self.boots.send(board);
        application
    }

    /// Ends the line for the world.
    pub(super) fn unplug(&self) {
        self.carrying.abort();
    }
}

/// Without power the line ends.
impl Drop for Wire {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

async fn carry(world: DuplexStream, mut booted: mpsc::UnboundedReceiver<DuplexStream>) {
    let (mut from_world, mut to_world) = split(world);
    let mut next = booted.recv().await;
    while let Some(board) = next {
        let (mut from_board, mut to_board) = split(board);
        let mut out = std::pin::pin!(paced(&mut from_board, &mut to_world));
        let mut into = std::pin::pin!(paced(&mut from_world, &mut to_board));
        let (mut out_ended, mut into_ended) = (false, false);
        next = loop {
            tokio::select! {
                biased;
                board = booted.recv() => break board,
                () = &mut out, if !out_ended => out_ended = true,
                () = &mut into, if !into_ended => into_ended = true,
            }
        };
    }
}

/// Carries bytes at the line's pace until either side has gone.
async fn paced(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) {
    let mut piece = [0; PIECE];
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        sleep(Duration::from_secs(1) * 10 * count as u32 / BAUD).await;
        if to.write_all(&piece[..count]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{task::LocalSet, time::Instant};

    #[tokio::test(start_paused = true)]
    async fn bytes_take_the_time_of_the_line() {
        LocalSet::new()
            .run_until(async {
                let (mut world, wire) = Wire::new();
                let mut terminal = wire.boot();
                let started = Instant::now();
                tokio::task::spawn_local(async move {
                    terminal.write_all(&[b'x'; 1152]).await.unwrap();
                    std::future::pending::<()>().await;
                });
                world.read_exact(&mut [0; 1152]).await.unwrap();
                let took = started.elapsed();
                // 1152 bytes of 10 bits at 115200 bit/s; the timer's grain is a millisecond a piece.
                assert!((100..=140).contains(&took.as_millis()), "{took:?}");
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_stays_open_over_a_boot_and_ends_with_the_power() {
        LocalSet::new()
            .run_until(async {
                let (mut world, wire) = Wire::new();
                let mut first = wire.boot();
                first.write_all(b"a").await.unwrap();
                assert_eq!(world.read_u8().await.unwrap(), b'a');
                drop(first);
                let mut second = wire.boot();
                second.write_all(b"b").await.unwrap();
                assert_eq!(world.read_u8().await.unwrap(), b'b');
                world.write_all(b"c").await.unwrap();
                assert_eq!(second.read_u8().await.unwrap(), b'c');
                drop(wire);
                assert_eq!(world.read(&mut [0]).await.unwrap(), 0);
            })
            .await;
    }
}
