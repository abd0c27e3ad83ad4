//! What goes out for a request, and how.

use std::io;

use payrig_fixture::Time;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::behaviour::Fault;
use crate::books::Answer;
use crate::exchange::{Exchange, Judgement};

/// What goes out for a request.
pub(crate) struct Reply {
    bytes: Vec<u8>,
    delay: Time,
    pieces: Option<usize>,
    /// Whether the connection is closed then.
    pub close: bool,
}

impl Reply {
    /// The exchange as it is remembered, and what goes out for it.
    pub fn to(request: Vec<u8>, answer: Answer) -> (Exchange, Self) {
        let Answer { bytes, before, judgement, behaviour } = answer;
        let fault = behaviour.fault;
        let close = matches!(fault, Some(Fault::Close | Fault::CloseAfter(_) | Fault::CloseAfterAnswer));
        let copies = if fault == Some(Fault::Twice) { 2 } else { 1 };
        let (sent, judgement) = match (fault.as_ref().and_then(kept), fault) {
            (Some(kept), Some(fault)) => {
                let sent = bytes.map(|a| a.into_iter().take(kept).collect::<Vec<u8>>());
                (sent.filter(|s| !s.is_empty()), Judgement::Spoilt { fault, instead_of: Box::new(judgement) })
            }
            _ => (bytes, judgement),
        };
        let bytes = [before, sent.as_deref().unwrap_or_default().repeat(copies)].concat();
        let reply = Self { bytes, delay: behaviour.delay, pieces: behaviour.pieces, close };
        (Exchange { request, answer: sent, judgement }, reply)
    }

    pub async fn send<S: AsyncWrite + Unpin>(&self, stream: &mut S) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        if !self.delay.0.is_zero() {
            tokio::time::sleep(self.delay.0).await;
        }
        let size = self.pieces.unwrap_or(self.bytes.len()).max(1);
        for piece in self.bytes.chunks(size) {
            stream.write_all(piece).await?;
            stream.flush().await?;
            // The other end gets to read each piece by itself.
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// How many bytes of the answer a fault of the line leaves; nothing where it is a fault of the answer itself.
const fn kept(fault: &Fault) -> Option<usize> {
    match fault {
        Fault::Silence | Fault::SilenceBeforeBooking | Fault::Close => Some(0),
        Fault::CloseAfter(bytes) | Fault::SilenceAfter(bytes) => Some(*bytes),
        Fault::Twice
        | Fault::CloseAfterAnswer
        | Fault::GarbageBefore(_)
        | Fault::ForeignAnswerBefore
        | Fault::NextConnection => Some(usize::MAX),
        _ => None,
    }
}
