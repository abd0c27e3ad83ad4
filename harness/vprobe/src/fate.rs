//! What became of QEMU: it runs, the core in it has locked up, or it has ended.

use std::process::ExitStatus;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Exit;
use crate::lockup::Lockup;
use crate::qemu::lines::Lines;

/// Called once, when QEMU has ended.
pub(crate) type ExitCallback = Box<dyn FnOnce(&Exit) + Send>;

/// How a process ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    /// QEMU gave up because the core has locked up.
    LockedUp(Lockup),
    /// In any other way.
    Exited(Exit),
}

#[derive(Default)]
struct State {
    pid: u32,
    kill_is_meant: bool,
    end: Option<End>,
    lockups: u64,
    last_lockup: Option<Lockup>,
    callbacks: Vec<ExitCallback>,
}

/// Where the thread that watches QEMU leaves what it sees. It outlives a QEMU that is replaced after a lockup.
pub(crate) struct Fate {
    state: Mutex<State>,
    changed: Condvar,
    lines: Lines,
}

impl Fate {
    /// Nothing has begun yet.
    pub(crate) fn new(lines: Lines) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), lines }
    }

    /// The board's lines, which are closed when QEMU ends for good.
    pub(crate) fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The id of the process that runs, or ran last.
    pub(crate) fn pid(&self) -> u32 {
        self.lock().pid
    }

    /// How QEMU ended, if it ended for good.
    pub(crate) fn exit(&self) -> Option<Exit> {
        exit(&self.lock())
    }

    /// How often the core has locked up.
    pub(crate) fn lockups(&self) -> u64 {
        self.lock().lockups
    }

    /// The last lockup.
    pub(crate) fn last_lockup(&self) -> Option<Lockup> {
        self.lock().last_lockup.clone()
    }

    /// Waits until QEMU has ended for good, at most `limit`.
    pub(crate) fn wait_exit(&self, limit: Duration) -> Option<Exit> {
        exit(&self.wait_while(limit, |state| exit(state).is_none()))
    }

    /// Waits until the process has ended in whatever way, at most `limit`.
    pub(crate) fn wait_end(&self, limit: Duration) -> Option<End> {
        self.wait_while(limit, |state| state.end.is_none()).end.clone()
    }

    /// Waits until the core has locked up more than `before` times, at most `limit`.
    pub(crate) fn wait_lockup(&self, before: u64, limit: Duration) -> Option<Lockup> {
        let state = self.wait_while(limit, |state| state.lockups <= before && exit(state).is_none());
        if state.lockups > before { state.last_lockup.clone() } else { None }
    }

    /// Calls `callback` when QEMU ends for good; at once if it has ended already.
    pub(crate) fn on_exit(&self, callback: ExitCallback) {
        let mut state = self.lock();
        match exit(&state) {
            Some(exit) => {
                drop(state);
                callback(&exit);
            }
            None => state.callbacks.push(callback),
        }
    }

    /// From now on QEMU ends on purpose.
    pub(crate) fn kill_is_meant(&self) {
        self.lock().kill_is_meant = true;
    }

    /// A process was started.
    pub(crate) fn begins(&self, pid: u32) {
        let mut state = self.lock();
        state.pid = pid;
        state.kill_is_meant = false;
        state.end = None;
    }

    /// The process has ended, and this was the last that it wrote to its standard error.
    pub(crate) fn ended(&self, status: Option<ExitStatus>, stderr: String) {
        let mut state = self.lock();
        let lockup = Lockup::from_last_words(&stderr).filter(|_| !state.kill_is_meant);
        if let Some(lockup) = lockup {
            state.lockups += 1;
            state.last_lockup = Some(lockup.clone());
            state.end = Some(End::LockedUp(lockup));
            drop(state);
            self.changed.notify_all();
            return;
        }
        let exit = Exit { status, stderr, expected: state.kill_is_meant };
        state.end = Some(End::Exited(exit.clone()));
        let callbacks = std::mem::take(&mut state.callbacks);
        drop(state);
        self.lines.close();
        self.changed.notify_all();
        for callback in callbacks {
            callback(&exit);
        }
    }

    fn wait_while(&self, limit: Duration, waiting: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_timeout_while(self.lock(), limit, |state| waiting(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn exit(state: &State) -> Option<Exit> {
    match &state.end {
        Some(End::Exited(exit)) => Some(exit.clone()),
        _ => None,
    }
}
