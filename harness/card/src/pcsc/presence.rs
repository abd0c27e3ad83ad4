//! Whether a card is in a reader, watched on a thread of its own.

use std::{thread, time::Duration};

use ::pcsc::{Context, Error, ReaderState, State};
use tokio::sync::{oneshot, watch};

use super::{
    Obstacle,
    reader::{c_name, establish},
};

/// How long the thread may go on when nobody listens any more.
const ROUND: Duration = Duration::from_millis(250);

/// Watches a reader until nobody listens any more, or until there is nothing to watch.
pub(super) async fn watch(reader: &str) -> Result<watch::Receiver<bool>, Obstacle> {
    let name = c_name(reader);
    let (ready, begun) = oneshot::channel();
    let work = move || {
        let mut state = ReaderState::new(name, State::UNAWARE);
        let first = establish().and_then(|context| {
            let is_in = look(&context, Duration::ZERO, &mut state).map_err(Obstacle::of_service)?;
            Ok((context, is_in))
        });
        match first {
            Ok((context, is_in)) => {
                let (sender, receiver) = watch::channel(is_in);
                if ready.send(Ok(receiver)).is_ok() {
                    follow(&context, &mut state, &sender);
                }
            }
            Err(obstacle) => {
                let _ = ready.send(Err(obstacle));
            }
        }
    };
    let thread = thread::Builder::new().name("pcsc-watch".into()).spawn(work);
    thread.map_err(|e| Obstacle::no_thread(&e.to_string()))?;
    begun.await.map_err(|_| Obstacle::no_thread("it has ended"))?
}

fn follow(context: &Context, state: &mut ReaderState, sender: &watch::Sender<bool>) {
    while !sender.is_closed() {
        let Ok(is_in) = look(context, ROUND, state) else { break };
        sender.send_if_modified(|was_in| std::mem::replace(was_in, is_in) != is_in);
    }
    // A reader that is gone has no card in it.
    sender.send_if_modified(|was_in| std::mem::replace(was_in, false));
}

/// Whether a card is in, as soon as something is new or the time is over.
fn look(context: &Context, time: Duration, state: &mut ReaderState) -> Result<bool, Error> {
    match context.get_status_change(time, std::slice::from_mut(state)) {
        Ok(()) => state.sync_current_state(),
        Err(Error::Timeout) => {}
        Err(error) => return Err(error),
    }
    if state.current_state().intersects(State::UNKNOWN | State::UNAVAILABLE) {
        return Err(Error::ReaderUnavailable);
    }
    Ok(state.current_state().contains(State::PRESENT))
}
