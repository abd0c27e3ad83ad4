//! The person at the panel.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{Mutex as AsyncMutex, mpsc, watch},
    task::JoinHandle,
    time::{Instant, timeout_at},
};

use crate::{
    boot_line::{BootLine, BootLineError},
    not_seen::{NoBoot, NotSeen},
    panel_stream::{PanelEvent, PanelStream},
    record::ProvisioningRecord,
    screen::Screen,
};

/// A whole screen and when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// On the runtime's clock.
    pub at: Instant,
    /// The screen.
    pub screen: Screen,
}

/// A moment in the panel's history; see [`Operator::mark`]. The default is its beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(usize);

/// A person who presses keys and reads the screen. Dropping it lets go of the line.
pub struct Operator {
    panel: Arc<Panel>,
    keys: AsyncMutex<Box<dyn AsyncWrite + Send + Unpin>>,
    reader: JoinHandle<()>,
}

struct Panel {
    history: Mutex<History>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct History {
    screens: Vec<Seen>,
    /// How many of the screens came before the last boot.
    before_boot: usize,
    boots: Vec<BootLine>,
    boots_told: usize,
    bad_boots: Vec<BootLineError>,
    closed: bool,
    listeners: Vec<mpsc::UnboundedSender<Vec<u8>>>,
}

impl Operator {
    /// Takes a panel line and reads it from now on, in a task on the current runtime.
    pub fn attach(line: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (reads, writes) = tokio::io::split(Box::pin(line));
        let panel = Arc::new(Panel { history: Mutex::default(), changed: watch::Sender::new(()) });
        let reader = tokio::spawn(read(reads, Arc::clone(&panel)));
        Self { panel, keys: AsyncMutex::new(Box::new(writes)), reader }
    }

    /// Presses keys: the characters of INTERFACE.md, section 3.
    ///
    /// # Errors
    /// What the panel line reports.
    pub async fn press(&self, keys: &str) -> io::Result<()> {
        self.write(keys.as_bytes()).await
    }

    /// Sends a provisioning record.
    ///
    /// # Errors
    /// What the panel line reports.
    pub async fn send_record(&self, record: &ProvisioningRecord) -> io::Result<()> {
        self.write(&record.encode()).await
    }

    /// Sends bytes as they are, for what no person would press.
    ///
    /// # Errors
    /// What the panel line reports.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut keys = self.keys.lock().await;
        keys.write_all(bytes).await?;
        keys.flush().await
    }

    /// The last whole screen; blank when none was drawn since the last boot.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.history().current()
    }

    /// This moment, for [`Operator::seen_since`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.history().screens.len())
    }

    /// The moment of the last boot; the beginning where there was none.
    #[must_use]
    pub fn mark_of_boot(&self) -> Mark {
        Mark(self.history().before_boot)
    }

    /// The whole screens that came since a mark, in order.
    #[must_use]
    pub fn seen_since(&self, mark: Mark) -> Vec<Seen> {
        self.history().screens.get(mark.0..).unwrap_or_default().to_vec()
    }

    /// Every whole screen since the operator came.
    #[must_use]
    pub fn history_of_screens(&self) -> Vec<Seen> {
        self.seen_since(Mark(0))
    }

    /// Waits for a whole screen with a message id: the one that is shown, or the first that comes.
    ///
    /// # Errors
    /// [`NotSeen`], with the screen that is shown instead.
    pub async fn see(&self, message_id: &str, within: Duration) -> Result<Screen, NotSeen> {
        self.see_any(&[message_id], within).await
    }

    /// As [`Operator::see`], with any of several message ids.
    ///
    /// # Errors
    /// [`NotSeen`], with the screen that is shown instead.
    pub async fn see_any(&self, message_ids: &[&str], within: Duration) -> Result<Screen, NotSeen> {
        let started = Instant::now();
        let mark = self.mark();
        let seen = self.until(started + within, |history| history.find(message_ids, mark)).await;
        seen.ok_or_else(|| self.not_seen(message_ids, mark, started, within))
    }

    /// Waits for a whole screen with a message id and, where `text` says so, a row that reads that: the one that was shown at `from`, or
    /// the first that came or comes since. The mark that it gives is the moment of that screen, to go on from.
    ///
    /// # Errors
    /// [`NotSeen`], with the screen that is shown instead.
    pub async fn see_from(
        &self,
        from: Mark,
        message_id: &str,
        text: Option<&str>,
        within: Duration,
    ) -> Result<(Screen, Mark), NotSeen> {
        let started = Instant::now();
        let seen = self.until(started + within, |history| history.find_from(message_id, text, from)).await;
        seen.ok_or_else(|| self.not_seen(&[message_id], from, started, within))
    }

    fn not_seen(&self, message_ids: &[&str], from: Mark, started: Instant, within: Duration) -> NotSeen {
        let history = self.history();
        let passed = history.screens.get(from.0..).unwrap_or_default();
        NotSeen {
            expected: message_ids.iter().map(|id| (*id).to_owned()).collect(),
            shown: history.current(),
            shown_for: history.since_boot().last().map(|seen| seen.at.elapsed()),
            within,
            waited: started.elapsed(),
            passed: passed.iter().map(|seen| seen.screen.message_id.clone()).collect(),
            line_closed: history.closed,
        }
    }

    /// The line's bytes from now on, for someone who looks over the operator's shoulder.
    #[must_use]
    pub fn listen(&self) -> mpsc::UnboundedReceiver<Vec<u8>> {
        let (listener, bytes) = mpsc::unbounded_channel();
        self.history().listeners.push(listener);
        bytes
    }

    /// The boot lines so far.
    #[must_use]
    pub fn boot_lines(&self) -> Vec<BootLine> {
        self.history().boots.clone()
    }

    /// Lines that began like a boot line and are none.
    #[must_use]
    pub fn bad_boot_lines(&self) -> Vec<BootLineError> {
        self.history().bad_boots.clone()
    }

    /// Waits for the next boot line that this method has not given yet; it may have come already.
    ///
    /// # Errors
    /// [`NoBoot`] says what came instead.
    pub async fn next_boot(&self, within: Duration) -> Result<BootLine, NoBoot> {
        let boot = self.until(Instant::now() + within, History::next_boot).await;
        boot.ok_or_else(|| {
            let history = self.history();
            let bad = history.bad_boots.last().map(ToString::to_string);
            NoBoot { within, shown: history.current(), line_closed: history.closed, bad }
        })
    }

    /// Whether the panel line was closed from the other side.
    #[must_use]
    pub fn line_closed(&self) -> bool {
        self.history().closed
    }

    async fn until<T>(
        &self,
        deadline: Instant,
        mut find: impl FnMut(&mut History) -> Option<T>,
    ) -> Option<T> {
        let mut changes = self.panel.changed.subscribe();
        loop {
            {
                let mut history = self.history();
                if let Some(found) = find(&mut history) {
                    return Some(found);
                }
                if history.closed {
                    return None;
                }
            }
            timeout_at(deadline, changes.changed()).await.ok()?.ok()?;
        }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.panel.history()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Panel {
    /// A poisoned lock only says that another thread panicked: a history is whole after each statement.
    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut History)) {
        change(&mut self.history());
        self.changed.send_replace(());
    }
}

