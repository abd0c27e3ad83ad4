//! What a chip's dialogue and the person in front of the terminal share: the terminal, one of them at a time.

use core::cell::RefCell;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;

use crate::app::Terminal;
use crate::ports::Entropy;

/// The terminal while a card is asked. Nobody keeps it across a question to the card.
pub(super) type Desk<'t, 'a, H> = Mutex<NoopRawMutex, &'t mut Terminal<'a, H>>;

/// The board's random numbers.
pub(super) struct Random<'e, E>(pub(super) &'e RefCell<E>);

impl<E: Entropy> Entropy for Random<'_, E> {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.borrow_mut().fill(bytes);
    }
}
