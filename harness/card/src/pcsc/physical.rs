//! A card in a reader.

use std::sync::mpsc::Sender;

use tokio::sync::{oneshot, watch};
use zeroize::Zeroizing;

use super::{
    Obstacle, presence,
    worker::{Brought, Job, Order, start},
};
use crate::chip::{CardFault, CardFuture, ChipCard};

/// A card in a PC/SC reader, for this user alone while it has power.
///
/// PC/SC blocks whoever asks it; it is asked on a thread of the card's own, which ends when this is dropped. A command that nobody waits
/// for any more is brought to its end before the next one. At T=0 61xx and 6Cxx are followed; at T=1 they are the card's word.
///
/// No card in the reader, another program that has it, a reader that is gone: each is a [`CardFault::Reader`] whose sentence says what to
/// do. A card that had power and is pulled out is [`CardFault::Removed`].
pub struct PhysicalCard {
    reader: String,
    jobs: Sender<Job>,
}

impl PhysicalCard {
    /// The card in the reader that [`find_reader`](super::find_reader) finds by this name. It need not be in yet.
    ///
    /// # Errors
    /// [`Obstacle`]: no service, no such reader, or several.
    pub async fn open(reader: Option<&str>) -> Result<Self, Obstacle> {
        let (jobs, ready) = start(reader.map(str::to_owned))?;
        let reader = ready.await.map_err(|_| Obstacle::no_thread("it has ended"))??;
        Ok(Self { reader, jobs })
    }

    /// The whole name of the reader.
    #[must_use]
    pub fn reader(&self) -> &str {
        &self.reader
    }

    /// Whether a card is in the reader, now and from now on. Nothing is heard any more when the reader or the service is gone.
    ///
    /// # Errors
    /// [`Obstacle`]: no service.
    pub async fn presence(&self) -> Result<watch::Receiver<bool>, Obstacle> {
        presence::watch(&self.reader).await
    }

    async fn order(&self, order: Order) -> Brought {
        let ended = |_| CardFault::from(Obstacle::no_thread("it has ended"));
        let (reply, brought) = oneshot::channel();
        self.jobs.send(Job { order, reply }).map_err(|_| Obstacle::no_thread("it has ended"))?;
        brought.await.map_err(ended)?
    }
}

fn bytes(mut brought: Zeroizing<Vec<u8>>) -> Vec<u8> {
    std::mem::take(&mut *brought)
}

impl ChipCard for PhysicalCard {
    fn power_on(&mut self) -> CardFuture<'_, Vec<u8>> {
        Box::pin(async { self.order(Order::PowerOn).await.map(bytes) })
    }

    fn reset(&mut self) -> CardFuture<'_, Vec<u8>> {
        Box::pin(async { self.order(Order::Reset).await.map(bytes) })
    }

    fn power_off(&mut self) -> CardFuture<'_, ()> {
        Box::pin(async { self.order(Order::PowerOff).await.map(|_| ()) })
    }

    fn transmit<'a>(&'a mut self, command: &'a [u8]) -> CardFuture<'a, Vec<u8>> {
        let order = Order::Transmit(Zeroizing::new(command.to_vec()));
        Box::pin(async { self.order(order).await.map(bytes) })
    }
}
