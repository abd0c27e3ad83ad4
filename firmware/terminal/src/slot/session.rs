//! A session with the card that is in.

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::MutexGuard;
use embedded_io_async::{Read, Write};
use zeroize::Zeroize;

use super::activation::{Protocols, activate};
use super::apdu::{CardPort, Command, Response, StatusWord};
use super::contacts::Claim;
use super::fault::SlotFault;
use super::line::Line;
use super::presence::{Presence, Stay};

/// An activated card. Where a session is dropped before it was ended, the slot ends it as soon as it runs again.
pub(crate) struct Session<'s, R: Read, W: Write> {
    contacts: Contacts<'s, R, W>,
    protocol: Protocols,
    presence: &'s Presence,
    stay: Stay,
    /// Why nothing can be asked any more.
    ended: Option<SlotFault>,
}

/// The line, for as long as a session has it. No card's bytes stay behind.
struct Contacts<'s, R: Read, W: Write> {
    line: MutexGuard<'s, NoopRawMutex, Line<R, W>>,
    _claim: Claim<'s>,
}

impl<R: Read, W: Write> Drop for Contacts<'_, R, W> {
    fn drop(&mut self) {
        self.line.wipe();
    }
}

impl<'s, R: Read, W: Write> Session<'s, R, W> {
    /// Activates the card.
    ///
    /// # Errors
    /// It is gone, or does not work; it is deactivated then.
    pub(super) async fn begin(
        line: MutexGuard<'s, NoopRawMutex, Line<R, W>>,
        claim: Claim<'s>,
        presence: &'s Presence,
        stay: Stay,
    ) -> Result<Self, SlotFault> {
        let mut contacts = Contacts { line, _claim: claim };
        let begun = match select(presence.removed(stay), activate(&mut contacts.line)).await {
            Either::First(()) => Err(SlotFault::Removed),
            Either::Second(begun) => begun,
        };
        match begun {
            Ok(protocol) => Ok(Self { contacts, protocol, presence, stay, ended: None }),
            Err(fault) => {
                contacts.line.power_down().await;
                Err(fault)
            }
        }
    }

    /// Ends the session.
    pub(crate) async fn deactivate(mut self) {
        if self.contacts.line.is_powered() {
            self.contacts.line.power_down().await;
        }
    }
}

impl<R: Read, W: Write> CardPort for Session<'_, R, W> {
    async fn exchange(
        &mut self,
        command: &Command,
        response: &mut Response,
    ) -> Result<StatusWord, SlotFault> {
        response.zeroize();
        if let Some(fault) = self.ended {
            return Err(fault);
        }
        // A command that is given up in the middle is one that the card cannot be expected to answer.
        self.ended = Some(SlotFault::NoAnswer);
        let line = &mut *self.contacts.line;
        let exchange = async {
            match &mut self.protocol {
                Protocols::T0(t0) => t0.exchange(line, command, response).await,
                Protocols::T1(t1) => t1.exchange(line, command, response).await,
            }
        };
        let answered = match select(self.presence.removed(self.stay), exchange).await {
            Either::First(()) => Err(SlotFault::Removed),
            Either::Second(answered) => answered,
        };
        self.ended = answered.err();
        if self.ended.is_some() {
            self.contacts.line.power_down().await;
        }
        answered
    }
}

impl<R: Read, W: Write> Drop for Session<'_, R, W> {
    fn drop(&mut self) {
        if let Protocols::T0(t0) = &mut self.protocol {
            t0.wipe();
        }
    }
}