impl History {
    fn since_boot(&self) -> &[Seen] {
        self.screens.get(self.before_boot..).unwrap_or_default()
    }

    fn current(&self) -> Screen {
        self.since_boot().last().map_or_else(Screen::blank, |seen| seen.screen.clone())
    }

    fn find_from(&self, message_id: &str, text: Option<&str>, from: Mark) -> Option<(Screen, Mark)> {
        let first = from.0.saturating_sub(1).max(self.before_boot);
        let mut screens = self.screens.iter().enumerate().skip(first);
        let found = screens.find(|(_, Seen { screen, .. })| {
            screen.message_id == message_id
                && text.is_none_or(|text| screen.rows.iter().any(|row| row.trim() == text))
        });
        found.map(|(at, seen)| (seen.screen.clone(), Mark(at + 1)))
    }

    fn find(&self, message_ids: &[&str], mark: Mark) -> Option<Screen> {
        let wanted = |screen: &Screen| message_ids.contains(&screen.message_id.as_str());
        let came = self.screens.get(mark.0..).unwrap_or_default();
        let came = came.iter().map(|seen| &seen.screen).find(|screen| wanted(screen)).cloned();
        came.or_else(|| Some(self.current()).filter(wanted))
    }

    fn next_boot(&mut self) -> Option<BootLine> {
        let boot = self.boots.get(self.boots_told)?.clone();
        self.boots_told += 1;
        Some(boot)
    }

    fn take(&mut self, event: PanelEvent, at: Instant) {
        match event {
            PanelEvent::Screen(screen) => self.screens.push(Seen { at, screen }),
            PanelEvent::Boot(boot) => {
                self.before_boot = self.screens.len();
                self.boots.push(boot);
            }
            PanelEvent::BadBoot(error) => {
                self.before_boot = self.screens.len();
                self.bad_boots.push(error);
            }
        }
    }
}

async fn read(mut line: impl AsyncRead + Unpin, panel: Arc<Panel>) {
    let mut stream = PanelStream::default();
    let mut space = [0; 1024];
    while let Ok(count @ 1..) = line.read(&mut space).await {
        let bytes = space.get(..count).unwrap_or_default();
        let events = stream.push(bytes);
        let at = Instant::now();
        panel.change(|history| {
            history.listeners.retain(|listener| listener.send(bytes.to_vec()).is_ok());
            events.into_iter().for_each(|event| history.take(event, at));
        });
    }
    panel.change(|history| {
        history.closed = true;
        history.listeners.clear();
    });
}
