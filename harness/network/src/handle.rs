//! The bench's hold on a running modem.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, mpsc, watch};

use crate::{ip_state::IpState, profile::NetworkProfile, transcript::Entry};

/// What the bench can read of a modem at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// The data context and its connection.
    pub ip: IpState,
    /// What was counted.
    pub counters: Counters,
}

/// What a modem counts from its making on; a power cycle does not reset it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Command lines heard.
    pub lines: u64,
    /// Commands refused.
    pub refused: u64,
    /// Connections opened.
    pub opened: u64,
    /// Connections that could not be opened.
    pub not_opened: u64,
    /// Connections that the peer closed.
    pub closed_by_peer: u64,
    /// Bytes taken from the terminal for the peer.
    pub bytes_up: u64,
    /// Bytes of the peer given to the terminal.
    pub bytes_down: u64,
    /// Power cycles.
    pub power_cycles: u64,
}

/// A hold on a modem: reads its state, changes its network, cuts its power. Cheap to clone.
#[derive(Clone)]
pub struct ModemHandle {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) status: watch::Sender<Status>,
    orders: Mutex<VecDeque<BenchOrder>>,
    pub(crate) ordered: Notify,
    transcript: Mutex<Transcript>,
}

#[derive(Default)]
struct Transcript {
    entries: Vec<Entry>,
    listeners: Vec<mpsc::UnboundedSender<Entry>>,
}

/// What the bench does to a modem.
pub(crate) enum BenchOrder {
    Profile(Arc<NetworkProfile>),
    PowerCycle,
}

impl ModemHandle {
    pub(crate) fn new() -> Self {
        let shared = Shared {
            status: watch::Sender::new(Status::default()),
            orders: Mutex::default(),
            ordered: Notify::new(),
            transcript: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// State and counters now.
    #[must_use]
    pub fn status(&self) -> Status {
        *self.shared.status.borrow()
    }

    /// Tells of each change of state and counters.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
    }

    /// Puts another network in force, at once, also in mid-session: a context that it would not grant is lost
    /// (`+PDP: DEACT`), a connection that stands is left alone otherwise.
    pub fn set_profile(&self, profile: NetworkProfile) {
        self.order(BenchOrder::Profile(Arc::new(profile)));
    }

    /// Cuts the module's power and gives it back: settings, context and connection are lost.
    pub fn power_cycle(&self) {
        self.order(BenchOrder::PowerCycle);
    }

    /// The dialogue so far.
    #[must_use]
    pub fn transcript(&self) -> Vec<Entry> {
        lock(&self.shared.transcript).entries.clone()
    }

    /// Every entry of the dialogue from now on.
    #[must_use]
    pub fn listen(&self) -> mpsc::UnboundedReceiver<Entry> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.shared.transcript).listeners.push(sender);
        receiver
    }

    fn order(&self, order: BenchOrder) {
        lock(&self.shared.orders).push_back(order);
        self.shared.ordered.notify_one();
    }
}

impl fmt::Debug for ModemHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModemHandle").field("status", &self.status()).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn next_order(&self) -> Option<BenchOrder> {
        lock(&self.orders).pop_front()
    }

    pub(crate) fn record(&self, entry: Entry) {
        let mut transcript = lock(&self.transcript);
        transcript.listeners.retain(|listener| listener.send(entry.clone()).is_ok());
        transcript.entries.push(entry);
    }
}

/// A poisoned lock only says that another thread panicked: what it guards here is whole after each statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
