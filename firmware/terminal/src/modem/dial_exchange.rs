//! A request and its answer as frames on a phone line (INTERFACE.md, section 15).

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};
use zeroize::Zeroize;

use super::decoder::Event;
use super::dial_frames::{DialFrames, Heard, LineFrame, NAK, line_frame};
use super::exchange::{SENDING, host_silent};
use super::link::{Cancel, Modem, Trouble};
use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::iso8583::frame::Progress;
use crate::panel::texts::details::TIMES;

/// Silence in a frame after which it is harmed.
const GAP: Duration = Duration::from_millis(500);
/// Goes of a frame, in all.
const GOES: u8 = 3;

/// A call, and the request that is on its way.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) frames: DialFrames,
    /// The request, and when it was sent last.
    request: LineFrame,
    sent: Option<Instant>,
    /// How often it was wanted again.
    naks: u8,
    /// How often the frame that is waited for came harmed.
    harmed: u8,
    /// How often either was so, since the request was sent first.
    spoilt: u8,
}

impl<R: Read, W: Write> Modem<R, W> {
    /// Whether there is a line to send over.
    ///
    /// # Errors
    /// E234 where the carrier is lost.
    pub(super) fn check_line(&mut self) -> Result<(), Trouble> {
        self.hear_stale();
        if self.inbox.progress() == Progress::Whole {
            // Nothing was asked yet: a second answer to what was asked before.
            self.inbox.clear();
        }
        self.check_carrier()
    }

    /// Sends a frame. Returns the moment from which the host's time runs.
    pub(super) async fn send_over_line(&mut self, frame: &[u8]) -> Result<Instant, Trouble> {
        self.call.request = line_frame(frame);
        (self.call.naks, self.call.harmed, self.call.spoilt) = (0, 0, 0);
        self.send_again().await
    }

    async fn send_again(&mut self) -> Result<Instant, Trouble> {
        let request = core::mem::take(&mut self.call.request);
        let sent = self.send(&request, Instant::now() + SENDING).await;
        self.call.request = request;
        sent?;
        let now = Instant::now();
        self.call.sent = Some(now);
        Ok(now)
    }

    /// Waits until an answer's frame is whole in the inbox. The host's time runs anew from each time that the request
    /// is sent again: the host has not had it before.
    pub(super) async fn wait_on_line(
        &mut self,
        sent: Instant,
        host_timeout: Duration,
        cancel: &Cancel,
    ) -> Result<(), Trouble> {
        loop {
            self.check_carrier()?;
            let deadline = self.call.sent.unwrap_or(sent) + host_timeout;
            let inside = self.call.frames.is_inside();
            let until = if inside { deadline.min(Instant::now() + GAP) } else { deadline };
            let heard = match self.event(until, cancel).await? {
                Some(Event::Framed(heard)) => heard,
                Some(_) => continue,
                None if inside && until < deadline => {
                    let heard = self.call.frames.give_up();
                    self.note_heard(heard);
                    heard
                }
                None => return Err(host_silent(host_timeout)),
            };
            match heard {
                Heard::Whole => {
                    self.call.harmed = 0;
                    return Ok(());
                }
                Heard::Harmed => self.want_again().await?,
                Heard::Nak => {
                    self.call.naks += 1;
                    self.call.spoilt += 1;
                    check_noise(self.call.naks)?;
                    self.send_again().await?;
                }
                // The one is seen to by the loop, the other is a byte among many.
                Heard::CarrierLost | Heard::Inside => {}
            }
        }
    }

    /// Asks for the answer once more.
    async fn want_again(&mut self) -> Result<(), Trouble> {
        self.inbox.clear();
        self.call.harmed += 1;
        self.call.spoilt += 1;
        check_noise(self.call.harmed)?;
        self.send(&[NAK], Instant::now() + SENDING).await
    }

    fn check_carrier(&self) -> Result<(), Trouble> {
        match &self.lost {
            Some(line) => Err(Diagnosis { cause: Cause::CarrierLost, detail: line.clone() }.into()),
            None => Ok(()),
        }
    }
}

impl Call {
    /// Erases the request: it has the card number.
    pub(super) fn forget_request(&mut self) {
        self.request.zeroize();
    }

    /// What a frame was harmed by, if one was: the line's noise.
    pub(super) fn noise(&self) -> Option<Diagnosis> {
        (self.spoilt > 0).then(|| noisy(self.spoilt))
    }
}

fn noisy(times: u8) -> Diagnosis {
    Cause::LineNoisy.with(Detail::of(TIMES, times))
}

/// # Errors
/// E235 where a frame has used up its goes.
fn check_noise(goes: u8) -> Result<(), Trouble> {
    match goes {
        GOES.. => Err(noisy(goes).into()),
        _ => Ok(()),
    }
}
