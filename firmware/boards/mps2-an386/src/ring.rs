//! A line's ring buffer, in which no byte stays that was taken out: it may have been a key's, or a card's.

use core::cell::RefCell;
use core::future::poll_fn;
use core::task::{Context, Poll};

use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::waitqueue::WakerRegistration;

/// Bytes between an interrupt and a task, of which at most one reads and one writes.
pub struct Ring<const N: usize> {
    state: Mutex<CriticalSectionRawMutex, RefCell<State<N>>>,
}

struct State<const N: usize> {
    bytes: [u8; N],
    /// Where the oldest byte is.
    start: usize,
    count: usize,
    reader: WakerRegistration,
    writer: WakerRegistration,
}

impl<const N: usize> Ring<N> {
    /// An empty ring, all zero.
    pub const fn new() -> Self {
        Self {
            state: Mutex::new(RefCell::new(State {
                bytes: [0; N],
                start: 0,
                count: 0,
                reader: WakerRegistration::new(),
                writer: WakerRegistration::new(),
            })),
        }
    }

    /// Whether there is nothing to take.
    pub fn is_empty(&self) -> bool {
        self.with(|state| state.count == 0)
    }

    /// Whether there is no room.
    pub fn is_full(&self) -> bool {
        self.with(|state| state.count == N)
    }

    /// Puts in as many of `bytes` as there is room for; returns how many.
    pub fn try_write(&self, bytes: &[u8]) -> usize {
        self.with(|state| state.write(bytes))
    }

    /// Takes out as many bytes as there are, up to the length of `bytes`; returns how many.
    pub fn try_read(&self, bytes: &mut [u8]) -> usize {
        self.with(|state| state.read(bytes))
    }

    /// Waits for room, then as [`Ring::try_write`].
    pub async fn write(&self, bytes: &[u8]) -> usize {
        poll_fn(|context| self.with(|state| state.poll_write(context, bytes))).await
    }

    /// Waits for bytes, then as [`Ring::try_read`].
    pub async fn read(&self, bytes: &mut [u8]) -> usize {
        poll_fn(|context| self.with(|state| state.poll_read(context, bytes))).await
    }

    fn with<T>(&self, act: impl FnOnce(&mut State<N>) -> T) -> T {
        self.state.lock(|state| act(&mut state.borrow_mut()))
    }
}

impl<const N: usize> Default for Ring<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> State<N> {
    fn write(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(N - self.count);
        for (byte, at) in bytes.iter().take(taken).zip(self.start + self.count..) {
            if let Some(place) = self.bytes.get_mut(at % N) {
                *place = *byte;
            }
        }
        self.count += taken;
        if taken > 0 {
            self.reader.wake();
        }
        taken
    }

    fn read(&mut self, bytes: &mut [u8]) -> usize {
        let given = bytes.len().min(self.count);
        for byte in bytes.iter_mut().take(given) {
            *byte = self.bytes.get_mut(self.start).map_or(0, core::mem::take);
            self.start = (self.start + 1) % N;
        }
        self.count -= given;
        if given > 0 {
            self.writer.wake();
        }
        given
    }

    fn poll_write(&mut self, context: &Context<'_>, bytes: &[u8]) -> Poll<usize> {
        match self.write(bytes) {
            0 if !bytes.is_empty() => {
                self.writer.register(context.waker());
                Poll::Pending
            }
            taken => Poll::Ready(taken),
        }
    }

    fn poll_read(&mut self, context: &Context<'_>, bytes: &mut [u8]) -> Poll<usize> {
        match self.read(bytes) {
            0 if !bytes.is_empty() => {
                self.reader.register(context.waker());
                Poll::Pending
            }
            given => Poll::Ready(given),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use embassy_futures::{block_on, join::join};
    use proptest::prelude::*;

    use super::Ring;

    /// All of the ring's memory.
    fn memory<const N: usize>(ring: &Ring<N>) -> [u8; N] {
        ring.with(|state| state.bytes)
    }

    proptest! {
        /// What is put in comes out in its order, and what has come out is nowhere any more.
        #[test]
        fn bytes_come_out_in_order_and_leave_nothing(
            steps in proptest::collection::vec((any::<bool>(), 0..9_usize), 0..60),
        ) {
            let ring = Ring::<7>::new();
            let mut model = VecDeque::new();
            let mut next = 0_u8;
            for (puts_in, count) in steps {
                if puts_in {
                    let bytes: Vec<u8> = (0..count).map(|nth| next.wrapping_add(nth as u8) % 255 + 1).collect();
                    let taken = ring.try_write(&bytes);
                    prop_assert_eq!(taken, count.min(7 - model.len()));
                    model.extend(&bytes[..taken]);
                    next = next.wrapping_add(taken as u8);
                } else {
                    let mut bytes = [0; 8];
                    let given = ring.try_read(&mut bytes[..count.min(8)]);
                    let expected: Vec<u8> = model.drain(..count.min(8).min(model.len())).collect();
                    prop_assert_eq!(&bytes[..given], expected.as_slice());
                }
                prop_assert_eq!((ring.is_empty(), ring.is_full()), (model.is_empty(), model.len() == 7));
                prop_assert_eq!(memory(&ring).iter().filter(|byte| **byte != 0).count(), model.len());
            }
        }
    }

    #[test]
    fn whoever_waits_is_woken() {
        let ring = Ring::<4>::new();
        let sent: Vec<u8> = (1..=100).collect();
        let write = async {
            let mut left = sent.as_slice();
            while !left.is_empty() {
                left = &left[ring.write(left).await..];
            }
        };
        let read = async {
            let mut heard: Vec<u8> = Vec::new();
            while heard.len() < sent.len() {
                let mut bytes = [0; 3];
                let count = ring.read(&mut bytes).await;
                heard.extend(&bytes[..count]);
            }
            heard
        };
        let ((), heard) = block_on(join(write, read));
        assert_eq!(heard, sent);
        assert_eq!(memory(&ring), [0; 4]);
    }
}
