//! A call that a modem of somebody else's has brought to us, answered by the access controller.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    time::timeout,
};

use crate::access_controller::{AccessController, Heard};

/// After so long without a byte of it a frame is not whole (INTERFACE.md, section 15).
const SILENCE: Duration = Duration::from_millis(500);
/// Bytes read at once.
const CHUNK: usize = 1024;

/// The two numbers of a call, in digits.
#[derive(Clone, Copy, Debug)]
pub struct CallNumbers<'n> {
    /// The caller's own.
    pub calling: &'n str,
    /// The access controller's.
    pub called: &'n str,
}

/// Is the access controller between a call's data, `line`, and the host, until either closes: frames on the line, messages with their
/// length before them at the host, what is known of the call behind each message's TPDU.
///
/// # Errors
/// What the line or the host's connection reported.
pub async fn answer_call(
    line: impl AsyncRead + AsyncWrite + Unpin,
    host: impl AsyncRead + AsyncWrite + Unpin,
    numbers: CallNumbers<'_>,
) -> io::Result<()> {
    let mut controller = AccessController::of_call(numbers.calling, numbers.called);
    let (mut from_line, mut to_line) = split(line);
    let (mut from_host, mut to_host) = split(host);
    let (mut heard, mut answered) = ([0; CHUNK], [0; CHUNK]);
    loop {
        let silence = if controller.is_within_frame() { SILENCE } else { Duration::MAX };
        tokio::select! {
            biased;
            read = timeout(silence, from_line.read(&mut heard)) => match read {
                Err(_silent) => take(controller.fall_silent(), &mut to_line, &mut to_host).await?,
                Ok(read) => match read? {
                    0 => return Ok(()),
                    count => for byte in heard.iter().take(count) {
                        take(controller.hear(*byte), &mut to_line, &mut to_host).await?;
                    },
                },
            },
            read = from_host.read(&mut answered) => match read? {
                0 => return Ok(()),
                count => for frame in controller.take_from_host(answered.get(..count).unwrap_or_default()) {
                    to_line.write_all(&frame).await?;
                },
            },
        }
    }
}

async fn take(
    heard: Heard,
    to_line: &mut (impl AsyncWrite + Unpin),
    to_host: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    match heard {
        Heard::Nothing => Ok(()),
        Heard::Answer(bytes) => to_line.write_all(&bytes).await,
        Heard::Message(message) => to_host.write_all(&message).await,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    /// STX, 5 bytes, ETX, LRC.
    const FRAME: &[u8] = b"\x02\x00\x05\x60\x00\x03\x00\x00\x03\x65";

    #[tokio::test(start_paused = true)]
    async fn messages_go_both_ways_and_a_frame_that_stays_half_is_complained_of() {
        let (mut modem, line) = duplex(64);
        let (mut host, end) = duplex(64);
        let numbers = CallNumbers { calling: "1", called: "2" };
        let call = tokio::spawn(async move { answer_call(line, end, numbers).await });
        modem.write_all(FRAME).await.unwrap();
        let mut message = [0; 2 + 5 + 33];
        host.read_exact(&mut message).await.unwrap();
        assert_eq!(message[..10], *b"\x00\x26\x60\x00\x03\x00\x00LRI");

        modem.write_all(&FRAME[..6]).await.unwrap();
        assert_eq!(modem.read_u8().await.unwrap(), 0x15);
        host.write_all(b"\x00\x05\x60\x00\x03").await.unwrap();
        host.write_all(b"\x00\x00").await.unwrap();
        let mut answer = [0; FRAME.len()];
        modem.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, FRAME);
        drop(modem);
        call.await.unwrap().unwrap();
    }
}
