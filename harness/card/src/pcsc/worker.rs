//! The thread on which PC/SC is waited for.

use std::{
    ffi::CString,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use ::pcsc::{
    Card, Context, Disposition, Error, MAX_BUFFER_SIZE_EXTENDED, Protocol, Protocols, ReaderState, ShareMode,
    State,
};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{
    Obstacle, exchange,
    obstacle::{at_connecting, under_way},
    reader::{c_name, choose, establish, readers_of},
};
use crate::chip::{Atr, CardFault};

/// How long PC/SC may take to see that the card is gone which has just not answered.
const NOTICING: Duration = Duration::from_secs(2);

/// How often it is looked whether somebody has let the card go, and how long apart.
const LOOKS: usize = 20;
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// By another protocol than the last one's, by either, by the one that was named then.
const RESETS: usize = 3;

/// What a card brings: an answer to reset, or a response.
pub(super) type Brought = Result<Zeroizing<Vec<u8>>, CardFault>;

/// The name of the reader that was found.
pub(super) type Opened = Result<String, Obstacle>;

/// What is to be done with the card.
pub(super) enum Order {
    PowerOn,
    Reset,
    PowerOff,
    Transmit(Zeroizing<Vec<u8>>),
}

/// An order, and who waits for it. The order is carried out even when nobody waits any more.
pub(super) struct Job {
    pub(super) order: Order,
    pub(super) reply: oneshot::Sender<Brought>,
}

/// Starts the thread; the way to it, and, as soon as PC/SC has answered, the name of the reader. It ends when the sender is dropped, and
/// takes the power off the card.
pub(super) fn start(named: Option<String>) -> Result<(Sender<Job>, oneshot::Receiver<Opened>), Obstacle> {
    let (jobs, orders) = channel();
    let (ready, reader) = oneshot::channel();
    let work = move || match Worker::open(named.as_deref()) {
        Ok(worker) => {
            if ready.send(Ok(worker.name.clone())).is_ok() {
                worker.run(&orders);
            }
        }
        Err(obstacle) => {
            // Who has asked may have gone.
            let _ = ready.send(Err(obstacle));
        }
    };
    let thread = thread::Builder::new().name("pcsc".into()).spawn(work);
    thread.map(|_| (jobs, reader)).map_err(|e| Obstacle::no_thread(&e.to_string()))
}

struct Worker {
    context: Context,
    name: String,
    reader: CString,
    card: Option<Card>,
    /// What the card and PC/SC have agreed on at the last reset.
    protocol: Option<Protocol>,
    buffer: Zeroizing<Vec<u8>>,
}

impl Worker {
    fn open(named: Option<&str>) -> Result<Self, Obstacle> {
        let context = establish()?;
        let reader = choose(readers_of(&context)?, named)?;
        let buffer = Zeroizing::new(vec![0; MAX_BUFFER_SIZE_EXTENDED]);
        Ok(Self {
            context,
            reader: c_name(&reader.name),
            name: reader.name,
            card: None,
            protocol: None,
            buffer,
        })
    }

    fn run(mut self, orders: &Receiver<Job>) {
        while let Ok(Job { order, reply }) = orders.recv() {
            let brought = match order {
                Order::PowerOn => self.power_on(),
                Order::Reset => self.reset(),
                Order::PowerOff => self.power_off(),
                Order::Transmit(command) => self.transmit(&command),
            };
            let _ = reply.send(brought);
        }
        let _ = self.power_off();
    }

    /// The service may have powered the card before, and somebody used it: it is reset cold in any case.
    fn power_on(&mut self) -> Brought {
        if self.card.is_none() {
            self.card = Some(self.connected().map_err(|error| at_connecting(&self.name, error))?);
        }
        match self.reconnect(Disposition::UnpowerCard) {
            Err(CardFault::Removed) => Err(Obstacle::no_card(&self.name).into()),
            brought => brought,
        }
    }

    /// The card for us alone. Somebody may just be letting it go, be it a card of ours that was here before: the reader's state tells.
    fn connected(&self) -> Result<Card, Error> {
        let mut state = [ReaderState::new(self.reader.clone(), State::UNAWARE)];
        for _ in 0..LOOKS {
            match self.context.connect(&self.reader, ShareMode::Exclusive, Protocols::ANY) {
                Err(Error::SharingViolation) => {
                    let _ = self.context.get_status_change(LOOK_AGAIN, &mut state);
                    state[0].sync_current_state();
                }
                card => return card,
            }
        }
        Err(Error::SharingViolation)
    }

    fn reset(&mut self) -> Brought {
        self.reconnect(Disposition::ResetCard)
    }

    fn power_off(&mut self) -> Brought {
        let Some(card) = self.card.take() else { return Ok(Zeroizing::default()) };
        match card.disconnect(Disposition::UnpowerCard) {
            Ok(()) => Ok(Zeroizing::default()),
            Err((_, error)) => Err(under_way(&self.name, error)),
        }
    }

    /// The answer to the reset that `by` makes. A card that does not answer is let go.
    fn reconnect(&mut self, by: Disposition) -> Brought {
        match self.negotiated(by) {
            // It answered with something that is no answer to reset.
            Ok(atr) if atr.len() < 2 => {
                let _ = self.power_off();
                Err(CardFault::Mute)
            }
            Ok(atr) => Ok(atr),
            Err(fault) => {
                let _ = self.power_off();
                Err(fault)
            }
        }
    }

    /// Resets the card and lets PC/SC take up the protocol that a terminal's slot would: the one that the answer to reset names. PC/SC has an
    /// order of its own, and by T=1 a command needs more than a slot is told at T=0. The answer is known from the last reset; where this
    /// reset's is another, the card is reset once more.
    fn negotiated(&mut self, by: Disposition) -> Brought {
        let card = self.card.as_mut().ok_or(CardFault::Mute)?;
        let mut wanted = card.status2_owned().map_or(Protocols::ANY, |status| named(status.atr()));
        for _ in 0..RESETS {
            match card.reconnect(ShareMode::Exclusive, wanted, by).and_then(|()| card.status2_owned()) {
                Ok(status) => {
                    self.protocol = status.protocol2();
                    let named = named(status.atr());
                    if self.protocol.is_none_or(|agreed| named.contains(as_mask(agreed))) {
                        return Ok(status.atr().to_vec().into());
                    }
                    wanted = named;
                }
                Err(Error::ProtoMismatch | Error::UnsupportedCard) if wanted != Protocols::ANY => {
                    wanted = Protocols::ANY;
                }
                Err(error) => return Err(self.fault(error)),
            }
        }
        Err(Obstacle::other_protocol(&self.name).into())
    }

    fn transmit(&mut self, command: &[u8]) -> Brought {
        let card = self.card.as_mut().ok_or(CardFault::Mute)?;
        let buffer = &mut self.buffer;
        let mut send = |bytes: &[u8]| card.transmit(bytes, buffer).map(|response| response.to_vec().into());
        let response = match self.protocol {
            Some(Protocol::T0) => exchange::at_t0(command, send),
            _ => send(command),
        };
        match response {
            Ok(response) if response.len() < 2 => Err(self.silence()),
            Ok(response) => Ok(response),
            Err(error) => Err(self.fault(error)),
        }
    }

    fn fault(&self, error: Error) -> CardFault {
        match under_way(&self.name, error) {
            CardFault::Mute => self.silence(),
            fault => fault,
        }
    }

    /// A card that does not answer is mute, or not there any more: a reader finds that out a little later.
    fn silence(&self) -> CardFault {
        let mut state = [ReaderState::new(self.reader.clone(), State::PRESENT)];
        let mut left = NOTICING;
        const STEP: Duration = Duration::from_millis(200);
        while !left.is_zero() {
            if self.context.get_status_change(Duration::ZERO, &mut state).is_err_and(|e| e != Error::Timeout)
            {
                break;
            }
            let [now] = &mut state;
            if !now.event_state().contains(State::PRESENT) {
                return CardFault::Removed;
            }
            now.sync_current_state();
            let _ = self.context.get_status_change(STEP, &mut state);
            left = left.saturating_sub(STEP);
        }
        CardFault::Mute
    }
}

/// The protocol that an answer to reset names (ISO/IEC 7816-3, 8.2.3); any where that cannot be told.
fn named(atr: &[u8]) -> Protocols {
    match Atr::parse(atr).map(|atr| atr.protocol()) {
        Ok(0) => Protocols::T0,
        Ok(1) => Protocols::T1,
        _ => Protocols::ANY,
    }
}

fn as_mask(protocol: Protocol) -> Protocols {
    match protocol {
        Protocol::T0 => Protocols::T0,
        Protocol::T1 => Protocols::T1,
        Protocol::RAW => Protocols::RAW,
    }
}
